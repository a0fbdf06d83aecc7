//! Mutes, as they are nested in users. The users in them may be anyone, so that their custom data stay raw.

use serde::{Deserialize, Serialize};

use super::User;
use crate::{RawJson, Timestamp};

/// A user whom another user has muted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserMute {
    /// Who muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// Who is muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<User>,
    /// When the mute was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it ends; `None` where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

impl UserMute {
    /// A mute of which only the time is known; for mocks.
    #[must_use]
    pub fn new(created_at: Timestamp) -> Self {
        Self {
            user: None,
            target: None,
            created_at,
            updated_at: created_at,
            expires: None,
        }
    }
}

/// A channel that a user has muted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChannelMute {
    /// Who muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// The channel, as the service sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<RawJson>,
    /// When the mute was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it ends; `None` where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

impl ChannelMute {
    /// A mute of which only the time is known; for mocks.
    #[must_use]
    pub fn new(created_at: Timestamp) -> Self {
        Self {
            user: None,
            channel: None,
            created_at,
            updated_at: created_at,
            expires: None,
        }
    }
}
