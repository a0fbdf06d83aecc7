use bytes::Bytes;
use futures_util::FutureExt;
use stream_users_core::{CallOptions, Client, RawCall, Transport, TransportErrorKind};
use stream_users_model::{ApiError, ErrorCode, operation};
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};

fn get(uri: &'static str) -> http::Request<Bytes> {
    http::Request::get(uri).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn answers_are_given_out_in_order() {
    let transport = ScriptedTransport::new([
        Answer::new(418, "short and stout")
            .header("x-a", "1")
            .header("x-a", "2"),
        Answer::json(200, serde_json::json!({"a": [1]})),
        Answer::api_error(&ApiError::new(ErrorCode::INPUT, 400, "wrong")),
        Answer::error(TransportErrorKind::Interrupted),
    ]);
    assert_eq!(transport.answers_left(), 4);

    let first = transport.send(get("/1")).await.unwrap();
    assert_eq!(first.status(), 418);
    assert_eq!(first.body(), "short and stout");
    assert_eq!(first.headers().get_all("x-a").iter().count(), 2);

    let second = transport.send(get("/2")).await.unwrap();
    assert_eq!(second.body(), r#"{"a":[1]}"#);
    assert_eq!(second.headers()["content-type"], "application/json");

    let third = transport.send(get("/3")).await.unwrap();
    assert_eq!(third.status(), 400);
    let refusal: ApiError = serde_json::from_slice(third.body()).unwrap();
    assert_eq!(
        (refusal.code, refusal.message.as_str()),
        (ErrorCode::INPUT, "wrong")
    );

    let fourth = transport.send(get("/4")).await.unwrap_err();
    assert_eq!(fourth.kind(), TransportErrorKind::Interrupted);
    assert_eq!(transport.answers_left(), 0);
    let paths: Vec<String> = transport
        .requests()
        .iter()
        .map(|request| request.path().to_owned())
        .collect();
    assert_eq!(paths, ["/1", "/2", "/3", "/4"]);
}

#[tokio::test]
async fn a_script_that_ran_out_names_the_request() {
    let transport = ScriptedTransport::new([]);
    let error = transport
        .send(get("/api/v2/users?api_key=k3y"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Request);
    assert_eq!(
        error.to_string(),
        "the script has no answer for request 1, GET /api/v2/users: rule 1 (any request) has no answer left"
    );
}

#[tokio::test]
async fn a_script_that_is_wrong_says_so_instead_of_panicking() {
    for (answer, text) in [
        (
            Answer::new(7, ""),
            "the script answers with 7, which is no http status",
        ),
        (
            Answer::new(200, "").header("two words", "x"),
            "the script's header \"two words\" cannot stand in an answer",
        ),
        (
            Answer::new(200, "").header("x-a", "two\nlines"),
            "the script's header \"x-a\" cannot stand in an answer",
        ),
    ] {
        let error = ScriptedTransport::new([answer]).send(get("/")).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Request);
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_pending_answer_never_comes() {
    let transport = ScriptedTransport::new([Answer::pending()]);
    assert!(transport.send(get("/")).now_or_never().is_none());
    assert_eq!(transport.requests().len(), 1);
}

#[tokio::test]
async fn a_recorded_request_tells_what_was_sent() {
    let transport = ScriptedTransport::answering(|request| match request.attempt() {
        Some(1) => Answer::error(TransportErrorKind::Connect),
        _ => Answer::new(200, "{}"),
    });
    let client = Client::builder("k3y-marker")
        .server("s3cr3t-marker")
        .transport(transport.clone())
        .clock(ManualClock::auto_advance())
        .build()
        .unwrap();
    let input = serde_json::json!({"user_id": "a/b", "name": "Ada"});
    let call = RawCall::new(&operation::REACTIVATE_USER, input.as_object().cloned().unwrap());
    client.execute(&call, &CallOptions::new()).await.unwrap();

    let requests = transport.requests();
    let attempts: Vec<Option<u32>> = requests
        .iter()
        .map(stream_users_testing::RecordedRequest::attempt)
        .collect();
    assert_eq!(attempts, [Some(1), Some(2)]);
    let request = &requests[1];
    assert_eq!(request.operation(), Some(&operation::REACTIVATE_USER));
    assert_eq!(
        (request.method(), request.path()),
        ("POST", "/api/v2/users/a%2Fb/reactivate")
    );
    assert_eq!(request.segments(), ["api", "v2", "users", "a/b", "reactivate"]);
    assert_eq!(request.query(), [("api_key".to_owned(), "k3y-marker".to_owned())]);
    assert_eq!(request.query_value("api_key").as_deref(), Some("k3y-marker"));
    assert_eq!(request.query_value("payload"), None);
    assert_eq!(request.header("Content-Type"), Some("application/json"));
    assert_eq!(request.json(), Some(serde_json::json!({"name": "Ada"})));

    let token = request.header("authorization").unwrap();
    let shown = format!("{requests:?} {transport:?} {client:?}");
    assert!(
        shown.contains("reactivate_user") && shown.contains("a%2Fb"),
        "{shown}"
    );
    for secret in ["k3y-marker", "s3cr3t-marker", token] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
