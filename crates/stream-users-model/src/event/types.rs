//! The types of single events, with the fields that the contract gives them.

use serde::{Serialize, Serializer};

use super::absent::Absent;
use super::fields::Fields;
use super::request_info::RequestInfo;
use crate::{ApiError, Custom, CustomData, ExportedFile, RawJson, Str, StrMap, TaskId, Timestamp, User};

/// Writes the struct of an event. Each field says with which method of [`Fields`] it is read, in this order.
macro_rules! bare_event {
    (
        $(#[$doc:meta])*
        $name:ident $([$custom:ident])? = $kind:literal drop $dropped:tt {
            $($(#[$field_doc:meta])* $field:ident: $type:ty = $method:ident;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(tag = "type", rename = $kind)]
        #[non_exhaustive]
        pub struct $name $(<$custom = Custom>)? {
            $($(#[$field_doc])* #[serde(skip_serializing_if = "Absent::is_absent")] pub $field: $type,)*
            /// Who caused it, where a webhook says so.
            #[serde(skip_serializing_if = "Absent::is_absent")]
            pub request_info: Option<RequestInfo>,
        }

        impl $(<$custom: CustomData>)? $name $(<$custom>)? {
            pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, serde_json::Error> {
                fields.drop(&$dropped);
                Ok(Self {
                    request_info: fields.where_fits("request_info"),
                    $($field: fields.$method(stringify!($field))?,)*
                })
            }
        }
    };
}

/// Writes the struct of an event that may carry custom data, as all but those about connections do. `drop` names what
/// is no custom data in the older form, and no field here.
macro_rules! event {
    (
        $(#[$doc:meta])*
        $name:ident $([$custom:ident])? = $kind:literal $(drop $dropped:tt)? {
            $($fields:tt)*
        }
    ) => {
        bare_event! {
            $(#[$doc])*
            $name $([$custom])? = $kind drop [$($dropped)?] {
                /// When it happened.
                created_at: Timestamp = required;
                $($fields)*
                /// When a client received it, where one has noted it.
                received_at: Option<Timestamp> = optional;
                // The last, since in the older form it is what is left.
                /// Custom data of the event.
                custom: Custom = custom;
            }
        }
    };
}

event! {
    /// A sign of life of a connection: `health.check`. On the older protocol, the first one is the answer to connecting.
    HealthCheckEvent[C] = "health.check" {
        /// The id of the connection.
        connection_id: Str = or_default;
        /// The user who is connected, in the first one of the older protocol; later where the service sends it.
        me: Option<User<C>> = optional_user;
        /// The channel that it is about: `*` stands for none.
        cid: Option<Str> = optional;
    }
}

bare_event! {
    /// A connection is made: `connection.ok`, the first event of the newer protocol.
    ConnectedEvent[C] = "connection.ok" drop [] {
        /// When it was made.
        created_at: Timestamp = required;
        /// The id of the connection, which calls carry that subscribe it to users.
        connection_id: Str = required;
        /// The user who is connected, with what chat knows of them.
        me: User<C> = user;
    }
}

bare_event! {
    /// A connection is refused or ended: `connection.error`.
    ConnectionErrorEvent = "connection.error" drop [] {
        /// When it was.
        created_at: Timestamp = required;
        /// The id of the connection; empty where there was none.
        connection_id: Str = or_default;
        /// Why, in the service's words.
        error: ApiError = required;
    }
}

event! {
    /// A user was created or changed: `user.updated`.
    UserUpdatedEvent[C] = "user.updated" drop "members" {
        /// The user as it is now.
        user: User<C> = user;
    }
}

event! {
    /// A user came online, went offline, or was seen: `user.presence.changed`. Webhooks do not tell it.
    UserPresenceChangedEvent[C] = "user.presence.changed" {
        /// The user, whose `online` and `last_active` say what it is now.
        user: User<C> = user;
    }
}

event! {
    /// A user was deleted: `user.deleted`.
    UserDeletedEvent[C] = "user.deleted" {
        /// The user as it was.
        user: User<C> = user;
        /// How the user was deleted: `soft`, `pruning` or `hard`.
        delete_user: Str = or_default;
        /// How the user's messages were deleted; empty where they were not.
        delete_messages: Str = or_default;
        /// How the user's conversations were deleted; empty where they were not.
        delete_conversation: Str = or_default;
        /// Whether the user is gone for good.
        hard_delete: bool = or_default;
        /// Whether the user's messages were deleted.
        mark_messages_deleted: bool = or_default;
        /// Whether channels with no other member were deleted.
        delete_conversation_channels: bool = or_default;
    }
}

event! {
    /// A user was deactivated: `user.deactivated`.
    UserDeactivatedEvent[C] = "user.deactivated" {
        /// The user as it is now.
        user: User<C> = user;
        /// Who did it, where the request said so.
        created_by: Option<User> = optional_user;
    }
}

event! {
    /// A user was reactivated: `user.reactivated`.
    UserReactivatedEvent[C] = "user.reactivated" {
        /// The user as it is now.
        user: User<C> = user;
        /// Who did it, where the request said so.
        created_by: Option<User> = optional_user;
    }
}

event! {
    /// A user was banned, in the app or in a channel: `user.banned`.
    UserBannedEvent[C] = "user.banned" {
        /// Who was banned.
        user: User<C> = user;
        /// Who did it.
        created_by: Option<User> = optional_user;
        /// Why.
        reason: Option<String> = optional;
        /// When the ban ends; `None` where it does not.
        expiration: Option<Timestamp> = optional;
        /// Whether it is a shadow ban, which the user does not notice.
        shadow: bool = or_default;
        /// How often the user was banned.
        total_bans: Option<i64> = optional;
        /// The team in which it was.
        team: Option<Str> = optional;
        /// The channel, as `type:id`; `None` for a ban in the app.
        cid: Option<Str> = optional;
        /// The type of the channel.
        channel_type: Option<Str> = optional;
        /// The id of the channel.
        channel_id: Option<Str> = optional;
        /// Custom data of the channel.
        channel_custom: Option<Custom> = optional;
        /// How many members the channel has.
        channel_member_count: Option<i64> = optional;
        /// How many messages the channel has.
        channel_message_count: Option<i64> = optional;
        /// The moderators' item that led to it.
        review_queue_item_id: Option<Str> = optional;
    }
}

event! {
    /// A ban was lifted or has ended: `user.unbanned`.
    UserUnbannedEvent[C] = "user.unbanned" {
        /// Who was banned.
        user: User<C> = user;
        /// Who lifted it.
        created_by: Option<User> = optional_user;
        /// Whether it was a shadow ban.
        shadow: bool = or_default;
        /// The team in which it was.
        team: Option<Str> = optional;
        /// The channel, as `type:id`; `None` for a ban in the app.
        cid: Option<Str> = optional;
        /// The type of the channel.
        channel_type: Option<Str> = optional;
        /// The id of the channel.
        channel_id: Option<Str> = optional;
        /// Custom data of the channel.
        channel_custom: Option<Custom> = optional;
        /// How many members the channel has.
        channel_member_count: Option<i64> = optional;
        /// How many messages the channel has.
        channel_message_count: Option<i64> = optional;
    }
}

event! {
    /// A user has muted others: `user.muted`.
    UserMutedEvent[C] = "user.muted" {
        /// Who has muted.
        user: User<C> = user;
        /// Who was muted, if it was one; see [`targets`](Self::targets).
        target_user: Option<User> = optional_user;
        /// Who was muted, if they were more.
        target_users: Vec<User> = users;
    }
}

event! {
    /// A user has unmuted others: `user.unmuted`.
    UserUnmutedEvent[C] = "user.unmuted" {
        /// Who has unmuted.
        user: User<C> = user;
        /// Who was unmuted, if it was one; see [`targets`](Self::targets).
        target_user: Option<User> = optional_user;
        /// Who was unmuted, if they were more.
        target_users: Vec<User> = users;
    }
}

impl<C> UserMutedEvent<C> {
    /// Who was muted, one or more.
    pub fn targets(&self) -> impl Iterator<Item = &User> {
        self.target_user.iter().chain(&self.target_users)
    }
}

impl<C> UserUnmutedEvent<C> {
    /// Who was unmuted, one or more.
    pub fn targets(&self) -> impl Iterator<Item = &User> {
        self.target_user.iter().chain(&self.target_users)
    }
}

event! {
    /// A user was flagged: `user.flagged`.
    UserFlaggedEvent[C] = "user.flagged" {
        /// The user whom the event is about.
        user: User<C> = user;
        /// Who was flagged, where it is somebody else.
        target_user: Option<User> = optional_user;
        /// Why.
        reason: String = or_default;
        /// How often the user was flagged.
        total_flags: i64 = or_default;
    }
}

event! {
    /// The messages of a user were deleted, in the app or in a channel: `user.messages.deleted`.
    UserMessagesDeletedEvent[C] = "user.messages.deleted" drop "soft_delete" {
        /// Whose.
        user: User<C> = user;
        /// Whether they are gone for good.
        hard_delete: bool = or_default;
        /// The team in which it was.
        team: Option<Str> = optional;
        /// The channel, as `type:id`; `None` for all of the app.
        cid: Option<Str> = optional;
        /// The type of the channel.
        channel_type: Option<Str> = optional;
        /// The id of the channel.
        channel_id: Option<Str> = optional;
        /// Custom data of the channel.
        channel_custom: Option<Custom> = optional;
        /// How many members the channel has.
        channel_member_count: Option<i64> = optional;
        /// How many messages the channel has.
        channel_message_count: Option<i64> = optional;
    }
}

event! {
    /// A user has not read what was written to them: `user.unread_message_reminder`.
    UserUnreadReminderEvent[C] = "user.unread_message_reminder" {
        /// Who.
        user: User<C> = user;
        /// The channels with their messages, by `type:id`, as they came: their shapes are chat's.
        channels: StrMap<RawJson> = or_default;
    }
}

event! {
    /// The file of an export of users is there: `export.users.success`.
    ExportUsersSucceededEvent = "export.users.success" {
        /// The task.
        task_id: TaskId = required;
        /// Where the file is.
        #[serde(rename = "url", serialize_with = "url")]
        file: ExportedFile = exported_file;
        /// When the task was started.
        started_at: Timestamp = required;
        /// When it ended.
        finished_at: Timestamp = required;
    }
}

fn url<S: Serializer>(file: &ExportedFile, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&file.url)
}

event! {
    /// An export of users has failed: `export.users.error`.
    ExportUsersFailedEvent = "export.users.error" {
        /// The task.
        task_id: TaskId = required;
        /// Why, in the service's words.
        error: String = required;
        /// When the task was started.
        started_at: Option<Timestamp> = optional;
        /// When it ended.
        finished_at: Option<Timestamp> = optional;
    }
}
