//! `update_live_location` as HTTP. Its types and rules are the model's.

use stream_users_model::{CustomData, LiveLocation, Operation, UpdateLiveLocation, operation};

use crate::endpoint::{Encoder, Endpoint};

impl<C: CustomData> Endpoint<C> for UpdateLiveLocation {
    type Response = LiveLocation;

    fn operation(&self) -> &'static Operation {
        &operation::UPDATE_LIVE_LOCATION
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        if let Some(user_id) = &self.user_id {
            request.query("user_id", user_id.as_str());
        }
        request.json(self);
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
