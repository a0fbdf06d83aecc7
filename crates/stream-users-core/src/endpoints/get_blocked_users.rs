//! `get_blocked_users` as HTTP. Its types and rules are the model's.

use stream_users_model::{CustomData, GetBlockedUsers, Operation, UserBlocks, operation};

use crate::endpoint::{Encoder, Endpoint};

impl<C: CustomData> Endpoint<C> for GetBlockedUsers {
    type Response = UserBlocks;

    fn operation(&self) -> &'static Operation {
        &operation::GET_BLOCKED_USERS
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        if let Some(user_id) = &self.user_id {
            request.query("user_id", user_id.as_str());
        }
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
