//! Every string of every operation of the contract is on the list here, or is redacted.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use stream_users_model::operation::{self, Operation};
use stream_users_testing::Answer;

use super::{exchange, request};

/// The properties whose strings are kept: ids, and words of the service's.
const KEPT: &[&str] = &[
    // Ids of users, tasks, messages and channels, and of teams.
    "BlockUsersRequest.blocked_user_id",
    "BlockUsersRequest.user_id",
    "BlockUsersResponse.blocked_by_user_id",
    "BlockUsersResponse.blocked_user_id",
    "BlockedUserResponse.blocked_user_id",
    "BlockedUserResponse.user_id",
    "DeactivateUserRequest.created_by_id",
    "DeactivateUsersRequest.created_by_id",
    "DeactivateUsersRequest.user_ids",
    "DeactivateUsersResponse.task_id",
    "DeleteUsersRequest.new_call_owner_id",
    "DeleteUsersRequest.new_channel_owner_id",
    "DeleteUsersRequest.user_ids",
    "DeleteUsersResponse.task_id",
    "DeviceResponse.user_id",
    "ExportUsersRequest.user_ids",
    "ExportUsersResponse.task_id",
    "FullUserResponse.blocked_user_ids",
    "FullUserResponse.id",
    "FullUserResponse.latest_hidden_channels",
    "FullUserResponse.teams",
    "GetTaskResponse.task_id",
    "QueryUsersPayload.user_id",
    "ReactivateUserRequest.created_by_id",
    "ReactivateUsersRequest.created_by_id",
    "ReactivateUsersRequest.user_ids",
    "ReactivateUsersResponse.task_id",
    "RestoreUsersRequest.user_ids",
    "SharedLocationResponse.channel_cid",
    "SharedLocationResponse.message_id",
    "SharedLocationResponse.user_id",
    "SharedLocationResponseData.channel_cid",
    "SharedLocationResponseData.message_id",
    "SharedLocationResponseData.user_id",
    "UnblockUsersRequest.blocked_user_id",
    "UnblockUsersRequest.user_id",
    "UpdateLiveLocationRequest.message_id",
    "UpdateUserPartialRequest.id",
    "UpdateUsersResponse.membership_deletion_task_id",
    "UserRequest.id",
    "UserRequest.teams",
    "UserResponse.blocked_user_ids",
    "UserResponse.id",
    "UserResponse.teams",
    // Words.
    "APIError.duration",
    "BlockUsersResponse.duration",
    "CreateGuestResponse.duration",
    "DeactivateUserResponse.duration",
    "DeactivateUsersResponse.duration",
    "DeleteUsersRequest.calls",
    "DeleteUsersRequest.conversations",
    "DeleteUsersRequest.messages",
    "DeleteUsersRequest.user",
    "DeleteUsersResponse.duration",
    "DeviceResponse.push_provider",
    "ErrorResult.type",
    "ExportUserResponse.duration",
    "ExportUsersResponse.duration",
    "FullUserResponse.role",
    "FullUserResponse.teams_role",
    "GetBlockedUsersResponse.duration",
    "GetRateLimitsResponse.duration",
    "GetTaskResponse.duration",
    "GetTaskResponse.status",
    "QueryUsersResponse.duration",
    "ReactivateUserResponse.duration",
    "ReactivateUsersResponse.duration",
    "Response.duration",
    "SharedLocationResponse.duration",
    "SharedLocationsResponse.duration",
    "SortParamRequest.field",
    "SortParamRequest.type",
    "UnblockUsersResponse.duration",
    "UpdateUserPartialRequest.unset",
    "UpdateUsersResponse.duration",
    "UserRequest.role",
    "UserRequest.teams_role",
    "UserResponse.role",
    "UserResponse.teams_role",
];

fn document() -> Value {
    serde_json::from_str(include_str!(
        "../../../../stream-users-model/contract/users.openapi.json"
    ))
    .unwrap()
}

/// An instance of a schema with the name of the property in each of its strings.
fn instance(
    document: &Value,
    schema: &Value,
    owner: &str,
    levels: u32,
    seen: &mut BTreeSet<String>,
) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        let Some(properties) = document["components"]["schemas"][name]["properties"].as_object() else {
            // Raw in the contract: chat content.
            seen.insert(format!("{name}.text"));
            return json!({"text": marker(&format!("{name}.text"))});
        };
        let mut object = Map::new();
        for (property, schema) in properties {
            // Users hold users.
            if levels > 0 || schema.get("$ref").is_none() {
                let owner = format!("{name}.{property}");
                object.insert(
                    property.clone(),
                    instance(document, schema, &owner, levels.saturating_sub(1), seen),
                );
            }
        }
        return Value::Object(object);
    }
    match schema["type"].as_str() {
        Some("array") => json!([instance(document, &schema["items"], owner, levels, seen)]),
        Some("object") => match schema.get("additionalProperties").filter(|of| **of != json!({})) {
            Some(of) => json!({"some_key": instance(document, of, owner, levels, seen)}),
            None => json!({"some_key": text(owner, seen), "nested": [{"deep": text(owner, seen)}]}),
        },
        Some("string") => text(owner, seen),
        Some("boolean") => json!(true),
        _ => json!(1),
    }
}

