//! What an observer is told, what the spans of attempts say, and what bodies show in a log.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use stream_users_core::clock::Sleep;
use stream_users_core::observe::{AttemptEnded, CallEnded, Observer, Waiting};
use stream_users_core::retry::NoRetry;
use stream_users_core::{Client, Clock, ErrorKind, TransportErrorKind, UsersApi};
use stream_users_model::{
    ApiError, CreateGuest, Custom, DeactivateUser, DeleteUsers, DeletionMode, ErrorCode, Filter, GetTask,
    QueryUsers, Timestamp, UpdateUsersPartial, UpsertUsers, UserPatch, UserRequest, field,
};
use stream_users_testing::{Answer, ScriptedTransport};

use crate::spans::Trace;
use crate::stage::{KEY, SECRET, START, Stage, at, empty, seconds};

#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn push(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Log {
    fn attempt_ended(&self, attempt: &AttemptEnded) {
        self.push(format!(
            "{} {}: {:?} {:?} {:?} {:?}",
            attempt.operation.name,
            attempt.number,
            attempt.status,
            attempt.code,
            attempt.transport,
            attempt.rate_limit.map(|quota| quota.remaining)
        ));
    }

    fn waiting(&self, wait: &Waiting) {
        self.push(format!(
            "{} waits {:?} for {:?}",
            wait.operation.name, wait.duration, wait.reason
        ));
    }

    fn token_fetched(&self, succeeded: bool) {
        self.push(format!("token {succeeded}"));
    }

    fn call_ended(&self, call: &CallEnded) {
        self.push(format!(
            "{} ended after {} in {:?}: {:?} {:?}",
            call.operation.name, call.attempts, call.duration, call.status, call.error
        ));
    }
}

fn watched(answers: impl IntoIterator<Item = Answer>) -> (Stage, Arc<Log>) {
    let log = Arc::new(Log::default());
    let stage = Stage::over(ScriptedTransport::new(answers), |builder| {
        builder.observer(Arc::clone(&log))
    });
    (stage, log)
}

#[tokio::test]
async fn an_observer_is_told_of_attempts_waits_and_the_end() {
    let limited = Answer::api_error(&ApiError::new(ErrorCode::RATE_LIMIT, 429, "slow down"))
        .header("x-ratelimit-limit", "9")
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", &(START + 5).to_string());
    let (stage, log) = watched([Answer::error(TransportErrorKind::Connect), limited, empty()]);
    let users = stage.users::<Custom>();
    users.query_users(QueryUsers::new(Filter::all())).await.unwrap();
    assert_eq!(
        log.take(),
        [
            "query_users 1: None None Some(Connect) None",
            "query_users waits 0ns for Retry",
            "query_users 2: Some(429) Some(9) None Some(0)",
            "query_users waits 5s for Retry",
            "query_users 3: Some(200) None None Some(0)",
            "query_users ended after 3 in 5s: Some(200) None",
        ]
    );
}

#[tokio::test]
async fn an_observer_is_told_why_a_call_failed_also_where_nothing_was_sent() {
    let (stage, log) = watched([Answer::new(200, "not json")]);
    let users = stage.users::<Custom>();
    users
        .query_users(QueryUsers::new(Filter::all()))
        .await
        .unwrap_err();
    assert_eq!(
        log.take(),
        [
            "query_users 1: Some(200) None None None",
            "query_users ended after 1 in 0ns: Some(200) Some(Decode)"
        ]
    );

    let log = Arc::new(Log::default());
    let stage = Stage::over(ScriptedTransport::new([]), |builder| {
        builder
            .token_provider(|| async { Err("down".into()) })
            .observer(Arc::clone(&log))
    });
    let users = stage.users::<Custom>();
    users.get_task(GetTask::new("t")).await.unwrap_err();
    users
        .query_users(QueryUsers::new(Filter::all()))
        .await
        .unwrap_err();
    assert_eq!(
        log.take(),
        [
            "get_task ended after 0 in 0ns: None Some(Auth)",
            "token false",
            "query_users ended after 0 in 0ns: None Some(Auth)"
        ]
    );

    let (stage, log) = watched([]);
    let query = QueryUsers::new(Filter::all()).limit(500);
    stage.users::<Custom>().query_users(query).await.unwrap_err();
    assert_eq!(
        log.take(),
        ["query_users ended after 0 in 0ns: None Some(Invalid)"]
    );
}

