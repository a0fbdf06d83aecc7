//! Each recorded input becomes one of our requests, and what is sent is compared.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use stream_users_core::token::UserToken;
use stream_users_core::{CallOptions, Client, ClientBuilder, RawCall, UsersApi};
use stream_users_model::{
    BlockUsers, CreateGuest, Custom, DeactivateUser, DeactivateUsers, DeleteUsers, ExportUser, ExportUsers,
    GetBlockedUsers, GetTask, GetUserLiveLocations, QueryUsers, ReactivateUser, ReactivateUsers,
    RestoreUsers, StrMap, UnblockUsers, UpdateLiveLocation, UpdateUsersPartial, UpsertUsers, UserId,
    UserRequest, operation,
};
use stream_users_testing::{ManualClock, RecordedRequest, ScriptedTransport};
use uuid::Uuid;

use super::compare::{same, without_nulls};
use super::{Record, records, tokens};
use crate::stage::empty;

const KEY: &str = "wirecap-key";

/// The operations of which no request is recorded, and why.
const UNRECORDED: &[(&str, &str)] = &[("get_rate_limits", "the recording has no quotas")];

/// A request made of the input by its own reader; `{"$date": …}` stands for a time.
fn read<T: DeserializeOwned>(input: &Value) -> T {
    fn plain(value: &Value) -> Value {
        match value {
            Value::Object(map) if map.contains_key("$date") => map["$date"].clone(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), plain(value)))
                .collect(),
            Value::Array(values) => values.iter().map(plain).collect(),
            other => other.clone(),
        }
    }
    serde_json::from_value(plain(input)).unwrap_or_else(|error| panic!("{input}: {error}"))
}

fn id(input: &Value, name: &str) -> Option<UserId> {
    input.get(name).and_then(Value::as_str).map(UserId::from)
}

/// Sends what `input` asks for, and returns the request. The answer is of no interest.
async fn send(operation: &str, case: &str, input: &Value) -> RecordedRequest {
    let transport = ScriptedTransport::new([empty()]);
    let clock = ManualClock::auto_advance();
    let client = caller(case)
        .transport(transport.clone())
        .clock(clock)
        .build()
        .unwrap();
    let users = client.users::<Custom>();
    let error = match operation {
        "upsert_users" => users
            .upsert_users(UpsertUsers::new(read::<Vec<UserRequest>>(&input["users"])))
            .await
            .err(),
        "update_users_partial" => users
            .update_users_partial(read::<UpdateUsersPartial>(input))
            .await
            .err(),
        "query_users" if input.get("payload").is_some() => users
            .query_users(read::<QueryUsers>(&input["payload"]))
            .await
            .err(),
        "query_users" => {
            let call = RawCall::new(&operation::QUERY_USERS, Map::new());
            client.execute(&call, &CallOptions::new()).await.err()
        }
        "deactivate_user" => {
            let mut request: DeactivateUser = read(input);
            request.user_id = id(input, "user_id").unwrap();
            users.deactivate_user(request).await.err()
        }
        "deactivate_users" => users.deactivate_users(read::<DeactivateUsers>(input)).await.err(),
        "reactivate_user" => {
            let mut request: ReactivateUser = read(input);
            request.user_id = id(input, "user_id").unwrap();
            users.reactivate_user(request).await.err()
        }
        "reactivate_users" => users.reactivate_users(read::<ReactivateUsers>(input)).await.err(),
        "delete_users" => users.delete_users(read::<DeleteUsers>(input)).await.err(),
        "restore_users" => users.restore_users(read::<RestoreUsers>(input)).await.err(),
        "export_user" => users.export_user(read::<ExportUser>(input)).await.err(),
        "export_users" => users.export_users(read::<ExportUsers>(input)).await.err(),
        "get_task" => users.get_task(read::<GetTask>(input)).await.err(),
        "create_guest" => users.create_guest(read::<CreateGuest>(input)).await.err(),
        "block_users" => users.block_users(read::<BlockUsers>(input)).await.err(),
        "unblock_users" => users.unblock_users(read::<UnblockUsers>(input)).await.err(),
        "get_blocked_users" => users
            .get_blocked_users(read::<GetBlockedUsers>(input))
            .await
            .err(),
        "get_user_live_locations" => users
            .get_user_live_locations(read::<GetUserLiveLocations>(input))
            .await
            .err(),
        "update_live_location" => {
            let mut request: UpdateLiveLocation = read(input);
            request.user_id = id(input, "user_id");
            users.update_live_location(request).await.err()
        }
        other => {
            panic!(
                "{other} is recorded: make its request here, in crates/stream-users-core/tests/it/wire/requests.rs"
            )
        }
    };
    let mut requests = transport.requests();
    assert_eq!(requests.len(), 1, "{operation} {case}: {error:?}");
    requests.remove(0)
}

/// A server's client; in the cases `own_token`, that of the user `me`.
fn caller(case: &str) -> ClientBuilder {
    let builder = Client::builder(KEY).server(tokens::SECRET);
    if case != "own_token" {
        return builder;
    }
    let clock = ManualClock::new();
    let server = builder
        .transport(ScriptedTransport::new([]))
        .clock(clock)
        .build()
        .unwrap();
    let token = server.create_token(&UserToken::new("me")).unwrap();
    Client::builder(KEY).user_token(token)
}

