//! `query_channels`: find channels by filter, sort, limit and offset.

use serde::{Deserialize, Serialize};
use stream_users_core::endpoint::{Encoder, Endpoint};
use stream_users_core::model::{
    Custom, CustomData, Filter, Operation, Sort, Str, UserId, Validate, Violations,
};

use crate::wire::or_default;
use crate::{ChannelState, operation};

/// Finds channels. The service returns 10 where no limit is given, last used first where no order is.
///
/// ```
/// use example_channels::{QueryChannels, field};
///
/// let mine = QueryChannels::new(field::members().is_in(["ada"])).sort(field::created_at().desc()).limit(30);
/// assert_eq!(
///     serde_json::to_string(&mine)?,
///     r#"{"filter_conditions":{"members":{"$in":["ada"]}},"sort":[{"field":"created_at","direction":-1}],"limit":30}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QueryChannels {
    /// Which channels.
    #[serde(rename = "filter_conditions", default, deserialize_with = "or_default")]
    pub filter: Filter,
    /// In which order, the first counting most.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub sort: Vec<Sort>,
    /// How many channels at most: 0 to [`QueryChannels::MAX_LIMIT`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many channels to skip: 0 to [`QueryChannels::MAX_OFFSET`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// Whether members and messages are returned, too; the service does so unless told otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<bool>,
    /// On whose behalf a server asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl QueryChannels {
    /// The most channels that one answer holds.
    pub const MAX_LIMIT: u32 = 30;
    /// The most channels that can be skipped.
    pub const MAX_OFFSET: u32 = 1000;

    /// Finds the channels for which `filter` holds.
    #[must_use]
    pub fn new(filter: Filter) -> Self {
        Self {
            filter,
            ..Self::default()
        }
    }

    /// Adds an order, which counts after those added before.
    #[must_use]
    pub fn sort(mut self, sort: Sort) -> Self {
        self.sort.push(sort);
        self
    }

    /// Sets how many channels to return at most.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets how many channels to skip.
    #[must_use]
    pub fn offset(mut self, offset: u32) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Sets whether members and messages are returned, too.
    #[must_use]
    pub fn state(mut self, state: bool) -> Self {
        self.state = Some(state);
        self
    }

    /// Sets on whose behalf a server asks.
    #[must_use]
    pub fn user_id(mut self, id: impl Into<UserId>) -> Self {
        self.user_id = Some(id.into());
        self
    }
}

impl Validate for QueryChannels {
    fn validate(&self, violations: &mut Violations) {
        for (field, value, max) in [
            ("limit", self.limit, Self::MAX_LIMIT),
            ("offset", self.offset, Self::MAX_OFFSET),
        ] {
            let value = value.unwrap_or(0);
            violations.require(
                value <= max,
                field,
                format!("must be at most {max}; it is {value}"),
            );
        }
        if let Some(id) = &self.user_id {
            violations.check_id("user_id", id.as_str());
        }
    }
}

/// The channels that were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct QueriedChannels<C = Custom> {
    /// The channels, in the order that was asked for.
    #[serde(default, deserialize_with = "or_default")]
    pub channels: Vec<ChannelState<C>>,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl<C> QueriedChannels<C> {
    /// An answer with these channels; for mocks.
    #[must_use]
    pub fn new(channels: impl IntoIterator<Item = ChannelState<C>>) -> Self {
        Self {
            channels: channels.into_iter().collect(),
            duration: Str::default(),
        }
    }
}

impl<C: CustomData> Endpoint<C> for QueryChannels {
    type Response = QueriedChannels<C>;

    fn operation(&self) -> &'static Operation {
        &operation::QUERY_CHANNELS
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        request.json(self);
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
