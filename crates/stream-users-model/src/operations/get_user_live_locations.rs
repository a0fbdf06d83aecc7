//! `get_user_live_locations`: the live locations that a user shares now.

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;
use crate::{MessageId, RawJson, Str, Timestamp, UserId, Validate, Violations, id};

/// Lists the live locations that a user shares now. A server says whose, with `user_id`; a client asks for its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetUserLiveLocations {
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl GetUserLiveLocations {
    /// Lists the live locations that a user shares now.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whose.
    #[must_use]
    pub fn user_id(mut self, id: impl Into<UserId>) -> Self {
        self.user_id = Some(id.into());
        self
    }
}

impl Validate for GetUserLiveLocations {
    fn validate(&self, violations: &mut Violations) {
        id::check_optional(violations, "user_id", self.user_id.as_ref());
    }
}

/// The live locations that a user shares now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LiveLocations {
    /// The locations.
    #[serde(default, deserialize_with = "or_default")]
    pub active_live_locations: Vec<LiveLocation>,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl LiveLocations {
    /// An answer with these locations; for mocks.
    #[must_use]
    pub fn new(locations: impl IntoIterator<Item = LiveLocation>) -> Self {
        Self {
            active_live_locations: locations.into_iter().collect(),
            duration: Str::default(),
        }
    }
}

/// A location that a user shares through a chat message: in a list, or as `update_live_location` left it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LiveLocation {
    /// The channel of the message that shares it, as `type:id`.
    pub channel_cid: Str,
    /// The message that shares it.
    pub message_id: MessageId,
    /// Who shares it.
    pub user_id: UserId,
    /// The device that it was started on.
    #[serde(default, deserialize_with = "or_default")]
    pub created_by_device_id: Str,
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
    /// The channel, as the service sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<RawJson>,
    /// The message, as the service sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<RawJson>,
    /// How long the service worked, as it writes it; only in the answer of `update_live_location`.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "str::is_empty"
    )]
    pub duration: Str,
}

impl LiveLocation {
    /// A location at `position`, in degrees north and degrees east; for mocks.
    #[must_use]
    pub fn new(
        channel_cid: impl Into<Str>,
        message_id: impl Into<MessageId>,
        user_id: impl Into<UserId>,
        position: (f64, f64),
        created_at: Timestamp,
    ) -> Self {
        Self {
            channel_cid: channel_cid.into(),
            message_id: message_id.into(),
            user_id: user_id.into(),
            created_by_device_id: Str::default(),
            latitude: position.0,
            longitude: position.1,
            end_at: None,
            created_at,
            updated_at: created_at,
            channel: None,
            message: None,
            duration: Str::default(),
        }
    }
}
