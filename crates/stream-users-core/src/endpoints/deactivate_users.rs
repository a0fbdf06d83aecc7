//! `deactivate_users` as HTTP. Its types and rules are the model's.

use stream_users_model::{CustomData, DeactivateUsers, Operation, StartedTask, TaskUsers, operation};

use crate::endpoint::{Encoder, Endpoint};

impl<C: CustomData> Endpoint<C> for DeactivateUsers {
    type Response = StartedTask<TaskUsers<C>>;

    fn operation(&self) -> &'static Operation {
        &operation::DEACTIVATE_USERS
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        request.json(self);
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