#[tokio::test]
async fn a_wait_for_the_quota_is_told() {
    let used_up = || {
        empty()
            .header("x-ratelimit-limit", "9")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", &(START + 30).to_string())
    };
    let (stage, log) = watched([used_up(), used_up()]);
    let users = stage.users::<Custom>();
    users.query_users(QueryUsers::new(Filter::all())).await.unwrap();
    log.take();
    users.query_users(QueryUsers::new(Filter::all())).await.unwrap();
    assert_eq!(
        log.take()[0],
        format!("query_users waits {:?} for Quota", seconds(30))
    );
}

/// A clock whose stopwatch goes on by this much whenever it is read.
#[derive(Debug)]
struct Stepping(Duration, AtomicU32);

impl Clock for Stepping {
    fn now(&self) -> Timestamp {
        at(START)
    }

    fn monotonic(&self) -> Duration {
        self.0 * self.1.fetch_add(1, Ordering::Relaxed)
    }

    fn sleep(&self, _: Duration) -> Sleep {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn the_time_that_asking_takes_is_no_wait() {
    for (step, waits) in [(Duration::from_micros(999), 0), (Duration::from_millis(1), 1)] {
        let log = Arc::<Log>::default();
        let client = Client::builder(KEY)
            .server(SECRET)
            .transport(ScriptedTransport::new([empty()]))
            .clock(Stepping(step, AtomicU32::new(0)))
            .observer(Arc::clone(&log))
            .build()
            .unwrap();
        let query = QueryUsers::new(Filter::all());
        client.users::<Custom>().query_users(query).await.unwrap();
        let told = log.take();
        assert_eq!(
            told.iter().filter(|line| line.contains("waits")).count(),
            waits,
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn each_attempt_has_a_span_with_the_names_of_open_telemetry() {
    let trace = Trace::start();
    let stage = Stage::new([
        Answer::error(TransportErrorKind::Connect),
        Answer::new(404, r#"{"code":16,"message":"marker"}"#),
    ]);
    stage
        .users::<Custom>()
        .deactivate_user(DeactivateUser::new("marker"))
        .await
        .unwrap_err();
    let text = trace.text();
    let ends: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("http{") && line.contains("close"))
        .collect();
    let [first, second] = ends[..] else {
        panic!("{text}")
    };
    for part in [
        "otel.name=POST /api/v2/users/{user_id}/deactivate ",
        "otel.kind=\"client\"",
        "operation=\"deactivate_user\"",
        "http.request.method=\"POST\"",
        "url.template=\"/api/v2/users/{user_id}/deactivate\"",
        "server.address=\"chat.stream-io-api.com\"",
        "server.port=443",
    ] {
        assert!(first.contains(part) && second.contains(part), "{part}: {text}");
    }
    assert!(
        first.contains("error.type=\"connect\"") && !first.contains("resend_count"),
        "{first}"
    );
    for part in [
        "http.request.resend_count=1",
        "http.response.status_code=404",
        "error.type=404",
    ] {
        assert!(second.contains(part), "{part}: {second}");
    }
    assert!(!text.contains("marker"), "{text}");
}

fn secret_body() -> serde_json::Value {
    serde_json::json!({
        "users": {"marker-id": {
            "id": "marker-id", "name": "marker-name", "image": "https://marker/", "role": "marker-role",
            "custom": {"marker-key": "marker-value", "type": "marker-type"}, "teams": ["marker-team"],
            "teams_role": {"marker-team": "marker-role"}, "marker-extra": "marker", "created_at": 1_234_567_890_123_i64,
            "updated_at": 1_234_567_890_123_i64,
        }},
        "duration": "1.5ms",
    })
}

#[tokio::test]
async fn bodies_are_logged_where_it_is_asked_for_without_what_they_say() {
    let trace = Trace::start();
    let guest = serde_json::json!({"user": {"id": "marker", "created_at": 1, "updated_at": 1}, "access_token": "marker.a.b"});
    let refusal = ApiError::new(ErrorCode::INPUT, 400, "marker is wrong");
    let answers = [
        Answer::json(201, secret_body()),
        Answer::json(201, guest),
        Answer::new(200, "<html>marker</html>"),
        Answer::api_error(&refusal),
    ];
    let stage = Stage::over(ScriptedTransport::new(answers), |builder| {
        builder.log_bodies(true).retry(NoRetry::new())
    });
    let users = stage.users::<Custom>();
    let custom = Custom::from_iter([("marker-key", "marker-value")]);
    let user = UserRequest::new("marker-id").name("marker-name").custom(custom);
    users
        .upsert_users(UpsertUsers::new([user.clone()]))
        .await
        .unwrap();
    users.create_guest(CreateGuest::new(user)).await.unwrap();
    let query = QueryUsers::new(field::custom("marker").eq("marker") & field::name().eq("marker"));
    users.query_users(query.clone()).await.unwrap_err();
    let error = users.query_users(query).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    let text = trace.text();
    let bodies: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("stream_users::body"))
        .collect();
    // A query has no body to show, but its place in the log.
    assert_eq!(bodies.len(), 8, "{text}");
    assert!(
        !text.contains("marker") && !text.contains("1234567890123"),
        "{text}"
    );
    assert!(
        bodies[0].contains(r#"{"users":{(key):{"custom":(object of 1),"id":(string of 9)"#),
        "{}",
        bodies[0]
    );
    assert!(bodies[1].contains(r#""duration":"1.5ms""#), "{}", bodies[1]);
    assert!(
        bodies[3].contains(r#""access_token":(string of 10)"#),
        "{}",
        bodies[3]
    );
    assert!(bodies[5].contains("(19 bytes, not JSON)"), "{}", bodies[5]);
    assert!(
        bodies[7].contains(r#""code":4"#) && bodies[7].contains(r#""message":(string of 15)"#),
        "{}",
        bodies[7]
    );
}

/// Somebody's data under keys that the service uses for its own words elsewhere.
#[tokio::test]
async fn bodies_show_the_values_of_their_own_fields_alone() {
    let words = serde_json::json!({
        "code": 4711, "status": "marker", "type": "marker", "user": "marker", "limit": 4711, "enabled": "marker",
        "task_id": "marker", "messages": "marker", "field": "marker",
    });
    let trace = Trace::start();
    let answer = serde_json::json!({
        "users": {"ada": words, "bob": {"custom": words}},
        "user": "marker.who.is.called.as.a.word",
        "messages": [words, {"user": words}],
        "marker": words,
        "task_id": "3f2c", "status": "completed", "duration": "1.5ms",
    });
    let stage = Stage::over(ScriptedTransport::new([Answer::json(200, answer)]), |builder| {
        builder.log_bodies(true).retry(NoRetry::new())
    });
    let users = stage.users::<Custom>();
    let patch = UserPatch::new("marker")
        .set("status", "marker")
        .set("type", "marker")
        .set("profile", words.clone())
        .set("limit", 4711);
    let _ = users.update_users_partial(UpdateUsersPartial::new([patch])).await;
    let text = trace.text();
    let bodies: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("stream_users::body"))
        .collect();
    assert_eq!(bodies.len(), 2, "{text}");
    assert!(!text.contains("marker") && !text.contains("4711"), "{text}");
    for shown in [
        r#""task_id":"3f2c""#,
        r#""status":"completed""#,
        r#""duration":"1.5ms""#,
    ] {
        assert!(bodies[1].contains(shown), "{}", bodies[1]);
    }
}

#[tokio::test]
async fn bodies_show_how_much_is_deleted() {
    let trace = Trace::start();
    let stage = Stage::over(ScriptedTransport::new([]), |builder| {
        builder.log_bodies(true).retry(NoRetry::new())
    });
    let delete = DeleteUsers::new(["marker"]).user(DeletionMode::Hard);
    stage.users::<Custom>().delete_users(delete).await.unwrap_err();
    let text = trace.text();
    assert!(
        text.contains(r#"{"user":"hard","user_ids":[(string of 6)]}"#),
        "{text}"
    );
}

#[tokio::test]
async fn bodies_are_not_logged_unless_it_is_asked_for() {
    let trace = Trace::start();
    let stage = Stage::new([Answer::json(201, secret_body())]);
    stage
        .users::<Custom>()
        .upsert_users(UpsertUsers::new([UserRequest::new("ada")]))
        .await
        .unwrap();
    assert!(!trace.text().contains("stream_users::body"));
}

#[tokio::test]
async fn a_long_body_is_cut() {
    let trace = Trace::start();
    let users: Vec<_> = (0..1_000)
        .map(|_| serde_json::json!({"id": "x", "created_at": 1, "updated_at": 1}))
        .collect();
    let objects: serde_json::Map<_, _> = (0..1_000)
        .map(|n| (n.to_string(), serde_json::json!({})))
        .collect();
    let body = serde_json::json!({"users": users, "mutes": objects});
    let stage = Stage::over(ScriptedTransport::new([Answer::json(200, body)]), |builder| {
        builder.log_bodies(true)
    });
    stage
        .users::<Custom>()
        .query_users(QueryUsers::new(Filter::all()))
        .await
        .unwrap();
    let text = trace.text();
    let line = text
        .lines()
        .rfind(|line| line.contains("stream_users::body"))
        .unwrap();
    assert!(line.contains("…") && line.len() < 6_000, "{}", line.len());
}
