//! The rules of a `UsersApi` hold for whatever this workspace gives programs to call, and for a decorator of one's own.

use std::sync::Arc;
use std::time::Duration;

use stream_users::prelude::*;
use stream_users::testing::conformance::users_api::Options;
use stream_users::testing::users_api_conformance;
use stream_users::ServiceTransport;
use stream_users_emulator::Emulator;

const SECRET: &str = "secret-of-the-conformance-tests-of-32";

/// The client over an emulator of its own, without a socket.
fn alone() -> Users {
    let stream = Emulator::builder()
        .api_secret(SECRET)
        .task_latency(Duration::ZERO)
        .build()
        .unwrap();
    let client = Client::builder(stream.api_key()).server(SECRET);
    let client = client.transport(ServiceTransport::new(stream));
    client.build().unwrap().users()
}

fn options() -> Options {
    Options::new().secret(SECRET)
}

users_api_conformance!(without_a_socket, || async { alone() }, options: options());

users_api_conformance!(
    trait_object,
    || async { Arc::new(alone()) as Arc<dyn UsersApi> },
    options: options(),
);
