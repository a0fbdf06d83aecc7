//! Nothing that passes gets lost: many calls at once, dropped ones, panics, failures of every kind.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::json;
use stream_users_core::{Transport, TransportError, TransportErrorKind, Users, UsersApi, UsersApiExt};
use stream_users_model::{Custom, GetTask, QueriedUsers, User, operation};
use stream_users_testing::cassette::{RecordingTransport, Redaction, ReplayTransport};
use stream_users_testing::{Answer, Rule, ScriptedTransport, fixtures};

use super::{exchange, json, request, users};

#[tokio::test]
async fn calls_at_the_same_time_are_all_there_with_their_own_answers() {
    /// Answers late, and those that came last first.
    #[derive(Debug)]
    struct Slow;

    #[async_trait]
    impl Transport for Slow {
        async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
            let id = request.uri().path().rsplit('/').next().unwrap().to_owned();
            let number: usize = id.parse().unwrap();
            for _ in number..100 {
                tokio::task::yield_now().await;
            }
            let task = fixtures::running_task(id);
            Ok(http::Response::new(serde_json::to_vec(&task).unwrap().into()))
        }
    }

    // Its answers are not there at once, so that time must stand still.
    let users = |transport| -> Users {
        let still = super::builder(transport).clock(stream_users_testing::ManualClock::new());
        still.build().unwrap().users()
    };
    let recording = RecordingTransport::new(Slow);
    let ask = |users: Users| async move {
        let calls = (0..100).map(|number| users.get_task(GetTask::new(number.to_string())));
        let tasks = join_all(calls).await.into_iter();
        tasks
            .map(|task| task.unwrap().body.task_id.to_string())
            .collect::<Vec<_>>()
    };
    let expected: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let dynamic = |transport| -> std::sync::Arc<dyn Transport> { transport };
    assert_eq!(
        ask(users(dynamic(std::sync::Arc::new(recording.clone())))).await,
        expected
    );
    let cassette = recording.cassette();
    assert_eq!(cassette.len(), 100);
    let document = json(&cassette);
    for (number, interaction) in document["interactions"].as_array().unwrap().iter().enumerate() {
        assert_eq!(interaction["request"]["path"], format!("/api/v2/tasks/{number}"));
        assert_eq!(
            interaction["answer"]["http"]["body"]["json"]["task_id"],
            number.to_string()
        );
    }
    let replay = ReplayTransport::strict(cassette);
    assert_eq!(
        ask(users(dynamic(std::sync::Arc::new(replay.clone())))).await,
        expected
    );
    replay.assert_finished();
}

#[tokio::test]
async fn a_call_that_is_dropped_is_there_without_an_answer_and_times_out_again() {
    let script = ScriptedTransport::answering(|_| Answer::pending());
    let recording = RecordingTransport::new(script);
    let dropped = users::<Custom>(recording.clone());
    // The client's own timeout drops the request, and so does whoever drops the call.
    assert!(
        dropped
            .get_task(GetTask::new("t-1"))
            .await
            .unwrap_err()
            .is_timeout()
    );
    let cassette = recording.cassette();
    let document = json(&cassette);
    let interactions = document["interactions"].as_array().unwrap();
    assert!(interactions.len() >= 2);
    assert_eq!(interactions[0]["answer"], "none");

    let replay = ReplayTransport::strict(cassette);
    let error = users::<Custom>(replay.clone())
        .get_task(GetTask::new("t-1"))
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    replay.assert_finished();

    let recording = RecordingTransport::new(ScriptedTransport::new([Answer::pending()]));
    let call = recording.send(request(&operation::GET_TASK, "/api/v2/tasks/t-1", ""));
    assert!(call.now_or_never().is_none());
    assert_eq!(json(&recording.cassette())["interactions"][0]["answer"], "none");
}

