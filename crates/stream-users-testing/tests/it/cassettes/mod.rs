//! Cassettes: `contract` holds what is kept against the contract, `files` is about export files, `leaks` throws markers
//! everywhere, `recording`, `replaying` and `saving` are what their names say.

mod contract;
mod files;
mod leaks;
mod recording;
mod replaying;
mod saving;

use bytes::Bytes;
use stream_users_core::{Attempt, Client, ClientBuilder, OperationInfo, Transport, Users};
use stream_users_model::{CustomData, Operation};
use stream_users_testing::cassette::{Cassette, RecordingTransport};
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};

/// A server's client whose waits take no time.
fn users<C: CustomData>(transport: impl Transport) -> Users<C> {
    builder(transport).build().unwrap().users()
}

fn builder(transport: impl Transport) -> ClientBuilder {
    Client::builder("k3y-marker")
        .server("s3cr3t-marker")
        .transport(transport)
        .clock(ManualClock::auto_advance())
}

/// What is recorded of a request without a client, answered so.
async fn exchange(request: http::Request<Bytes>, answer: Answer) -> Cassette {
    let recording = RecordingTransport::new(ScriptedTransport::new([answer]));
    let _ = recording.send(request).await;
    recording.cassette()
}

/// A request as the engine sends it.
fn request(operation: &'static Operation, path: &str, body: impl Into<Bytes>) -> http::Request<Bytes> {
    let mut request = http::Request::new(body.into());
    *request.method_mut() = operation.method.as_str().parse().unwrap();
    *request.uri_mut() = format!("https://chat.test{path}").parse().unwrap();
    request.extensions_mut().insert(OperationInfo::new(operation));
    request.extensions_mut().insert(Attempt::new(1));
    request
}

fn json(cassette: &Cassette) -> serde_json::Value {
    serde_json::from_str(&cassette.to_json().unwrap()).unwrap()
}
