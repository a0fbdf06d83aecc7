//! The emulator answers every operation of the model's table, and each route heeds the limit of its batch.

use http::Request;
use serde_json::{Value, json};
use stream_users_model::operation::ALL;

use crate::stream::Stream;

#[test]
fn every_operation_has_its_route_on_both_surfaces() {
    let stream = Stream::new();
    for operation in ALL {
        let segments = operation.path.split('/');
        let path: Vec<&str> = segments
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .collect();
        let path = path.join("/");
        for path in [path.as_str(), path.strip_prefix("/api/v2").unwrap()] {
            let request = Request::builder().method(operation.method.as_str()).uri(path);
            let answer = stream.send(request.body(bytes::Bytes::new()).unwrap());
            assert_ne!(
                answer.status,
                404,
                "{name} has no route: write crates/stream-users-emulator/src/routes/{name}.rs and run `cargo xtask codegen`",
                name = operation.name
            );
            let message = format!(
                "{} failed with error: \"api_key or app_id not provided\"",
                operation.id
            );
            answer.fails(401, 2, &message);
            assert_eq!(
                stream.0.requests().last().unwrap().operation,
                Some(operation.name)
            );
        }
    }
}

#[test]
fn batches_take_as_many_as_the_table_says() {
    let stream = Stream::new();
    for operation in ALL {
        let Some(batch) = operation.batch else { continue };
        let entries = |count: usize| {
            let ids = (0..count).map(|n| format!("u{n}"));
            match operation.name {
                "upsert_users" => ids.map(|id| (id.clone(), json!({ "id": id }))).collect(),
                "update_users_partial" => ids.map(|id| json!({ "id": id })).collect(),
                _ => ids.collect::<Value>(),
            }
        };
        let send = |count: usize| {
            let body = json!({ batch.field: entries(count) });
            stream.call(operation.method.as_str(), operation.path, body)
        };
        let too_many = format!("{} must be {} or less", batch.field, batch.max);
        assert!(
            send(batch.max + 1).body["message"]
                .as_str()
                .unwrap()
                .contains(&too_many),
            "{}",
            operation.name
        );
        let most = send(batch.max);
        assert!(
            most.body["message"]
                .as_str()
                .is_none_or(|text| !text.contains(&too_many)),
            "{}",
            operation.name
        );
    }
}
