//! `query_users` as HTTP. Its types and rules are the model's.

use stream_users_model::{CustomData, Operation, QueriedUsers, QueryUsers, operation};

use crate::endpoint::{Encoder, Endpoint};

impl<C: CustomData> Endpoint<C> for QueryUsers {
    type Response = QueriedUsers<C>;

    fn operation(&self) -> &'static Operation {
        &operation::QUERY_USERS
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        request.query_json("payload", self);
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
