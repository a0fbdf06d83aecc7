//! Ids that would name another place in a URL: in every operation that has an id in its path they are refused before
//! anything is sent, or exactly that id arrives at exactly that operation.

use serde_json::{Map, Value};
use stream_users::model::operation::{self, Operation};
use stream_users::prelude::*;
use stream_users::{DeactivateUser, ExportUser, GetTask, ReactivateUser};
use stream_users::{RawCall, ServiceTransport};
use stream_users_emulator::{Emulator, EmulatorService};

const IDS: [&str; 14] = [
    "..",
    ".",
    "",
    "a/b",
    "a?b",
    "a#b",
    "100%",
    "a%2Fb",
    "é😀",
    "$&",
    "!anon",
    "a b",
    "a+b",
    "../../../api/v2/users/delete",
];

fn client() -> (EmulatorService, Client) {
    let stream = Emulator::builder().build().unwrap();
    let client = Client::builder(stream.api_key())
        .server(stream.api_secret())
        .transport(ServiceTransport::new(stream.clone()))
        .build()
        .unwrap();
    (stream, client)
}

/// What the path's only parameter was on the wire, read as RFC 3986 says: the one segment, percent-decoded.
fn arrived(operation: &Operation, path: &str) -> String {
    let template: Vec<&str> = operation.path.split('/').collect();
    let segments: Vec<&str> = path.split('/').collect();
    assert_eq!(segments.len(), template.len(), "{path} is not {}", operation.path);
    let mut id = None;
    for (segment, name) in segments.iter().zip(template) {
        if name.starts_with('{') {
            id = Some(
                percent_encoding::percent_decode_str(segment)
                    .decode_utf8()
                    .unwrap()
                    .into_owned(),
            );
        } else {
            assert_eq!(*segment, name, "{path} is not {}", operation.path);
        }
    }
    id.expect("the operation has a parameter in its path")
}

fn with_id_in_path() -> impl Iterator<Item = (&'static Operation, &'static str)> {
    operation::ALL.iter().filter_map(|operation| {
        let name = operation
            .path
            .split('/')
            .find_map(|part| part.strip_prefix('{')?.strip_suffix('}'))?;
        Some((operation, name))
    })
}

#[tokio::test]
async fn raw_calls_of_every_operation() {
    let (stream, client) = client();
    for (operation, name) in with_id_in_path() {
        for id in IDS {
            let before = stream.requests().len();
            let input = Map::from_iter([(name.to_owned(), Value::from(id))]);
            let result = client
                .execute(&RawCall::new(operation, input), &CallOptions::new())
                .await;
            check(operation, id, &stream.requests()[before..], result.map(drop));
        }
    }
}

#[tokio::test]
async fn typed_calls_of_every_operation() {
    let (stream, client) = client();
    let users: Users = client.users();
    let mut operations = 0;
    for (operation, _) in with_id_in_path() {
        operations += 1;
        for id in IDS {
            let before = stream.requests().len();
            let result = match operation.name {
                "deactivate_user" => users.deactivate_user(DeactivateUser::new(id)).await.map(drop),
                "reactivate_user" => users.reactivate_user(ReactivateUser::new(id)).await.map(drop),
                "export_user" => users.export_user(ExportUser::new(id)).await.map(drop),
                "get_task" => users.get_task(GetTask::new(id)).await.map(drop),
                other => {
                    panic!(
                        "{other} has an id in its path: call it here, in crates/stream-users/tests/it/hostile_ids.rs"
                    )
                }
            };
            check(operation, id, &stream.requests()[before..], result);
        }
    }
    assert!(
        operations >= 4,
        "only {operations} operations have an id in their path"
    );
}

fn check(
    operation: &Operation,
    id: &str,
    sent: &[stream_users_emulator::LoggedRequest],
    result: stream_users::Result<()>,
) {
    let error = result.expect_err("nobody has this id");
    if matches!(id, "" | "." | "..") {
        assert!(
            error.is_invalid() && sent.is_empty(),
            "{}: {id:?} was sent: {error}",
            operation.name
        );
        assert!(!error.violations().is_empty());
        return;
    }
    assert!(
        error.api().is_some(),
        "{}: {id:?} was not answered: {error}",
        operation.name
    );
    let [request] = sent else {
        panic!("{}: {id:?} was sent {} times", operation.name, sent.len())
    };
    assert_eq!(
        request.operation,
        Some(operation.name),
        "{id:?} reached another operation"
    );
    assert_eq!(arrived(operation, &request.path), id);
}
