use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use stream_users_core::endpoint::{Encoder, Endpoint};
use stream_users_core::{CallOptions, Error, RawCall, Secret, UsersApi};
use stream_users_model::operation::{Caller, Method, Operation};
use stream_users_model::{
    Custom, DeactivateUser, DeleteUsers, DeletionMode, Filter, GetRateLimits, QueryUsers, UpdateLiveLocation,
    UpsertUsers, UserRequest, operation,
};
use stream_users_testing::{Answer, ScriptedTransport};
use uuid::Uuid;

use crate::stage::{KEY, SECRET, Stage, empty};

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

#[tokio::test]
async fn the_headers_are_the_services_and_nothing_else() {
    let stage = Stage::new([empty(), empty()]);
    let users = stage.users::<Custom>();
    users.query_users(QueryUsers::new(Filter::all())).await.unwrap();
    users.deactivate_user(DeactivateUser::new("ada")).await.unwrap();
    let token = stream_users_core::token::server_token(&Secret::new(SECRET)).unwrap();
    let name = concat!("stream-users-rust-", env!("CARGO_PKG_VERSION"));
    for request in stage.requests() {
        let headers: BTreeMap<&str, &str> = request
            .as_http()
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        let id = Uuid::parse_str(headers["x-client-request-id"]).unwrap();
        assert_eq!(id.get_version_num(), 4);
        let mut expected = BTreeMap::from([
            ("authorization", token.expose()),
            ("stream-auth-type", "jwt"),
            ("x-stream-client", name),
            ("x-client-request-id", headers["x-client-request-id"]),
        ]);
        if request.method() == "POST" {
            expected.insert("content-type", "application/json");
        }
        assert_eq!(headers, expected);
        assert!(request.as_http().headers()["authorization"].is_sensitive());
        assert_eq!(request.query_value("api_key").as_deref(), Some(KEY));
        assert_eq!(request.as_http().uri().host(), Some("chat.stream-io-api.com"));
        assert_eq!(request.as_http().uri().scheme_str(), Some("https"));
    }
}

#[tokio::test]
async fn a_suffix_names_the_program_and_a_base_url_the_place() {
    let stage = Stage::over(ScriptedTransport::new([empty()]), |builder| {
        builder
            .user_agent_suffix("crm/2.1")
            .base_url("http://127.0.0.1:8080/stream/")
    });
    stage
        .users::<Custom>()
        .query_users(QueryUsers::new(Filter::all()))
        .await
        .unwrap();
    let request = stage.request();
    assert!(request.header("x-stream-client").unwrap().ends_with(" crm/2.1"));
    assert_eq!(request.path(), "/stream/api/v2/users");
    assert_eq!(request.as_http().uri().authority().unwrap(), "127.0.0.1:8080");
}

async fn refused<T>(call: impl Future<Output = stream_users_core::Result<T>>) -> Error {
    let Err(error) = call.await else {
        panic!("the request was sent")
    };
    assert!(error.is_invalid() && !error.is_retryable(), "{error}");
    assert_eq!(error.meta(), None, "it was never tried");
    error
}

#[tokio::test]
async fn a_request_that_breaks_rules_is_not_sent_and_lists_them_all() {
    let stage = Stage::new([]);
    let users = stage.users::<Value>();

    let error =
        refused(users.query_users(QueryUsers::new(Filter::all()).limit(500).offset(2000).user_id(""))).await;
    let fields: Vec<&str> = error
        .violations()
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields, ["limit", "offset", "user_id"]);
    assert_eq!(
        error.to_string(),
        "query_users: the request was not sent: limit must be at most 100; it is 500; \
         offset must be at most 1000; it is 2000; user_id must not be empty; give the id"
    );

    let request = UpsertUsers::new([
        UserRequest::new(""),
        UserRequest::new("ada"),
        UserRequest::new("ada"),
        UserRequest::new("bob").custom(json!([1])),
    ]);
    let error = refused(users.upsert_users(request)).await;
    let fields: Vec<&str> = error
        .violations()
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields, ["users[0].id", "users[2].id", "users[3].custom"]);

    let many = (0..101).map(|n| UserRequest::new(format!("user-{n}")));
    assert_eq!(
        refused(users.upsert_users(UpsertUsers::new(many)))
            .await
            .violations()
            .len(),
        1
    );
    assert_eq!(
        refused(users.upsert_users(UpsertUsers::new([])))
            .await
            .violations()
            .len(),
        1
    );

    let soft = DeleteUsers::hard(["ada", ".."]).messages(DeletionMode::Soft);
    assert_eq!(refused(users.delete_users(soft)).await.violations().len(), 2);

    let nowhere = UpdateLiveLocation::new("").position(f64::NAN, 181.0);
    assert_eq!(
        refused(users.update_live_location(nowhere))
            .await
            .violations()
            .len(),
        3
    );
    assert_eq!(stage.sent(), 0);
}

#[tokio::test]
async fn a_query_too_long_for_a_url_is_refused_without_naming_it() {
    let stage = Stage::new([]);
    let ids: Vec<String> = (0..2000).map(|n| format!("{n}-{}", "x".repeat(60))).collect();
    let query = QueryUsers::new(stream_users_model::field::id().is_in(ids));
    let error = stage.users::<Custom>().query_users(query).await.unwrap_err();
    assert!(error.is_invalid() && stage.sent() == 0);
    assert!(!format!("{error} {error:?}").contains(KEY));
}

