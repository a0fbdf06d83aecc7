//! [`ScriptedTransport`]: a transport that answers by a script and remembers what it was asked.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use stream_users_core::{Transport, TransportError, TransportErrorKind};

use crate::answer::Answer;
use crate::recorded::RecordedRequest;

/// A [`Transport`] that answers by a script and records every request. Clones share both: keep one, give one away.
///
/// The script is a list of answers, given out in order, or a function that answers each request by what is in it. Where a
/// list runs out, the request fails with an error of kind [`Request`](TransportErrorKind::Request) that names it.
///
/// ```
/// use stream_users_core::{Client, CallOptions, RawCall};
/// use stream_users_model::operation;
/// use stream_users_testing::{Answer, ManualClock, ScriptedTransport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = ScriptedTransport::answering(|request| match request.segments().last().map(String::as_str) {
///     Some("ada") => Answer::new(200, r#"{"task_id":"ada"}"#),
///     _ => Answer::new(404, r#"{"code":16,"message":"no such task"}"#),
/// });
/// let client = Client::builder("key")
///     .server("secret")
///     .transport(transport.clone())
///     .clock(ManualClock::auto_advance())
///     .build()?;
///
/// let call = RawCall::new(&operation::GET_TASK, [("id".to_owned(), "bob".into())].into_iter().collect());
/// let error = client.execute(&call, &CallOptions::new()).await.unwrap_err();
/// assert!(error.is_not_found());
/// assert_eq!(transport.requests()[0].path(), "/api/v2/tasks/bob");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ScriptedTransport {
    script: Script,
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
}

#[derive(Clone)]
enum Script {
    Queue(Arc<Mutex<VecDeque<Answer>>>),
    Rule(Arc<Rule>),
}

type Rule = dyn Fn(&RecordedRequest) -> Answer + Send + Sync;

impl ScriptedTransport {
    /// A transport that gives out `answers` in order, one for each request.
    #[must_use]
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = answers.into_iter().collect();
        Self::with(Script::Queue(Arc::new(Mutex::new(answers))))
    }

    /// A transport that answers every request with what `rule` makes of it.
    #[must_use]
    pub fn answering(rule: impl Fn(&RecordedRequest) -> Answer + Send + Sync + 'static) -> Self {
        Self::with(Script::Rule(Arc::new(rule)))
    }

    /// Every request so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.requests).clone()
    }

    /// How many answers of the list nobody has asked for; 0 where a function answers.
    #[must_use]
    pub fn answers_left(&self) -> usize {
        match &self.script {
            Script::Queue(answers) => lock(answers).len(),
            Script::Rule(_) => 0,
        }
    }

    fn with(script: Script) -> Self {
        Self {
            script,
            requests: Arc::default(),
        }
    }
}

#[async_trait]
impl Transport for ScriptedTransport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let request = RecordedRequest::new(request);
        let number = {
            let mut requests = lock(&self.requests);
            requests.push(request.clone());
            requests.len()
        };
        let answer = match &self.script {
            Script::Queue(answers) => lock(answers).pop_front(),
            Script::Rule(rule) => Some(rule(&request)),
        };
        answer
            .unwrap_or_else(|| Answer::error(ran_out(number, &request)))
            .give()
            .await
    }
}

fn ran_out(number: usize, request: &RecordedRequest) -> TransportError {
    TransportError::new(TransportErrorKind::Request).with_source(format!(
        "the script has no answer for request {number}, {} {}",
        request.method(),
        request.path()
    ))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that panics elsewhere must not hide its own message behind a poisoned lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedTransport")
            .field("requests", &lock(&self.requests).len())
            .field("answers_left", &self.answers_left())
            .finish_non_exhaustive()
    }
}
