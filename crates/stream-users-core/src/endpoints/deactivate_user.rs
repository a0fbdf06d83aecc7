//! `deactivate_user` as HTTP. Its types and rules are the model's.

use stream_users_model::{CustomData, DeactivateUser, DeactivatedUser, Operation, operation};

use crate::endpoint::{Encoder, Endpoint};

impl<C: CustomData> Endpoint<C> for DeactivateUser {
    type Response = DeactivatedUser<C>;

    fn operation(&self) -> &'static Operation {
        &operation::DEACTIVATE_USER
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        request.path("user_id", self.user_id.as_str());
        request.json(self);
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
