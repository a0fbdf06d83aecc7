//! Operations that this project does not have: an endpoint of another crate is treated as our own are.

use serde::{Deserialize, Serialize};
use serde_json::json;
use stream_users_core::endpoint::{Encoder, Endpoint};
use stream_users_core::retry::NoRetry;
use stream_users_core::{CallOptions, Error, ErrorKind, TransportErrorKind, UsersApiExt};
use stream_users_model::operation::{Method, Operation};
use stream_users_model::{Custom, CustomData, ExportedFile, RawJson, Task, TaskStatus, Timestamp};
use stream_users_testing::{Answer, ScriptedTransport};

use crate::spans::Trace;
use crate::stage::Stage;

const GET_POLL: Operation = Operation::new("get_poll", "GetPoll", Method::Get, "/api/v2/polls/{poll_id}");
const CLOSE_POLL: Operation = Operation::new(
    "close_poll",
    "ClosePoll",
    Method::Post,
    "/api/v2/polls/{poll_id}/close",
)
.with_body()
.with_fields(&[("closing_note", false)]);

const QUERY_POLLS: Operation = Operation::new(
    "query_polls",
    "QueryPolls",
    Method::Post,
    "/api/v2/polls/{poll_id}/query",
)
.read_only();

struct Poll(&'static Operation);

#[derive(Debug, Deserialize)]
struct PollAnswer<C> {
    poll: PollFields<C>,
}

#[derive(Debug, Deserialize)]
struct PollFields<C> {
    custom: C,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
struct Topic {
    topic: String,
}

impl<C: CustomData> Endpoint<C> for Poll {
    type Response = PollAnswer<C>;

    fn operation(&self) -> &'static Operation {
        self.0
    }

    fn encode(&self, request: &mut Encoder) {
        request.path("poll_id", "lunch");
        if self.0.body {
            request.json(&json!({"closing_note": "marker", "marker": 1}));
        }
    }
}

async fn failing(operation: &'static Operation, answer: Answer) -> Error {
    let stage = Stage::new([answer]);
    let options = CallOptions::new().retry(NoRetry::new());
    let call = stage.client.execute_as::<Topic, _>(&Poll(operation), &options);
    call.await.unwrap_err()
}

#[tokio::test]
async fn a_handle_of_another_crate_chooses_the_type_of_custom_data() {
    let stage = Stage::new([Answer::json(
        200,
        json!({"poll": {"id": "lunch", "custom": {"topic": "soup"}}}),
    )]);
    let call = stage
        .client
        .execute_as::<Topic, _>(&Poll(&GET_POLL), &CallOptions::new());
    assert_eq!(call.await.unwrap().body.poll.custom.topic, "soup");
    assert_eq!(stage.request().path(), "/api/v2/polls/lunch");
}

#[tokio::test]
async fn an_error_says_what_may_have_been_applied_unless_the_operation_changes_nothing() {
    for (operation, said) in [
        (&GET_POLL, "get_poll: no whole answer came in time"),
        (&QUERY_POLLS, "query_polls: no whole answer came in time"),
        (
            &CLOSE_POLL,
            "close_poll: no whole answer came in time (the request may have been applied)",
        ),
    ] {
        let error = failing(operation, TransportErrorKind::Timeout.into()).await;
        assert_eq!(error.to_string(), said);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_fit_names_what_it_is_in_and_does_not_call_it_a_user() {
    let answer = json!({"poll": {"id": "lunch", "custom": {}}});
    let error = failing(&GET_POLL, Answer::json(200, answer)).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
    let text = error.to_string();
    assert!(
        text.contains("poll.custom") && text.contains("`topic`") && text.contains("\"lunch\""),
        "{text}"
    );
    assert!(!text.contains("user"), "{text}");
}

#[tokio::test]
async fn logs_of_bodies_know_the_fields_that_the_operation_names() {
    let trace = Trace::start();
    let transport = ScriptedTransport::new([Answer::json(200, json!({"poll": {"custom": {"topic": "x"}}}))]);
    let stage = Stage::over(transport, |builder| builder.log_bodies(true));
    let call = stage
        .client
        .execute_as::<Topic, _>(&Poll(&CLOSE_POLL), &CallOptions::new());
    call.await.unwrap();
    let text = trace.text();
    assert!(
        text.contains(r#"{"closing_note":(string of 6),(key):(number)}"#),
        "{text}"
    );
    assert!(!text.contains("marker"), "{text}");
}

#[tokio::test]
async fn logs_of_bodies_show_no_value_of_an_operation_that_is_not_known() {
    let trace = Trace::start();
    let answer = json!({"code": 483_920, "status": "in_hospital", "duration": "1ms", "user": "hard"});
    let transport = ScriptedTransport::new([Answer::json(200, answer)]);
    let stage = Stage::over(transport, |builder| builder.log_bodies(true));
    let upload = Upload {
        tags: Vec::new(),
        content_type: "image/png",
    };
    stage.client.execute(&upload, &CallOptions::new()).await.unwrap();
    let text = trace.text();
    assert!(text.contains(r#""code":(number)"#), "{text}");
    for value in ["483920", "in_hospital", "hard"] {
        assert!(!text.contains(value), "{text}");
    }
}

const UPLOAD: Operation = Operation::new("upload", "Upload", Method::Post, "/api/v2/uploads");

/// A request whose query holds a list and whose body is no JSON.
struct Upload {
    tags: Vec<&'static str>,
    content_type: &'static str,
}

impl Endpoint for Upload {
    type Response = RawJson;

    fn operation(&self) -> &'static Operation {
        &UPLOAD
    }

    fn encode(&self, request: &mut Encoder) {
        request.query_list("tags", &self.tags);
        request.query_list("none", [""; 0]);
        request.body(self.content_type, &b"\x00\xff"[..]);
    }
}

#[tokio::test]
async fn a_list_is_one_parameter_and_a_body_may_be_any_bytes() {
    let stage = Stage::new([Answer::new(200, "{}")]);
    let upload = Upload {
        tags: vec!["a b", "c"],
        content_type: "image/png",
    };
    let call = stage.client.execute(&upload, &CallOptions::new());
    call.await.unwrap();
    let request = stage.request();
    assert_eq!(request.query_value("tags").as_deref(), Some("a b,c"));
    assert_eq!(request.query_value("none"), None);
    assert_eq!(request.header("content-type"), Some("image/png"));
    assert_eq!(&request.body()[..], b"\x00\xff");
}

#[tokio::test]
async fn what_a_list_or_a_header_cannot_hold_is_refused() {
    let stage = Stage::new([]);
    let upload = Upload {
        tags: vec!["fine", "two,in one", ""],
        content_type: "image/png\nx-evil: 1",
    };
    let call = stage.client.execute(&upload, &CallOptions::new());
    let error = call.await.unwrap_err();
    let fields: Vec<&str> = error.violations().iter().map(|rule| &*rule.field).collect();
    assert_eq!(fields, ["tags[1]", "tags[2]", "content-type"]);
}

/// A request whose own rules speak of a parameter of the path as a part of something.
struct Vote(&'static str);

impl Endpoint for Vote {
    type Response = RawJson;

    fn operation(&self) -> &'static Operation {
        &GET_POLL
    }

    fn encode(&self, request: &mut Encoder) {
        if self.0.is_empty() {
            request.violation("poll.poll_id", "must not be empty");
        }
        request.path("poll_id", self.0);
    }
}

#[tokio::test]
async fn what_the_path_cannot_hold_is_said_once() {
    let stage = Stage::new([]);
    let said = |id| {
        let call = stage.client.execute(&Vote(id), &CallOptions::new());
        async { call.await.unwrap_err().to_string() }
    };
    assert_eq!(
        said("").await,
        "get_poll: the request was not sent: poll.poll_id must not be empty"
    );
    assert_eq!(
        said("..").await,
        "get_poll: the request was not sent: path `poll_id` is \"..\", which cannot be a segment of the path \
         /api/v2/polls/{poll_id}"
    );
    assert_eq!(stage.sent(), 0);
}

#[test]
fn the_error_of_a_missing_operation_speaks_of_no_api_in_particular() {
    assert_eq!(
        Error::unimplemented("get_poll").to_string(),
        "get_poll: this implementation of the api does not have the operation"
    );
}

#[tokio::test]
async fn a_task_may_end_with_nothing() {
    let task = Task::new("t-1", TaskStatus::Completed, Timestamp::UNIX_EPOCH);
    let body = serde_json::to_value(&task).unwrap();
    let stage = Stage::new([Answer::json(200, body.clone()), Answer::json(200, body)]);
    let users = stage.users::<Custom>();
    users.task_by_id::<()>("t-1").wait().await.unwrap();
    let error = users.task_by_id::<ExportedFile>("t-1").wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Task);
}
