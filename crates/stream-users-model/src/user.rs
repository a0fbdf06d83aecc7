//! The user: as the service returns it ([`User`]), as it is created or replaced ([`UserRequest`]) and as single fields
//! of it are changed ([`UserPatch`]), with the parts that they are made of. Operations on users live in
//! [`operations`](crate::operations).

use crate::{Custom, RawJson, Str, StrMap, Timestamp, UserId};

mod device;
mod mute;
mod patch;
mod privacy;
mod request;
mod wire;

pub use self::device::Device;
pub use self::mute::{ChannelMute, UserMute};
pub use self::patch::UserPatch;
pub use self::privacy::{PrivacySettings, Setting};
pub use self::request::UserRequest;
pub(crate) use self::wire::{by_id, listed, read_user};

/// A user as the service returns it, with custom data of type `C`.
///
/// All 25 built-in fields are here; those that chat adds in answers of `query_users`, `upsert_users` and
/// `update_users_partial` are in [`chat`](Self::chat). Fields that an answer leaves out have their empty value; a
/// missing `id` is an error.
///
/// To change a user that was fetched, make a [`UserRequest`] from it: it drops what the service reserves.
///
/// ```
/// use stream_users_model::{User, UserRequest};
///
/// let user: User = serde_json::from_str(
///     r#"{"id":"ada","role":"user","custom":{"plan":"pro"},"online":true,
///         "created_at":1538713200000000000,"updated_at":1538713200000000000}"#,
/// )?;
/// assert_eq!(user.display_name(), "ada");
/// let request = UserRequest::from(user).name("Ada");
/// assert_eq!(
///     serde_json::to_string(&request)?,
///     r#"{"id":"ada","name":"Ada","role":"user","invisible":false,"teams":[],"custom":{"plan":"pro"}}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "the service's fields")]
pub struct User<C = Custom> {
    /// The id.
    pub id: UserId,
    /// The name.
    pub name: Option<Str>,
    /// The URL of an image.
    pub image: Option<Str>,
    /// The role, which decides what the user may do: `user`, `admin`, `guest` or one of the app's own.
    pub role: Str,
    /// The preferred language as an ISO 639-1 code; empty where none is set.
    pub language: Str,
    /// The teams that the user belongs to, in an app with teams.
    pub teams: Vec<Str>,
    /// The role in single teams, by team.
    pub teams_role: StrMap<Str>,
    /// Custom data.
    pub custom: C,
    /// What the user lets others see.
    pub privacy_settings: Option<PrivacySettings>,
    /// Whether the user is connected (and not invisible).
    pub online: bool,
    /// Whether the user appears offline to others.
    pub invisible: bool,
    /// Whether the user is banned in the whole app.
    pub banned: bool,
    /// When the ban ends; `None` where it does not.
    pub ban_expires: Option<Timestamp>,
    /// Whether the user's messages are shown to nobody else.
    pub shadow_banned: bool,
    /// Whether the user's content is not moderated.
    pub bypass_moderation: bool,
    /// Ids of the users whom this one has blocked.
    pub blocked_user_ids: Vec<UserId>,
    /// The devices that get push notifications, at most 25.
    pub devices: Vec<Device>,
    /// Whether push notifications are off, and until when.
    pub push_notifications: Option<PushNotificationSettings>,
    /// How long the user takes to answer, in seconds, where the app measures it.
    pub avg_response_time: Option<i64>,
    /// Tokens issued before this time are refused.
    pub revoke_tokens_issued_before: Option<Timestamp>,
    /// When the user was last connected; `None` before the first time.
    pub last_active: Option<Timestamp>,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
    /// When the user was deactivated; `None` for an active one.
    pub deactivated_at: Option<Timestamp>,
    /// When the user was deleted; `None` for one that was not.
    pub deleted_at: Option<Timestamp>,
    /// What chat knows about the user; only in answers that carry it.
    pub chat: Option<UserChatState>,
}

/// What chat adds to a user: mutes and unread counters.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct UserChatState {
    /// The users whom this one has muted.
    pub mutes: Vec<UserMute>,
    /// The channels that this user has muted.
    pub channel_mutes: Vec<ChannelMute>,
    /// How many messages are unread, over all channels.
    pub total_unread_count: i64,
    /// The older name of `total_unread_count`.
    pub unread_count: i64,
    /// How many channels have unread messages.
    pub unread_channels: i64,
    /// How many threads have unread messages.
    pub unread_threads: i64,
    /// The channels that the user has hidden last.
    pub latest_hidden_channels: Vec<Str>,
    /// How many messages are unread, by team; only in the first answer of a connection.
    pub total_unread_count_by_team: StrMap<i64>,
    /// What the user wants to be notified of, as it came; only in the first answer of a connection.
    pub push_preferences: Option<RawJson>,
}

/// Whether a user's push notifications are off.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct PushNotificationSettings {
    /// Whether they are off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// Until when they are off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_until: Option<Timestamp>,
}

impl<C> User<C> {
    /// A user of which only the id, the custom data and the time of creation are known; for fixtures and mocks.
    #[must_use]
    pub fn new(id: impl Into<UserId>, custom: C, created_at: Timestamp) -> Self {
        Self {
            id: id.into(),
            name: None,
            image: None,
            role: Str::from_static("user"),
            language: Str::default(),
            teams: Vec::new(),
            teams_role: StrMap::new(),
            custom,
            privacy_settings: None,
            online: false,
            invisible: false,
            banned: false,
            ban_expires: None,
            shadow_banned: false,
            bypass_moderation: false,
            blocked_user_ids: Vec::new(),
            devices: Vec::new(),
            push_notifications: None,
            avg_response_time: None,
            revoke_tokens_issued_before: None,
            last_active: None,
            created_at,
            updated_at: created_at,
            deactivated_at: None,
            deleted_at: None,
            chat: None,
        }
    }

    /// The name, or the id where there is no name or an empty one.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.name
            .as_deref()
            .filter(|name| !name.trim().is_empty())
            .unwrap_or(self.id.as_str())
    }

    /// Whether the user is neither deactivated nor deleted.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.deactivated_at.is_none() && self.deleted_at.is_none()
    }

    /// The same user with other custom data.
    #[must_use]
    pub fn map_custom<D>(self, map: impl FnOnce(C) -> D) -> User<D> {
        User {
            id: self.id,
            name: self.name,
            image: self.image,
            role: self.role,
            language: self.language,
            teams: self.teams,
            teams_role: self.teams_role,
            custom: map(self.custom),
            privacy_settings: self.privacy_settings,
            online: self.online,
            invisible: self.invisible,
            banned: self.banned,
            ban_expires: self.ban_expires,
            shadow_banned: self.shadow_banned,
            bypass_moderation: self.bypass_moderation,
            blocked_user_ids: self.blocked_user_ids,
            devices: self.devices,
            push_notifications: self.push_notifications,
            avg_response_time: self.avg_response_time,
            revoke_tokens_issued_before: self.revoke_tokens_issued_before,
            last_active: self.last_active,
            created_at: self.created_at,
            updated_at: self.updated_at,
            deactivated_at: self.deactivated_at,
            deleted_at: self.deleted_at,
            chat: self.chat,
        }
    }
}
