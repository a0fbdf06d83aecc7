//! The conformance suites (feature `conformance`): rules that an implementation of one of the traits keeps, each of which
//! is a named test.
//!
//! For whom: implementers of a [`Transport`](stream_users_core::Transport), who write
//! [`transport_conformance!`](crate::transport_conformance) into their tests, and of a
//! [`UsersApi`](stream_users_core::UsersApi), who write [`users_api_conformance!`](crate::users_api_conformance). The rules
//! are explained, with what usually mends a broken one, in the guide's page `docs/guide/conformance.md`.
//!
//! Here belongs what the suites share: what a rule and its failure are, and how a rule is run. The rules themselves stand
//! in a module for each trait.

pub mod transport;
pub mod users_api;

use std::future::Future;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

/// How long a rule may take before it counts as broken. It is long, for machines that are busy.
const LONGEST: Duration = Duration::from_secs(60);

/// A rule of a suite, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// The name of the test.
    pub name: &'static str,
    /// What an implementation has to do.
    pub demands: &'static str,
    /// What goes wrong for users where it does not.
    pub why: &'static str,
    /// What implementers usually have to change.
    pub mend: &'static str,
}

impl Rule {
    /// A rule of a suite.
    #[must_use]
    pub const fn new(
        name: &'static str,
        demands: &'static str,
        why: &'static str,
        mend: &'static str,
    ) -> Self {
        Self {
            name,
            demands,
            why,
            mend,
        }
    }

    /// The rule as a section of the guide's page, in Markdown.
    #[must_use]
    pub fn section(&self) -> String {
        format!(
            "### `{}`\n\n{}\n\nWhy: {}\n\nMend: {}\n",
            self.name, self.demands, self.why, self.mend
        )
    }
}

/// Says that a rule is broken: what was seen, and what would have been right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    seen: String,
    expected: String,
}

impl Broken {
    /// What was seen, and what was expected in its place.
    #[must_use]
    pub fn new(seen: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            seen: seen.into(),
            expected: expected.into(),
        }
    }
}

/// What the check of a rule comes to.
pub type Outcome = Result<(), Broken>;

/// A tokio runtime of the kind that rules run on: two worker threads, with a timer and network.
///
/// # Panics
///
/// Where the machine has no threads left for it.
#[must_use]
pub fn runtime() -> Runtime {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    #[expect(clippy::expect_used, reason = "there is no test without a runtime")]
    runtime.expect("a tokio runtime can be started")
}

/// Runs the check of a rule on a [`runtime`] of its own.
///
/// It ends after a minute even where the implementation blocks the threads of the runtime for ever.
///
/// # Panics
///
/// Where the rule is broken, with a text that says which rule, what was seen, what was expected and how it is mended.
/// That is how a test fails.
pub fn run(rule: &Rule, check: impl Future<Output = Outcome> + Send + 'static) {
    let runtime = runtime();
    let (sender, outcome) = mpsc::channel();
    runtime.spawn(async move { sender.send(check.await) });
    // Not a timer of the runtime: it stands still where its threads are blocked.
    let outcome = outcome.recv_timeout(LONGEST);
    // What the implementation left running must not keep the test from its end.
    runtime.shutdown_background();
    let broken = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(broken)) => broken,
        Err(RecvTimeoutError::Timeout) => Broken::new(
            format!("after {} seconds the rule was still not done", LONGEST.as_secs()),
            "every call ends: does something block the runtime's threads, or wait for what never comes?",
        ),
        Err(RecvTimeoutError::Disconnected) => Broken::new(
            "a panic, whose text stands above",
            "an error, where there is no answer",
        ),
    };
    fail(rule, &broken);
}

#[allow(clippy::panic, reason = "a broken rule is a test that fails")]
fn fail(rule: &Rule, broken: &Broken) -> ! {
    let Rule {
        name,
        demands,
        why,
        mend,
    } = rule;
    let Broken { seen, expected } = broken;
    panic!(
        "the rule `{name}` is broken\n\n  seen:     {seen}\n  expected: {expected}\n\n  rule: {demands}\n  why:  \
         {why}\n  mend: {mend}\n"
    );
}
