//! [`ScriptedTransport`]: a transport that answers by rules and remembers what it was asked. What a rule is belongs to
//! `rule`.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use stream_users_core::{Transport, TransportError, TransportErrorKind};

use crate::answer::Answer;
use crate::recorded::RecordedRequest;
use crate::rule::Rule;

/// A [`Transport`] that answers by a script and records every request. Clones share both: keep one, give one away.
///
/// The script is a list of [rules](Rule): the first one that is for a request and not spent answers it. Two simple scripts
/// have their own constructors: [a list of answers](Self::new), given out in order, and [a function](Self::answering). A
/// request that no rule answers fails with an error of kind [`Request`](TransportErrorKind::Request) that names it and
/// says of each rule why it did not answer.
///
/// ```
/// use stream_users_core::{Client, TransportErrorKind, Users, UsersApiExt};
/// use stream_users_model::{Custom, QueriedUsers, Timestamp, User, UserRequest, operation};
/// use stream_users_testing::{Answer, ManualClock, Rule, ScriptedTransport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ada = User::new("ada", Custom::new(), Timestamp::UNIX_EPOCH);
/// let transport = ScriptedTransport::rules([
///     Rule::on(&operation::QUERY_USERS)
///         .when(|request| request.attempt() == Some(1))
///         .answer(TransportErrorKind::Connect)
///         .repeat(),
///     Rule::on(&operation::QUERY_USERS).answer(Answer::ok(&QueriedUsers::new([ada]))),
/// ]);
/// let client = Client::builder("key")
///     .server("secret")
///     .transport(transport.clone())
///     .clock(ManualClock::auto_advance())
///     .build()?;
/// let users: Users = client.users();
///
/// assert!(users.get_user("ada").await?.is_some()); // The client has tried again.
/// transport.assert_used();
/// let error = users.upsert_user(UserRequest::new("ada")).await.unwrap_err();
/// assert!(error.to_string().contains("the script has no answer for request 3, upsert_users"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ScriptedTransport {
    rules: Arc<[Rule]>,
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
}

impl ScriptedTransport {
    /// A transport that gives out `answers` in order, one for each request.
    #[must_use]
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::rules([answers.into_iter().fold(Rule::any(), Rule::answer)])
    }

    /// A transport that answers every request with what `answer` makes of it.
    #[must_use]
    pub fn answering(answer: impl Fn(&RecordedRequest) -> Answer + Send + Sync + 'static) -> Self {
        Self::rules([Rule::any().answer_with(answer).repeat()])
    }

    /// A transport that answers each request with the first of `rules` that is for it and not spent.
    #[must_use]
    pub fn rules(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self {
            rules: rules.into_iter().collect(),
            requests: Arc::default(),
        }
    }

    /// Every request so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.recorded().clone()
    }

    /// How many answers nobody has asked for; one that repeats does not count.
    #[must_use]
    pub fn answers_left(&self) -> usize {
        self.rules
            .iter()
            .fold(0, |left, rule| left.saturating_add(rule.left()))
    }

    /// The rules with answers that nobody has asked for, in words; also those whose repeated answer was never given.
    #[must_use]
    pub fn unused(&self) -> Vec<String> {
        let rules = self.rules.iter().enumerate();
        rules
            .filter_map(|(index, rule)| Some(format!("rule {} ({rule}): {}", index + 1, rule.unused()?)))
            .collect()
    }

    /// Passes where every answer was asked for.
    ///
    /// # Panics
    /// Where there are [unused](Self::unused) ones, naming them.
    #[track_caller]
    pub fn assert_used(&self) {
        let unused = self.unused();
        assert!(
            unused.is_empty(),
            "nobody has asked for all answers of the script: {}",
            unused.join("; ")
        );
    }

    fn answer(&self, number: usize, request: &RecordedRequest) -> Answer {
        let mut reasons = Vec::with_capacity(self.rules.len());
        for (index, rule) in self.rules.iter().enumerate() {
            match rule.try_answer(request) {
                Ok(answer) => return answer,
                Err(reason) => reasons.push(format!("rule {} ({rule}) {reason}", index + 1)),
            }
        }
        let reasons = if reasons.is_empty() {
            "it has no rule".to_owned()
        } else {
            reasons.join("; ")
        };
        let operation = request
            .operation()
            .map_or_else(String::new, |operation| format!("{} ", operation.name));
        let text = format!(
            "the script has no answer for request {number}, {operation}{} {}: {reasons}",
            request.method(),
            request.path()
        );
        Answer::error(TransportError::new(TransportErrorKind::Request).with_message(text))
    }

    fn recorded(&self) -> MutexGuard<'_, Vec<RecordedRequest>> {
        // A test that panics elsewhere must not hide its own message behind a poisoned lock.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for ScriptedTransport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let request = RecordedRequest::new(request);
        let number = {
            let mut requests = self.recorded();
            requests.push(request.clone());
            requests.len()
        };
        self.answer(number, &request).give().await
    }
}

impl fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedTransport")
            .field("requests", &self.recorded().len())
            .field("rules", &self.rules)
            .finish()
    }
}
