use std::cell::RefCell;
use std::io;
use std::sync::Once;

use stream_users_core::UsersApi;
use stream_users_model::{Custom, DeactivateUser, Filter, QueryUsers, UpsertUsers, UserRequest};
use stream_users_testing::{Answer, ScriptedTransport};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::stage::{Stage, empty};

thread_local! {
    static TEXT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Everything that is traced in this thread while it lives.
///
/// One subscriber serves all tests: with one for each, a test without any could switch events off for the others.
pub(crate) struct Trace(());

struct Sink;

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        TEXT.with_borrow_mut(|text| text.as_mut().map(|text| text.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        TEXT.set(None);
    }
}

impl Trace {
    pub(crate) fn start() -> Self {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_span_events(FmtSpan::FULL)
                .with_ansi(false)
                .with_writer(|| Sink)
                .init();
        });
        TEXT.set(Some(Vec::new()));
        Self(())
    }

    pub(crate) fn text(&self) -> String {
        let Self(()) = self;
        TEXT.with_borrow(|text| String::from_utf8(text.clone().unwrap()).unwrap())
    }

    /// The line that tells of the end of a call, which has all fields.
    fn end(&self) -> String {
        let text = self.text();
        text.lines()
            .rfind(|line| line.contains("close") && line.contains("stream_users{"))
            .unwrap_or_else(|| panic!("no span ended: {text}"))
            .to_owned()
    }
}

#[tokio::test]
async fn a_span_tells_of_a_call_that_succeeded() {
    let trace = Trace::start();
    let stage = Stage::new([Answer::new(503, ""), empty()]);
    let answer = stage
        .users::<Custom>()
        .query_users(QueryUsers::new(Filter::all()))
        .await
        .unwrap();
    let end = trace.end();
    for part in [
        "operation=\"query_users\"",
        "attempts=2",
        "http.response.status_code=200",
        answer.meta.request_id.as_str(),
    ] {
        assert!(end.contains(part), "{part}: {end}");
    }
    assert!(!end.contains("error.type="), "{end}");
    let retry = trace.text();
    assert!(
        retry.contains("trying again") && retry.contains("attempt=1") && retry.contains("status=503"),
        "{retry}"
    );
}

#[tokio::test]
async fn a_span_tells_of_a_call_that_failed() {
    let trace = Trace::start();
    let stage = Stage::new([Answer::new(404, r#"{"code":16,"message":"gone"}"#)]);
    stage
        .users::<Custom>()
        .deactivate_user(DeactivateUser::new("ada-the-user"))
        .await
        .unwrap_err();
    let end = trace.end();
    for part in [
        "operation=\"deactivate_user\"",
        "attempts=1",
        "http.response.status_code=404",
        "error.type=404",
        "stream.error.code=16",
    ] {
        assert!(end.contains(part), "{part}: {end}");
    }
}

#[tokio::test]
async fn a_span_tells_of_an_answer_that_could_not_be_read() {
    let trace = Trace::start();
    let stage = Stage::new([Answer::new(200, "not json")]);
    stage
        .users::<Custom>()
        .query_users(QueryUsers::new(Filter::all()))
        .await
        .unwrap_err();
    let end = trace.end();
    assert!(
        end.contains("http.response.status_code=200") && end.contains("error.type=\"decode\""),
        "{end}"
    );
}

#[tokio::test]
async fn a_span_tells_of_a_call_that_was_never_sent() {
    let trace = Trace::start();
    let stage = Stage::over(
        ScriptedTransport::new([]),
        stream_users_core::ClientBuilder::anonymous,
    );
    stage
        .users::<Custom>()
        .deactivate_user(DeactivateUser::new("ada"))
        .await
        .unwrap_err();
    let end = trace.end();
    assert!(
        end.contains("operation=\"deactivate_user\"") && end.contains("error.type=\"auth\""),
        "{end}"
    );
}

#[tokio::test]
async fn the_data_of_users_are_not_traced() {
    let trace = Trace::start();
    let stage = Stage::new([
        Answer::new(503, "marker-body"),
        empty(),
        Answer::new(400, "marker-body"),
    ]);
    let users = stage.users::<Custom>();
    let request = || {
        let custom = Custom::from_iter([("k", "marker-custom")]);
        UpsertUsers::new([UserRequest::new("marker-id").name("marker-name").custom(custom)])
    };
    users.upsert_users(request()).await.unwrap();
    users.upsert_users(request()).await.unwrap_err();
    let text = trace.text();
    assert!(
        text.contains("upsert_users") && !text.contains("marker"),
        "{text}"
    );
}
