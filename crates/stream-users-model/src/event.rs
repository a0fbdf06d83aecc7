//! [`Event`]: what the service tells of users, over a connection or to a webhook. Connections belong to
//! `stream-users-live`, signatures of webhooks to the core; no rule about who is told what belongs here.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::{Custom, CustomData, RawJson, Timestamp, User};

mod absent;
mod fields;
mod other;
mod request_info;
mod types;

use self::fields::Fields;
pub use self::other::OtherEvent;
pub use self::request_info::{RequestInfo, RequestOrigin};
pub use self::types::*;

/// Lists the types of events that are known: the variant, the struct, the service's word, and how the user whom it is
/// about is found.
macro_rules! known_events {
    ($($(#[$doc:meta])* $variant:ident($type:ty) = $kind:literal, $user:expr;)+) => {
        /// Something that the service tells.
        ///
        /// Both forms of the service are read: integers of nanoseconds with the custom data in `custom`, as newer
        /// connections send them, and RFC 3339 with custom data beside the other fields, as the older connection and
        /// webhooks do. It writes the former, with times as RFC 3339, so that it can be logged and read again.
        ///
        /// The user whom an event is about has custom data of type `C`; others who are named in it may be anyone, and
        /// carry [`Custom`]. **Nothing is lost**: a type that this version does not know is [`Other`](Self::Other),
        /// and so is an event of a known type that does not fit, such as one whose user's custom data are no `C`.
        /// The whole is kept there, with the [reason](OtherEvent::problem).
        ///
        /// ```
        /// use stream_users_model::event::Event;
        ///
        /// let event: Event = Event::from_json(
        ///     r#"{"type":"user.banned","created_at":"2026-01-02T03:04:05Z","shadow":false,
        ///         "user":{"id":"ada","plan":"pro","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"}}"#,
        /// )?;
        /// let Event::UserBanned(banned) = &event else { return Err("another event".into()) };
        /// assert_eq!(banned.user.custom.get::<String>("plan")?.as_deref(), Some("pro"));
        /// assert_eq!((event.kind(), event.user().map(|user| user.id.as_str())), ("user.banned", Some("ada")));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Event<C = Custom> {
            $($(#[$doc])* $variant(Box<$type>),)+
            /// Any other: a custom event of the app, a type that this version does not know, or a known one that does
            /// not fit. It is kept whole.
            Other(Box<OtherEvent>),
        }

        impl<C> Event<C> {
            /// The types of events that have a variant of their own, as the service writes them.
            pub const KINDS: &'static [&'static str] = &[$($kind),+];

            /// The type, as the service writes it: `user.banned`.
            #[must_use]
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $kind,)+
                    Self::Other(event) => &event.kind,
                }
            }

            /// When it happened; `None` for an [`Other`](Self::Other) that does not say so.
            #[must_use]
            pub fn created_at(&self) -> Option<Timestamp> {
                match self {
                    $(Self::$variant(event) => Some(event.created_at),)+
                    Self::Other(event) => event.created_at,
                }
            }

            /// The user whom the event is about; one's own in what a connection says of itself. For
            /// [`Other`](Self::Other), see [`OtherEvent::user`].
            #[must_use]
            pub fn user(&self) -> Option<&User<C>> {
                match self {
                    $(Self::$variant(event) => {
                        let user: fn(&$type) -> Option<&User<C>> = $user;
                        user(event)
                    })+
                    Self::Other(_) => None,
                }
            }

            /// Who caused it, where a webhook says so.
            #[must_use]
            pub fn request_info(&self) -> Option<&RequestInfo> {
                match self {
                    $(Self::$variant(event) => event.request_info.as_ref(),)+
                    Self::Other(event) => event.request_info.as_ref(),
                }
            }
        }

        impl<C: CustomData> Event<C> {
            /// The event, if its type is known.
            fn known(kind: &str, fields: &mut Fields<'_>) -> Option<Result<Self, serde_json::Error>> {
                Some(match kind {
                    $($kind => <$type>::read(fields).map(|event| Self::$variant(Box::new(event))),)+
                    _ => return None,
                })
            }
        }

        impl<C: Serialize> Serialize for Event<C> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(event) => event.serialize(serializer),)+
                    Self::Other(event) => event.json.serialize(serializer),
                }
            }
        }
    };
}

