//! `export_user` as HTTP. Its types and rules are the model's.

use stream_users_model::{CustomData, ExportUser, ExportedUser, Operation, operation};

use crate::endpoint::{Encoder, Endpoint};

impl<C: CustomData> Endpoint<C> for ExportUser {
    type Response = ExportedUser<C>;

    fn operation(&self) -> &'static Operation {
        &operation::EXPORT_USER
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        request.path("user_id", self.user_id.as_str());
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
