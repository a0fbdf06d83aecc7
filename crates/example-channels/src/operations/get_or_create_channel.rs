//! `get_or_create_channel`: return a channel, and make it where there is none.

use serde::{Deserialize, Serialize};
use stream_users_core::endpoint::{Encoder, Endpoint};
use stream_users_core::model::{Custom, CustomData, Operation, UserId, Validate, Violations};

use crate::{ChannelState, Cid, Member, operation};

/// Returns a channel, and makes it where there is none. What is said about it counts only where it is made.
///
/// A server says who makes it: [`created_by_id`](Self::created_by_id). A user makes it as itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct GetOrCreateChannel<C = Custom> {
    /// Which. It is part of the path.
    pub cid: Cid,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by_id: Option<UserId>,
    /// Its members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// Custom data.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub custom: Option<C>,
    /// Whether members and messages are returned, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<bool>,
}

impl<C> GetOrCreateChannel<C> {
    /// The most members that a channel is made with.
    pub const MAX_MEMBERS: usize = 100;

    /// Returns a channel, and makes it where there is none.
    #[must_use]
    pub fn new(cid: impl Into<Cid>) -> Self {
        Self {
            cid: cid.into(),
            created_by_id: None,
            members: Vec::new(),
            custom: None,
            state: None,
        }
    }

    /// Names who makes it.
    #[must_use]
    pub fn created_by_id(mut self, id: impl Into<UserId>) -> Self {
        self.created_by_id = Some(id.into());
        self
    }

    /// Sets its members, in the role of a member.
    #[must_use]
    pub fn members(mut self, ids: impl IntoIterator<Item = impl Into<UserId>>) -> Self {
        self.members = ids
            .into_iter()
            .map(|id| Member::new(id, "channel_member"))
            .collect();
        self
    }

    /// Sets custom data.
    #[must_use]
    pub fn custom(mut self, custom: C) -> Self {
        self.custom = Some(custom);
        self
    }

    /// Sets whether members and messages are returned, too.
    #[must_use]
    pub fn state(mut self, state: bool) -> Self {
        self.state = Some(state);
        self
    }
}

impl<C> Validate for GetOrCreateChannel<C> {
    fn validate(&self, violations: &mut Violations) {
        self.cid.check(violations, "cid");
        if let Some(id) = &self.created_by_id {
            violations.check_id("data.created_by_id", id.as_str());
        }
        violations.require(
            self.members.len() <= Self::MAX_MEMBERS,
            "data.members",
            format!(
                "must have at most {} entries; it has {}: add the others afterwards",
                Self::MAX_MEMBERS,
                self.members.len()
            ),
        );
        for (index, member) in self.members.iter().enumerate() {
            violations.check_id(
                format_args!("data.members[{index}].user_id"),
                member.user_id.as_str(),
            );
        }
    }
}

/// The request as the service reads it.
#[derive(Serialize)]
struct Body<'r, C> {
    data: Data<'r, C>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<bool>,
}

#[derive(Serialize)]
struct Data<'r, C> {
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by_id: Option<&'r UserId>,
    #[serde(skip_serializing_if = "<[Member]>::is_empty")]
    members: &'r [Member],
    #[serde(skip_serializing_if = "Option::is_none")]
    custom: Option<&'r C>,
}

impl<C: CustomData> Endpoint<C> for GetOrCreateChannel<C> {
    type Response = ChannelState<C>;

    fn operation(&self) -> &'static Operation {
        &operation::GET_OR_CREATE_CHANNEL
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        request.path("type", self.cid.channel_type());
        request.path("id", self.cid.id());
        request.json(&Body {
            data: Data {
                created_by_id: self.created_by_id.as_ref(),
                members: &self.members,
                custom: self.custom.as_ref(),
            },
            state: self.state,
        });
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
