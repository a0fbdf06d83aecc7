//! `create_guest` as HTTP. Its types and rules are the model's.

use stream_users_model::{CreateGuest, CreatedGuest, CustomData, Operation, operation};

use crate::endpoint::{Encoder, Endpoint};

impl<C: CustomData> Endpoint<C> for CreateGuest<C> {
    type Response = CreatedGuest<C>;

    fn operation(&self) -> &'static Operation {
        &operation::CREATE_GUEST
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        request.json(self);
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