#[tokio::test]
async fn a_transport_that_panics_loses_neither_its_request_nor_the_others() {
    let script = ScriptedTransport::rules([
        Rule::any().answer_with(|_| panic!("a transport's own mistake")),
        Rule::any().answer(Answer::ok(&fixtures::running_task("t-2"))),
    ]);
    let recording = RecordingTransport::new(script);
    let api: Users = users(recording.clone());
    let first = api.clone();
    let broken = tokio::spawn(async move { first.get_task(GetTask::new("t-1")).await });
    assert!(broken.await.unwrap_err().is_panic());
    api.get_task(GetTask::new("t-2")).await.unwrap();

    let cassette = recording.cassette();
    assert_eq!(cassette.len(), 2);
    assert_eq!(
        cassette.unrecorded(),
        [
            "interactions[0] (get_task GET /api/v2/tasks/t-1): the transport panicked, or a function of the redaction did"
        ]
    );
    let replay: Users = users(ReplayTransport::strict(cassette));
    let error = replay.get_task(GetTask::new("t-1")).await.unwrap_err();
    assert!(error.to_string().contains("the transport panicked"), "{error}");
    assert_eq!(
        replay.get_task(GetTask::new("t-2")).await.unwrap().body.task_id,
        "t-2"
    );
}

#[tokio::test]
async fn a_redaction_that_panics_is_said_and_breaks_no_other_call() {
    let script = ScriptedTransport::answering(|_| Answer::ok(&fixtures::running_task("t-1")));
    let redaction = Redaction::new().redact_with(|place, value| {
        assert!(place != "status", "{value}");
        None
    });
    let recording = RecordingTransport::with_redaction(script, redaction);
    let api: Users = users(recording.clone());
    let first = api.clone();
    let broken = tokio::spawn(async move { first.get_task(GetTask::new("t-1")).await });
    assert!(broken.await.unwrap_err().is_panic());
    let cassette = recording.cassette();
    assert_eq!((cassette.len(), cassette.unrecorded().len()), (1, 1));
}

#[test]
fn a_redaction_may_look_at_its_own_recording() {
    use std::sync::{Arc, OnceLock, mpsc};

    let (sender, done) = mpsc::channel();
    // On a thread of its own, so that one that waits for itself fails the test.
    std::thread::spawn(move || {
        let own: Arc<OnceLock<RecordingTransport<ScriptedTransport>>> = Arc::default();
        let looks = Arc::clone(&own);
        let redaction = Redaction::new().ids_with(move |id| {
            let recording = looks.get().unwrap();
            assert!(!format!("{recording:?}").is_empty());
            format!("{id}-{}", recording.cassette().len())
        });
        let script = ScriptedTransport::answering(|_| Answer::ok(&fixtures::running_task("t")));
        let recording = RecordingTransport::with_redaction(script, redaction);
        assert!(own.set(recording.clone()).is_ok());
        recording
            .send(request(&operation::GET_TASK, "/api/v2/tasks/t", ""))
            .now_or_never()
            .unwrap()
            .unwrap();
        sender.send(json(&recording.cassette())).unwrap();
    });
    let document = done.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
    let interaction = &document["interactions"][0];
    // The request is redacted before it is on the tape, its answer after.
    assert_eq!(interaction["request"]["path"], "/api/v2/tasks/t-0");
    assert_eq!(interaction["answer"]["http"]["body"]["json"]["task_id"], "t-1");
}

#[tokio::test]
async fn identity_is_no_encoding() {
    let request = || request(&operation::GET_TASK, "/api/v2/tasks/t-1", "");
    let answer = Answer::ok(&fixtures::running_task("t-1")).header("content-encoding", "identity");
    let recording = RecordingTransport::new(ScriptedTransport::new([answer]));
    let recorded = recording.send(request()).await.unwrap();
    let replay = ReplayTransport::strict(recording.cassette());
    assert_eq!(replay.send(request()).await.unwrap().body(), recorded.body());
}

#[tokio::test]
async fn what_stands_alone_in_a_query_is_no_name() {
    let sent = request(
        &operation::GET_RATE_LIMITS,
        "/api/v2/rate_limits?t0ken_marker&web=true",
        "",
    );
    let cassette = exchange(sent, Answer::json(200, json!({}))).await;
    let document = json(&cassette);
    assert_eq!(
        document["interactions"][0]["request"]["query"],
        json!([["redacted", "redacted"], ["web", true]])
    );
}

