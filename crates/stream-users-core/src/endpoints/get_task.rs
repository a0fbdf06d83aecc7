//! `get_task` as HTTP. Its types and rules are the model's.

use stream_users_model::{CustomData, GetTask, Operation, Task, operation};

use crate::endpoint::{Encoder, Endpoint};

impl<C: CustomData> Endpoint<C> for GetTask {
    type Response = Task;

    fn operation(&self) -> &'static Operation {
        &operation::GET_TASK
    }

    fn encode(&self, request: &mut Encoder) {
        request.validate(self);
        request.path("id", self.id.as_str());
    }

    fn server_duration(response: &Self::Response) -> Option<&str> {
        Some(&response.duration)
    }
}
