//! [`Channel`], as the service returns it. What is sent has types beside each operation.

use serde::{Deserialize, Serialize};
use stream_users_core::model::{Custom, CustomData, RawJson, Str, Timestamp, User, UserId};

use crate::Cid;
use crate::wire::or_default;

/// A channel, with custom data of type `C`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct Channel<C = Custom> {
    /// The type and the id together.
    pub cid: Cid,
    /// Custom data.
    pub custom: C,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When the last message was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_at: Option<Timestamp>,
    /// Who made it. Their custom data are kept as they came: they may be anyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<User>,
    /// Whether nobody can send messages.
    #[serde(default, deserialize_with = "or_default")]
    pub frozen: bool,
    /// How many members it has, where the service counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_count: Option<u32>,
    /// The team that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Str>,
}

impl<C> Channel<C> {
    /// A channel that was just made; for mocks.
    #[must_use]
    pub fn new(cid: impl Into<Cid>, custom: C, created_at: Timestamp) -> Self {
        Self {
            cid: cid.into(),
            custom,
            created_at,
            updated_at: created_at,
            last_message_at: None,
            created_by: None,
            frozen: false,
            member_count: None,
            team: None,
        }
    }
}

/// A channel with what is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct ChannelState<C = Custom> {
    /// The channel.
    pub channel: Channel<C>,
    /// Its members, or the first of them.
    #[serde(default, deserialize_with = "or_default")]
    pub members: Vec<Member>,
    /// Its last messages, as they came: this SDK has no type for them.
    #[serde(default, deserialize_with = "or_default")]
    pub messages: Vec<RawJson>,
    /// How long the service worked, as it writes it; empty in a list.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl<C> ChannelState<C> {
    /// A channel with nothing in it; for mocks.
    #[must_use]
    pub fn new(channel: Channel<C>) -> Self {
        Self {
            channel,
            members: Vec::new(),
            messages: Vec::new(),
            duration: Str::default(),
        }
    }
}

/// A member of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Member {
    /// Who.
    pub user_id: UserId,
    /// Their role in the channel: `channel_member`.
    #[serde(default, deserialize_with = "or_default")]
    pub channel_role: Str,
}

impl Member {
    /// A member; for mocks.
    #[must_use]
    pub fn new(user_id: impl Into<UserId>, channel_role: impl Into<Str>) -> Self {
        Self {
            user_id: user_id.into(),
            channel_role: channel_role.into(),
        }
    }
}
