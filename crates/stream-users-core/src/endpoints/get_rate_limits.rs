//! `get_rate_limits` as HTTP. Its types and rules are the model's.

use stream_users_model::{CustomData, GetRateLimits, Operation, RateLimits, operation};

use crate::endpoint::{Encoder, Endpoint};

impl<C: CustomData> Endpoint<C> for GetRateLimits {
    type Response = RateLimits;

    fn operation(&self) -> &'static Operation {
        &operation::GET_RATE_LIMITS
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        for (name, wanted) in [
            ("server_side", self.server_side),
            ("android", self.android),
            ("ios", self.ios),
            ("web", self.web),
            ("unity", self.unity),
        ] {
            if wanted {
                request.query(name, "true");
            }
        }
        request.query_list("endpoints", &self.endpoints);
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