#[tokio::test]
async fn failures_keep_their_kind_and_nothing_of_their_text() {
    let kinds = [
        TransportErrorKind::Connect,
        TransportErrorKind::Timeout,
        TransportErrorKind::Interrupted,
        TransportErrorKind::TooLarge,
        TransportErrorKind::Request,
    ];
    for kind in kinds {
        let error = TransportError::new(kind)
            .with_message("message-marker")
            .with_source("source-marker");
        let request = || request(&operation::GET_TASK, "/api/v2/tasks/t-1", "");
        let cassette = exchange(request(), Answer::error(error)).await;
        assert!(!cassette.to_json().unwrap().contains("marker"));
        let played = ReplayTransport::strict(cassette)
            .send(request())
            .await
            .unwrap_err();
        assert_eq!(played.kind(), kind);
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_as_long_and_no_json() {
    let bodies: [&[u8]; 4] = [b"<html>marker</html>", b"\xff\xfe marker", b"1 2", b"{"];
    for body in bodies {
        let request = || request(&operation::GET_TASK, "/api/v2/tasks/t-1", "");
        let answer = Answer::new(502, Bytes::copy_from_slice(body)).header("content-length", "19");
        let cassette = exchange(request(), answer).await;
        assert!(!cassette.to_json().unwrap().contains("marker"));
        let played = ReplayTransport::strict(cassette).send(request()).await.unwrap();
        assert_eq!((played.status().as_u16(), played.body().len()), (502, body.len()));
        assert!(serde_json::from_slice::<serde_json::Value>(played.body()).is_err());
        assert_eq!(played.headers()["content-length"], body.len().to_string());
    }
}

#[tokio::test]
async fn json_that_cannot_be_redacted_is_said_instead_of_kept() {
    let deep = format!(r#"{{"users":{}"marker"{}}}"#, "[".repeat(200), "]".repeat(200));
    for body in [
        deep.as_str(),
        r#"{"users":[{"id":"a","custom":{"half":"\ud800 marker"}}]}"#,
    ] {
        let request = || request(&operation::QUERY_USERS, "/api/v2/users", "");
        let cassette = exchange(request(), Answer::new(200, body.to_owned())).await;
        assert!(!cassette.to_json().unwrap().contains("marker"));
        assert!(
            cassette.unrecorded()[0].contains("cannot be redacted"),
            "{cassette:?}"
        );
        let played = ReplayTransport::strict(cassette)
            .send(request())
            .await
            .unwrap_err();
        assert!(played.to_string().contains("cannot be redacted"), "{played}");
    }
    // As deep as is taken, so that the file can be read again.
    let deep = format!(r#"{{"users":{}{}}}"#, "[".repeat(98), "]".repeat(98));
    let cassette = exchange(
        request(&operation::QUERY_USERS, "/api/v2/users", ""),
        Answer::new(200, deep),
    )
    .await;
    assert!(cassette.unrecorded().is_empty());
    json(&cassette);
    stream_users_testing::cassette::Cassette::from_json(&cassette.to_json().unwrap()).unwrap();
}

#[tokio::test]
async fn users_of_an_answer_keep_their_order_and_doubled_keys_stay_doubled() {
    let body = r#"{"users":{"zoe":{"id":"zoe"},"ada":{"id":"ada"},"zoe":{"id":"zoe","role":"admin"}}}"#;
    let request = || request(&operation::UPSERT_USERS, "/api/v2/users", r#"{"users":{}}"#);
    let cassette = exchange(request(), Answer::new(201, body)).await;
    let played = ReplayTransport::strict(cassette).send(request()).await.unwrap();
    assert_eq!(played.body(), body);
}

#[tokio::test]
async fn endpoints_of_others_keep_their_shape_alone_unless_they_are_asked_for() {
    use stream_users_model::Operation;
    use stream_users_model::operation::Method;

    const QUERY: Operation = Operation::new(
        "query_channels",
        "QueryChannels",
        Method::Post,
        "/api/v2/chat/channels/{type}",
    )
    .with_body();
    let body = json!({"id": "marker", "status": "marker", "message_limit": 9, "nested": [{"on": true}]});
    let answer = || {
        Answer::json(200, body.clone())
            .header("x-other", "marker")
            .header("date", "marker")
    };
    let send = || {
        request(
            &QUERY,
            "/api/v2/chat/channels/messaging?api_key=marker&x=marker",
            body.to_string(),
        )
    };
    let cassette = exchange(send(), answer()).await;
    let text = cassette.to_json().unwrap();
    assert!(
        !text.contains("marker") && text.contains("query_channels"),
        "{text}"
    );
    let shape =
        json!({"id": "redacted", "status": "redacted", "message_limit": 0, "nested": [{"on": false}]});
    let document = json(&cassette);
    assert_eq!(
        document["interactions"][0]["answer"]["http"]["body"]["json"],
        shape
    );
    assert_eq!(
        document["interactions"][0]["request"]["path"],
        "/api/v2/chat/channels/messaging"
    );

    let keep = Redaction::new().redact_with(|place, value| (place == "id").then(|| value.clone()));
    let recording = RecordingTransport::with_redaction(ScriptedTransport::new([answer()]), keep);
    recording.send(send()).await.unwrap();
    let document = json(&recording.cassette());
    assert_eq!(
        document["interactions"][0]["answer"]["http"]["body"]["json"]["id"],
        "marker"
    );
    assert_eq!(document["hooks"], true);
}

#[tokio::test]
async fn kept_fields_are_kept_wherever_custom_data_stand_and_nowhere_else() {
    let ada = fixtures::user(
        "ada",
        Custom::from_iter([("plan", json!({"tier": "pro"})), ("name", json!("marker"))]),
    );
    let script = ScriptedTransport::answering(move |_| Answer::ok(&QueriedUsers::new([ada.clone()])));
    let redaction = Redaction::new().keep_custom(["plan", "name", "image"]);
    let recording = RecordingTransport::with_redaction(script, redaction);
    let api: Users = users(recording.clone());
    let query =
        stream_users_model::field::custom("plan").eq("pro") & stream_users_model::field::name().eq("Ada");
    api.query_users(stream_users_model::QueryUsers::new(query))
        .await
        .unwrap();
    let patch = stream_users_model::UserPatch::new("ada")
        .name("Ada")
        .set("plan.tier", "gold")
        .set("seats", 9);
    let _ = api.update_user_partial(patch).await;
    let document = json(&recording.cassette());
    let user: User = serde_json::from_value(
        document["interactions"][0]["answer"]["http"]["body"]["json"]["users"][0].clone(),
    )
    .unwrap();
    assert_eq!(user.name.as_deref(), Some("redacted"));
    let plan: serde_json::Value = user.custom.get("plan").unwrap().unwrap();
    assert_eq!(plan, json!({"tier": "pro"}));
    assert_eq!(
        document["interactions"][0]["request"]["query"],
        json!([["payload", {"filter_conditions": {"$and": [{"plan": {"$eq": "pro"}}, {"name": {"$eq": "redacted"}}]}}]])
    );
    assert_eq!(
        document["interactions"][1]["request"]["body"]["json"]["users"][0]["set"],
        json!({"name": "redacted", "plan.tier": "gold", "seats": 0})
    );
}

#[tokio::test]
async fn keys_that_are_no_names_are_redacted_unless_they_are_asked_for() {
    let hidden = [
        "+49 151 1234567",
        "dGVzdA12x34_5",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "grace@example.com",
        "gr\u{f6}\u{df}e",
    ];
    let devices: serde_json::Map<_, _> = hidden.map(|key| (key.to_owned(), json!(1))).into_iter().collect();
    let custom = json!({"devices": devices, "address_2": 1, "iso8601": 2, "gr\u{f6}\u{df}e": 42});
    let answer = json!({"users": [{"id": "ada", "custom": custom}]});
    let redaction = Redaction::new().keep_custom(["gr\u{f6}\u{df}e"]);
    let script = ScriptedTransport::new([Answer::json(200, answer)]);
    let recording = RecordingTransport::with_redaction(script, redaction);
    let sent = request(&operation::QUERY_USERS, "/api/v2/users", "");
    recording.send(sent).await.unwrap();
    let text = recording.cassette().to_json().unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names: serde_json::Map<_, _> = (1..=5).map(|n| (format!("redacted-{n}"), json!(0))).collect();
    assert_eq!(
        document["interactions"][0]["answer"]["http"]["body"]["json"]["users"][0]["custom"],
        json!({"devices": names, "address_2": 0, "iso8601": 0, "gr\u{f6}\u{df}e": 42})
    );
}

#[tokio::test]
async fn no_debug_shows_a_secret() {
    let script = ScriptedTransport::answering(|_| {
        Answer::json(200, json!({"users": [{"id": "ada", "name": "n4me-marker"}]}))
    });
    let recording = RecordingTransport::new(script.clone());
    let _ = users::<Custom>(recording.clone()).get_user("ada").await;
    let token = script.requests()[0].header("authorization").unwrap().to_owned();
    let cassette = recording.cassette();
    let replay = ReplayTransport::strict(cassette.clone());
    let shown = format!(
        "{recording:?} {cassette:?} {replay:?} {:?}",
        Redaction::new().ids_with(str::to_owned)
    );
    for secret in ["k3y-marker", "s3cr3t-marker", "n4me-marker", &token] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
