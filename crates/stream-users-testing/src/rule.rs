//! [`Rule`]: which requests get which answers, and what is left of them. Recording requests belongs to the transport.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stream_users_model::Operation;

use crate::answer::Answer;
use crate::recorded::RecordedRequest;

type Condition = dyn Fn(&RecordedRequest) -> bool + Send + Sync;
type Make = dyn Fn(&RecordedRequest) -> Answer + Send + Sync;

/// A rule of a [`ScriptedTransport`](crate::ScriptedTransport): the requests that it is for, and their answers in order.
///
/// Each answer is given once, unless [`times`](Self::times) or [`repeat`](Self::repeat) follows it. A rule that has given
/// all of its answers is spent, and leaves its requests to the rules behind it.
///
/// ```
/// use stream_users_core::TransportErrorKind;
/// use stream_users_model::operation;
/// use stream_users_testing::{Answer, Rule};
///
/// let busy_then_fine = Rule::on(&operation::UPSERT_USERS)
///     .answer(TransportErrorKind::Connect)
///     .answer(Answer::new(503, "busy"))
///     .times(2)
///     .answer(Answer::json(201, serde_json::json!({"users": {}})));
/// let nobody = Rule::on(&operation::QUERY_USERS)
///     .named("a query for the second page")
///     .when(|request| request.query_value("payload").is_some_and(|payload| payload.contains("$gt")))
///     .answer(Answer::json(200, serde_json::json!({"users": []})))
///     .repeat();
/// ```
#[must_use = "a rule does nothing until a ScriptedTransport has it"]
pub struct Rule {
    operation: Option<&'static Operation>,
    name: Option<String>,
    conditions: Vec<Box<Condition>>,
    steps: Mutex<VecDeque<Step>>,
}

/// An answer, and how often it is still given.
#[derive(Clone)]
struct Step {
    make: Arc<Make>,
    left: Left,
}

#[derive(Clone, Copy)]
enum Left {
    Times(usize),
    Always { was_given: bool },
}

impl Rule {
    /// A rule for every request of `operation`.
    pub fn on(operation: &'static Operation) -> Self {
        Self {
            operation: Some(operation),
            ..Self::any()
        }
    }

    /// A rule for every request.
    pub fn any() -> Self {
        Self {
            operation: None,
            name: None,
            conditions: Vec::new(),
            steps: Mutex::default(),
        }
    }

    /// Gives the rule a name, for the errors that speak of it.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Takes only the requests for which `condition` holds; of several conditions, all.
    pub fn when(mut self, condition: impl Fn(&RecordedRequest) -> bool + Send + Sync + 'static) -> Self {
        self.conditions.push(Box::new(condition));
        self
    }

    /// Adds an answer, given once after those before it.
    pub fn answer(self, answer: impl Into<Answer>) -> Self {
        let answer = answer.into();
        self.answer_with(move |_| answer.clone())
    }

    /// Adds an answer that is made from the request, given once after those before it.
    pub fn answer_with(self, make: impl Fn(&RecordedRequest) -> Answer + Send + Sync + 'static) -> Self {
        self.steps().push_back(Step {
            make: Arc::new(make),
            left: Left::Times(1),
        });
        self
    }

    /// Gives the last answer that was added so many times instead of once; 0 takes it back.
    pub fn times(self, times: usize) -> Self {
        self.last(Left::Times(times))
    }

    /// Gives the last answer that was added to every request from there on.
    pub fn repeat(self) -> Self {
        self.last(Left::Always { was_given: false })
    }

    fn last(self, left: Left) -> Self {
        if let Some(step) = self.steps().back_mut() {
            step.left = left;
        }
        self
    }

    /// The answer to `request`, or why there is none here.
    pub(crate) fn try_answer(&self, request: &RecordedRequest) -> Result<Answer, NoAnswer> {
        if let Some(operation) = self.operation {
            if request.operation() != Some(operation) {
                return Err(NoAnswer::OtherOperation);
            }
        }
        // Neither a condition nor an answer is asked for under the lock: both are a test's own code.
        if !self.conditions.iter().all(|holds| holds(request)) {
            return Err(NoAnswer::Condition);
        }
        let make = self.take().ok_or(NoAnswer::Spent)?;
        Ok(make(request))
    }

    fn take(&self) -> Option<Arc<Make>> {
        let mut steps = self.steps();
        loop {
            let step = steps.front_mut()?;
            match &mut step.left {
                Left::Times(0) => drop(steps.pop_front()),
                Left::Times(left) => {
                    *left -= 1;
                    return Some(Arc::clone(&step.make));
                }
                Left::Always { was_given } => {
                    *was_given = true;
                    return Some(Arc::clone(&step.make));
                }
            }
        }
    }

    /// How many answers of those that are counted are left.
    pub(crate) fn left(&self) -> usize {
        let steps = self.steps();
        let counted = steps.iter().map(|step| match step.left {
            Left::Times(left) => left,
            Left::Always { .. } => 0,
        });
        counted.fold(0, usize::saturating_add)
    }

    /// What nobody has asked for, in words.
    pub(crate) fn unused(&self) -> Option<String> {
        let is_unused = |step: &Step| matches!(step.left, Left::Always { was_given: false });
        let repeats = self.steps().iter().any(is_unused);
        match (self.left(), repeats) {
            (0, false) => None,
            (0, true) => Some("an answer that repeats".to_owned()),
            (left, false) => Some(answers(left)),
            (left, true) => Some(format!("{} and one that repeats", answers(left))),
        }
    }

    fn steps(&self) -> MutexGuard<'_, VecDeque<Step>> {
        // A test that panics elsewhere must not hide its own message behind a poisoned lock.
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answers(count: usize) -> String {
    match count {
        1 => "1 answer".to_owned(),
        count => format!("{count} answers"),
    }
}

/// Why a rule has no answer.
#[derive(Clone, Copy)]
pub(crate) enum NoAnswer {
    OtherOperation,
    Condition,
    Spent,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherOperation => "is for another operation",
            Self::Condition => "has a condition that does not hold",
            Self::Spent => "has no answer left",
        })
    }
}

/// Its name, else its operation.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.operation) {
            (Some(name), _) => f.write_str(name),
            (None, Some(operation)) => f.write_str(operation.name),
            (None, None) => f.write_str("any request"),
        }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("name", &self.to_string())
            .field("conditions", &self.conditions.len())
            .field("left", &self.left())
            .finish_non_exhaustive()
    }
}