fn segments(path: &str) -> Vec<String> {
    let decode = |part: &str| {
        percent_encoding::percent_decode_str(part)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    path.split('/').skip(1).map(decode).collect()
}

/// The parameters of a query, a JSON document among them read.
fn recorded_query(query: &Value) -> Vec<(String, Value)> {
    let pairs: Vec<(String, Value)> = serde_json::from_value(query.clone()).unwrap();
    pairs
        .into_iter()
        .map(|(name, value)| match value.get("json") {
            Some(document) => (name, without_nulls(document)),
            None => (name, value),
        })
        .collect()
}

fn our_query(request: &RecordedRequest) -> Vec<(String, Value)> {
    let read = |(name, value): (String, String)| match name.as_str() {
        "payload" => (name, serde_json::from_str(&value).unwrap()),
        _ => (name, value.into()),
    };
    request.query().into_iter().map(read).collect()
}

fn check(record: &Record, recorded: &Value, request: &RecordedRequest) {
    let name = format!("{} {}", record.operation, record.case);
    assert_eq!(request.operation().unwrap().name, record.operation);
    assert_eq!(request.method(), recorded["method"].as_str().unwrap(), "{name}");
    assert_eq!(
        request.segments(),
        segments(recorded["path"].as_str().unwrap()),
        "{name}"
    );

    let (ours, theirs) = (our_query(request), recorded_query(&recorded["query"]));
    assert_eq!(ours.len(), theirs.len(), "{name}: {ours:?}");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert!(
            ours.0 == theirs.0 && same(&ours.1, &theirs.1),
            "{name}: {ours:?} {theirs:?}"
        );
    }
    match &recorded["body"] {
        Value::Null => assert!(request.body().is_empty(), "{name}"),
        body => {
            let ours = request.json().unwrap();
            assert!(same(&ours, body), "{name}: {ours} {body}");
        }
    }
    check_headers(&name, &recorded["headers"], request);

    let authorization = request.header("authorization").unwrap();
    assert_eq!(recorded["authorization"]["scheme"], "bare", "{name}");
    let claims: StrMap<Value> = tokens::verified(authorization);
    match recorded["authorization"]["claims"].as_object().unwrap() {
        none if none.is_empty() => {
            let ours: Vec<_> = claims.iter().collect();
            assert_eq!(ours, [("server", &Value::Bool(true))], "{name}");
        }
        theirs => tokens::check_claims(&name, &claims, theirs),
    }
}

fn check_headers(name: &str, recorded: &Value, request: &RecordedRequest) {
    let recorded = recorded.as_object().unwrap();
    for (header, value) in recorded {
        let ours = request
            .header(header)
            .unwrap_or_else(|| panic!("{name}: {header} is missing"));
        match header.as_str() {
            "X-Stream-Client" => assert_eq!(
                ours,
                concat!("stream-users-rust-", env!("CARGO_PKG_VERSION")),
                "{name}"
            ),
            "x-client-request-id" => assert!(Uuid::parse_str(ours).is_ok(), "{name}: {ours}"),
            _ => assert_eq!(Some(ours), value.as_str(), "{name}: {header}"),
        }
    }
    // Ours are theirs and the token, which is recorded apart.
    assert_eq!(request.as_http().headers().len(), recorded.len() + 1, "{name}");
}

#[tokio::test]
async fn every_recorded_request_is_sent_the_same() {
    let mut compared = 0;
    for record in records() {
        let Some(recorded) = &record.request else { continue };
        let request = send(&record.operation, &record.case, &record.input).await;
        check(&record, recorded, &request);
        compared += 1;
    }
    assert_eq!(compared, 79);
}

#[test]
fn every_operation_is_recorded_or_said_not_to_be() {
    let records = records();
    for operation in operation::ALL {
        let name = operation.name;
        let recorded = records.iter().any(|record| record.operation == name);
        let excused = UNRECORDED
            .iter()
            .any(|(unrecorded, why)| *unrecorded == name && !why.is_empty());
        assert!(
            recorded != excused,
            "{name}: add what an official SDK sends to crates/stream-users-core/tests/data/recorded_requests.json, or \
             name it in UNRECORDED in crates/stream-users-core/tests/it/wire/requests.rs with the reason; not both"
        );
    }
}

#[test]
fn nothing_is_left_out_but_what_the_sdk_could_not_do() {
    let records = records();
    let left_out: Vec<String> = records
        .iter()
        .filter(|record| record.request.is_none() && record.token.is_none())
        .map(|record| format!("{} {}", record.operation, record.case))
        .collect();
    assert_eq!(records.len(), 86);
    assert_eq!(
        left_out,
        [
            "upsert_users custom_date",
            "update_users_partial set_date",
            "create_token iat_given",
            "create_token custom_claims",
        ]
    );
}

/// The dates that the SDK could not write are written by ours.
#[tokio::test]
async fn what_the_sdk_could_not_send_is_sent() {
    for record in records() {
        if !record.case.ends_with("_date") {
            continue;
        }
        let body = send(&record.operation, &record.case, &record.input)
            .await
            .json()
            .unwrap()
            .to_string();
        assert!(body.contains("\"2026-01-02T03:04:05.678Z\""), "{body}");
    }
}
