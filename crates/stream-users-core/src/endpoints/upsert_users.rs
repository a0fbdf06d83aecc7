//! `upsert_users` as HTTP. Its types and rules are the model's.

use stream_users_model::{CustomData, Operation, UpsertUsers, UpsertedUsers, operation};

use crate::endpoint::{Encoder, Endpoint, Reader, reader};

impl<C: CustomData> Endpoint<C> for UpsertUsers<C> {
    type Response = UpsertedUsers<C>;

    fn operation(&self) -> &'static Operation {
        &operation::UPSERT_USERS
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        request.json(self);
    }

    fn reader(&self) -> Reader<Self::Response> {
        if self.ignore_answer {
            UpsertedUsers::from_json_without_users
        } else {
            reader()
        }
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