known_events! {
    /// A sign of life of a connection. On the older protocol, the first one is the answer to connecting.
    HealthCheck(HealthCheckEvent<C>) = "health.check", |event| event.me.as_ref();
    /// A connection is made.
    ConnectionOk(ConnectedEvent<C>) = "connection.ok", |event| Some(&event.me);
    /// A connection is refused or ended.
    ConnectionError(ConnectionErrorEvent) = "connection.error", |_| None;
    /// A user was created or changed.
    UserUpdated(UserUpdatedEvent<C>) = "user.updated", |event| Some(&event.user);
    /// A user came online, went offline, or was seen.
    UserPresenceChanged(UserPresenceChangedEvent<C>) = "user.presence.changed", |event| Some(&event.user);
    /// A user was deleted.
    UserDeleted(UserDeletedEvent<C>) = "user.deleted", |event| Some(&event.user);
    /// A user was deactivated.
    UserDeactivated(UserDeactivatedEvent<C>) = "user.deactivated", |event| Some(&event.user);
    /// A user was reactivated.
    UserReactivated(UserReactivatedEvent<C>) = "user.reactivated", |event| Some(&event.user);
    /// A user was banned, in the app or in a channel.
    UserBanned(UserBannedEvent<C>) = "user.banned", |event| Some(&event.user);
    /// A ban was lifted or has ended.
    UserUnbanned(UserUnbannedEvent<C>) = "user.unbanned", |event| Some(&event.user);
    /// A user has muted others.
    UserMuted(UserMutedEvent<C>) = "user.muted", |event| Some(&event.user);
    /// A user has unmuted others.
    UserUnmuted(UserUnmutedEvent<C>) = "user.unmuted", |event| Some(&event.user);
    /// A user was flagged.
    UserFlagged(UserFlaggedEvent<C>) = "user.flagged", |event| Some(&event.user);
    /// The messages of a user were deleted.
    UserMessagesDeleted(UserMessagesDeletedEvent<C>) = "user.messages.deleted", |event| Some(&event.user);
    /// A user has not read what was written to them.
    UserUnreadReminder(UserUnreadReminderEvent<C>) = "user.unread_message_reminder", |event| Some(&event.user);
    /// The file of an export of users is there.
    ExportUsersSucceeded(ExportUsersSucceededEvent) = "export.users.success", |_| None;
    /// An export of users has failed.
    ExportUsersFailed(ExportUsersFailedEvent) = "export.users.error", |_| None;
}

impl<C: CustomData> Event<C> {
    /// Reads an event from JSON text. It does what `serde_json::from_str` does, and copies nothing on the way.
    ///
    /// # Errors
    /// Where the text is no JSON object, or has no `type` that is text, or a name in it is no Unicode (half of a
    /// surrogate pair). Nothing else is an error: see [`Other`](Self::Other).
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        Self::read(json, || serde_json::from_str(json))
    }

    /// Reads `json`; `whole` makes what is kept of it where it does not fit.
    fn read(
        json: &str,
        whole: impl FnOnce() -> Result<RawJson, serde_json::Error>,
    ) -> Result<Self, serde_json::Error> {
        let (kind, mut fields) = Fields::of_event(json)?;
        let problem = match Self::known(&kind, &mut fields) {
            Some(Ok(event)) => return Ok(event),
            Some(Err(error)) => {
                // Anew, since some were taken.
                fields = Fields::of_event(json)?.1;
                Some(error.to_string())
            }
            None => None,
        };
        let other = OtherEvent::new(kind, whole()?, fields, problem);
        Ok(Self::Other(Box::new(other)))
    }
}

impl<'de, C: CustomData> Deserialize<'de> for Event<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = RawJson::deserialize(deserializer)?;
        Self::read(whole.as_json(), || Ok(whole.clone())).map_err(serde::de::Error::custom)
    }
}
