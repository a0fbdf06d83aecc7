//! `block_users` as HTTP. Its types and rules are the model's.

use stream_users_model::{BlockUsers, BlockedUsers, CustomData, Operation, operation};

use crate::endpoint::{Encoder, Endpoint};

impl<C: CustomData> Endpoint<C> for BlockUsers {
    type Response = BlockedUsers;

    fn operation(&self) -> &'static Operation {
        &operation::BLOCK_USERS
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        request.json(self);
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