fn text(owner: &str, seen: &mut BTreeSet<String>) -> Value {
    seen.insert(owner.to_owned());
    json!(marker(owner))
}

/// A text that would pass for a word.
fn marker(owner: &str) -> String {
    format!("M-{owner}-M")
}

/// Adds the names of all schemas that `value` leads to.
fn reach(document: &Value, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str) {
                let name = name.rsplit('/').next().unwrap_or_default();
                if names.insert(name.to_owned()) {
                    reach(document, &document["components"]["schemas"][name], names);
                }
            }
            map.values().for_each(|value| reach(document, value, names));
        }
        Value::Array(list) => list.iter().for_each(|value| reach(document, value, names)),
        _ => {}
    }
}

#[tokio::test]
async fn every_string_of_the_contract_is_on_the_list_or_redacted() {
    let document = document();
    let mut seen = BTreeSet::new();
    let mut kept = BTreeSet::new();
    let mut note = |text: &str, seen: &BTreeSet<String>| {
        kept.extend(seen.iter().filter(|owner| text.contains(&marker(owner))).cloned());
    };
    for known in operation::ALL {
        let stated = &document["paths"][known.path][known.method.as_str().to_lowercase()];
        let path = known.path.replace(['{', '}'], "");
        let content = |of: &Value| of["content"]["application/json"]["schema"].clone();
        let body = content(&stated["requestBody"]);
        let mut fill = |schema: &Value| instance(&document, schema, "", 3, &mut seen).to_string();
        let sent = match known.json_query {
            Some(name) => {
                let payload = &stated["parameters"][0];
                assert_eq!(payload["name"], name);
                let payload = fill(&content(payload));
                let payload =
                    percent_encoding::utf8_percent_encode(&payload, percent_encoding::NON_ALPHANUMERIC);
                request(known, &format!("{path}?{name}={payload}"), "")
            }
            None if body.is_null() => request(known, &path, ""),
            None => request(known, &path, fill(&body)),
        };
        let responses = stated["responses"].as_object().unwrap();
        let (_, success) = responses
            .iter()
            .find(|(status, _)| status.starts_with('2'))
            .unwrap();
        let answer = fill(&content(success));
        let refusal = fill(&json!({"$ref": "#/components/schemas/APIError"}));
        for (status, answer) in [(200, answer), (400, refusal)] {
            let sent = copy(&sent, known);
            let cassette = exchange(sent, Answer::new(status, answer)).await;
            assert!(cassette.unrecorded().is_empty());
            note(&cassette.to_json().unwrap(), &seen);
        }
    }
    // What only events hold is in no answer to a call.
    let called = operation::ALL.iter().map(|known| &document["paths"][known.path]);
    let mut reached = BTreeSet::new();
    called.for_each(|path| reach(&document, path, &mut reached));
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let called = schemas.iter().filter(|(name, _)| reached.contains(*name));
    let strings = called.flat_map(|(name, schema)| {
        let properties = schema["properties"].as_object().into_iter().flatten();
        let strings = properties.filter(|(_, of)| of["type"] == "string" || of["items"]["type"] == "string");
        strings.map(move |(property, _)| format!("{name}.{property}"))
    });
    for string in strings {
        assert!(seen.contains(&string), "no instance has {string}");
    }
    let listed: BTreeSet<String> = KEPT.iter().map(|name| (*name).to_owned()).collect();
    let unlisted: Vec<_> = kept.difference(&listed).collect();
    assert_eq!(
        unlisted,
        Vec::<&String>::new(),
        "kept, and not in `KEPT` of tests/it/cassettes/contract.rs: add what is no secret and nobody's data"
    );
    let redacted: Vec<_> = listed.difference(&kept).collect();
    assert_eq!(
        redacted,
        Vec::<&String>::new(),
        "in `KEPT` of tests/it/cassettes/contract.rs, and redacted"
    );
}

fn copy(of: &http::Request<bytes::Bytes>, known: &'static Operation) -> http::Request<bytes::Bytes> {
    request(
        known,
        &of.uri().path_and_query().unwrap().to_string(),
        of.body().clone(),
    )
}