#[tokio::test]
async fn flags_and_lists_stand_in_the_query() {
    let stage = Stage::new([empty(), empty()]);
    let request = GetRateLimits::new()
        .server_side()
        .endpoints(["QueryUsers", "a&b"]);
    let users = stage.users::<Custom>();
    let _ = users.get_rate_limits(request).await;
    let _ = users.get_rate_limits(GetRateLimits::new()).await;
    let queries: Vec<Vec<(String, String)>> = stage
        .requests()
        .iter()
        .map(|request| request.query()[1..].to_vec())
        .collect();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        queries[0],
        [pair("server_side", "true"), pair("endpoints", "QueryUsers,a&b")]
    );
    assert_eq!(queries[1], []);
}

#[tokio::test]
async fn a_raw_call_splits_its_input() {
    let answer = r#"{ "kept" : [1,  2] }"#;
    let send = async |operation: &'static Operation, input: Value| {
        let stage = Stage::new([Answer::new(200, answer)]);
        let call = RawCall::new(operation, object(&input));
        let outcome = stage.client.execute(&call, &CallOptions::new()).await;
        (outcome, stage)
    };

    let input = json!({"user_id": "a/b", "mark_messages_deleted": true, "nothing": null});
    let (outcome, stage) = send(&operation::DEACTIVATE_USER, input).await;
    assert_eq!(outcome.unwrap().body.as_json(), answer, "kept as it came");
    let request = stage.request();
    assert_eq!(request.path(), "/api/v2/users/a%2Fb/deactivate");
    assert_eq!(
        request.json(),
        Some(json!({"mark_messages_deleted": true, "nothing": null}))
    );

    for input in [json!({"limit": 5}), json!({"payload": {"limit": 5}})] {
        let (_, stage) = send(&operation::QUERY_USERS, input).await;
        assert_eq!(
            stage.request().query_value("payload").as_deref(),
            Some(r#"{"limit":5}"#)
        );
        assert!(stage.request().body().is_empty());
    }
    let (_, stage) = send(&operation::QUERY_USERS, json!({})).await;
    assert_eq!(stage.request().query().len(), 1);

    let input = json!({"server_side": true, "endpoints": ["A", "B"], "web": null});
    let (_, stage) = send(&operation::GET_RATE_LIMITS, input).await;
    let query = stage.request().query();
    assert_eq!(
        query[1..],
        [
            ("server_side".into(), "true".into()),
            ("endpoints".into(), "A,B".into())
        ]
    );

    for (operation, input, field) in [
        (&operation::EXPORT_USER, json!({}), "user_id"),
        (&operation::EXPORT_USER, json!({"user_id": null}), "user_id"),
        (
            &operation::EXPORT_USER,
            json!({"user_id": "ada", "files": true}),
            "files",
        ),
        (
            &operation::GET_BLOCKED_USERS,
            json!({"user_id": {"a": 1}}),
            "user_id",
        ),
    ] {
        let (outcome, stage) = send(operation, input).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.violations()[0].field, field, "{error}");
        assert_eq!(stage.sent(), 0);
    }
}

/// An endpoint of another crate, for another part of Stream.
#[derive(Serialize)]
struct SendEvent {
    #[serde(skip)]
    kind: String,
    text: String,
}

#[derive(Deserialize)]
struct SentEvent {
    seen: bool,
}

impl Endpoint for SendEvent {
    type Response = SentEvent;

    fn operation(&self) -> &'static Operation {
        const SEND_EVENT: Operation =
            Operation::new("send_event", "SendEvent", Method::Post, "/api/v2/events/{kind}")
                .with_body()
                .caller(Caller::User);
        &SEND_EVENT
    }

    fn encode(&self, request: &mut Encoder) {
        if self.text.is_empty() {
            request.violation("text", "must not be empty");
        }
        request.path("kind", &self.kind);
        request.query("again", "a b");
        request.json(self);
    }
}

#[tokio::test]
async fn an_endpoint_of_another_crate_gets_the_same() {
    let stage = Stage::new([
        Answer::error(stream_users_core::TransportErrorKind::Connect),
        Answer::new(200, r#"{"seen":true}"#),
    ]);
    let event = SendEvent {
        kind: "a/b".into(),
        text: "hi".into(),
    };
    let answer = stage.client.execute(&event, &CallOptions::new()).await.unwrap();
    assert!(answer.body.seen && answer.meta.attempts == 2);
    let request = &stage.requests()[1];
    assert_eq!(request.segments(), ["api", "v2", "events", "a/b"]);
    assert_eq!(request.query_value("again").as_deref(), Some("a b"));
    assert_eq!(request.json(), Some(json!({"text": "hi"})));
    assert_eq!(request.operation().unwrap().name, "send_event");

    let wrong = SendEvent {
        kind: "..".into(),
        text: String::new(),
    };
    let Err(error) = stage.client.execute(&wrong, &CallOptions::new()).await else {
        panic!("it was sent")
    };
    assert!(error.is_invalid());
    assert_eq!(stage.sent(), 2);
}
