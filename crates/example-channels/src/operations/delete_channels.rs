//! `delete_channels`: start a task that deletes channels.

use serde::{Deserialize, Serialize};
use stream_users_core::endpoint::{Encoder, Endpoint};
use stream_users_core::model::{CustomData, Operation, StartedTask, Str, StrMap, Validate, Violations};

use crate::{Cid, operation};

/// Starts a task that deletes channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeleteChannels {
    /// Which: 1 to [`DeleteChannels::MAX`].
    pub cids: Vec<Cid>,
    /// Whether they and their messages are removed for good, rather than marked as deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hard_delete: Option<bool>,
}

impl DeleteChannels {
    /// The most channels of one request.
    pub const MAX: usize = 100;

    /// Deletes these channels.
    #[must_use]
    pub fn new(cids: impl IntoIterator<Item = impl Into<Cid>>) -> Self {
        Self {
            cids: cids.into_iter().map(Into::into).collect(),
            hard_delete: None,
        }
    }

    /// Sets whether they are removed for good.
    #[must_use]
    pub fn hard_delete(mut self, hard_delete: bool) -> Self {
        self.hard_delete = Some(hard_delete);
        self
    }
}

impl Validate for DeleteChannels {
    fn validate(&self, violations: &mut Violations) {
        operation::DELETE_CHANNELS.check_batch(violations, self.cids.len());
        for (index, cid) in self.cids.iter().enumerate() {
            cid.check(violations, format_args!("cids[{index}]"));
        }
    }
}

/// What the task ends with: what became of each channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeletedChannels(StrMap<DeletedChannel>);

impl DeletedChannels {
    /// A result; for mocks.
    #[must_use]
    pub fn new(channels: impl IntoIterator<Item = (Cid, DeletedChannel)>) -> Self {
        let channels = channels.into_iter();
        Self(
            channels
                .map(|(cid, channel)| (cid.to_string(), channel))
                .collect(),
        )
    }

    /// What became of one channel.
    #[must_use]
    pub fn get(&self, cid: &Cid) -> Option<&DeletedChannel> {
        self.0.get(cid.as_str())
    }
}

/// What became of one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeletedChannel {
    /// `ok` where it was deleted.
    pub status: Str,
    /// Why it was not deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl DeletedChannel {
    /// A channel that was deleted.
    #[must_use]
    pub fn ok() -> Self {
        Self {
            status: Str::from_static("ok"),
            error: None,
        }
    }

    /// Whether the channel was deleted.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.status == "ok"
    }
}

impl<C: CustomData> Endpoint<C> for DeleteChannels {
    type Response = StartedTask<DeletedChannels>;

    fn operation(&self) -> &'static Operation {
        &operation::DELETE_CHANNELS
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        request.json(self);
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
