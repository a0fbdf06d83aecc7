//! A run of the bulk engine, with a result for each user, and the exit code that it comes to.

use std::pin::pin;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use stream_users_core::Error;
use stream_users_core::bulk::{BulkEnd, BulkError, BulkRun};
use stream_users_model::UserId;

use super::Options;
use super::became::Told;
use super::probe::Probe;
use crate::arguments::whom;
use crate::counting::Counting;
use crate::each;
use crate::exit::Exit;
use crate::globals::Globals;
use crate::input::InputFailure;
use crate::output::{self, Output};
use crate::session::Session;
use crate::stop::Stop;

/// How often it is looked whether the service is there.
const TICK: Duration = Duration::from_millis(200);

/// How a run is told.
pub(crate) struct Words {
    /// What is done to a user, and its status: `deactivated`.
    pub(crate) done: &'static str,
    /// Whether the rows are lines of a file, which are to be named.
    pub(crate) lines: bool,
    /// Whether the same command goes on.
    pub(crate) state: bool,
}

impl Words {
    /// Those of a run over the users of `options`.
    pub(crate) fn new(done: &'static str, options: &Options) -> Self {
        Self {
            done,
            lines: options.whom.is_read(),
            state: options.going.state.is_some(),
        }
    }
}

/// What became of a single user, by a call of its own.
pub(crate) fn one(
    globals: &Globals,
    session: &Session,
    id: &str,
    done: &str,
    outcome: Result<(), Error>,
) -> anyhow::Result<Exit> {
    let mut told = Told::new(&Output::new(globals));
    match outcome {
        Ok(()) => told.done(Some(id), done, None)?,
        Err(error) if each::is_about_the_user(&error) => told.failed(Some(id), &error.to_string(), None)?,
        Err(error) => return Err(session.explain(error)),
    };
    let failed = told.end()?;
    Ok(if failed == 0 { Exit::Done } else { Exit::SomeFailed })
}

/// Runs to the end, or until Ctrl-C: then what is under way is waited for, and with a second one it is not.
pub(crate) async fn run<T: Send>(
    globals: &Globals,
    session: &Session,
    run: BulkRun<'_, T>,
    words: &Words,
) -> anyhow::Result<Exit> {
    let mut stop = Stop::new().context("signals cannot be waited for")?;
    let output = Output::new(globals);
    let counting = Counting::new(globals, &format!("users {}", words.done), 0, true);
    let stopper = run.stopper();
    let mut told = Told::new(&output);
    let mut interrupted = false;
    let mut probe = Probe::new(session, true);
    let mut ticks = tokio::time::interval(TICK);
    let mut run = pin!(run);
    loop {
        let result = tokio::select! {
            biased;
            () = stop.wait() => {
                if interrupted {
                    break;
                }
                interrupted = true;
                stopper.stop();
                output.note("interrupted: what is under way is waited for; once more ends it at once");
                continue;
            }
            _ = ticks.tick() => {
                probe.look(&run.progress());
                continue;
            }
            error = probe.never_there() => return Err(session.explain(error)),
            result = run.next() => result,
        };
        let Some(result) = result else {
            break;
        };
        let id = result.id.as_ref().map(UserId::as_str);
        let line = words.lines.then_some(result.number);
        let is_read = match &result.outcome {
            Ok(_) => told.done(id, words.done, line)?,
            Err(error) => told.failed(id, &error.to_string(), line)?,
        };
        if !is_read {
            stopper.stop();
        }
        let progress = run.progress();
        counting.set(progress.known + progress.done);
        counting.say(match progress.failed {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        });
    }
    counting.end();
    told.end()?;
    let progress = run.progress();
    let before = match progress.known {
        0 => String::new(),
        known => format!(", {known} before"),
    };
    let failed = progress.failed + progress.known_failed;
    let failures = match failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    let users = whom::users(progress.done);
    output.note(&format!("{users} {}{before}{failures}", words.done));
    let how = if words.state {
        "run the same command again to go on"
    } else {
        "with --state the same command could go on"
    };
    match run.end().as_deref() {
        // An earlier run has told of its failures by its own exit code.
        Some(BulkEnd::Complete) if failed == 0 || progress.finished_before => Ok(Exit::Done),
        Some(BulkEnd::Complete) => Ok(Exit::SomeFailed),
        Some(BulkEnd::Failed(error)) => {
            let error = explain(session, error);
            output.note(&format!("it has ended early; {how}"));
            Err(error)
        }
        Some(BulkEnd::BudgetSpent) => Ok(Exit::Stopped),
        _ if interrupted => {
            output::warning(&format!("interrupted; {how}"));
            Ok(Exit::Interrupted)
        }
        _ => {
            output::warning(&format!(
                "nobody reads the results any more, and so it was stopped; {how}"
            ));
            Ok(Exit::Stopped)
        }
    }
}

/// Why it could not go on, with what to do about it.
pub(crate) fn explain(session: &Session, error: &BulkError) -> anyhow::Error {
    match error {
        BulkError::Api(error) => session.explain(error.clone()),
        BulkError::Input { source, .. } => match source.downcast_ref::<InputFailure>() {
            Some(failure) => whom::explain(failure.clone()),
            None => anyhow::anyhow!("{error}"),
        },
        BulkError::Journal(error) => anyhow::anyhow!("{error}"),
        BulkError::InputChanged { .. } => anyhow::anyhow!("{error}; name another --state to begin anew"),
        other => anyhow::anyhow!("{other}"),
    }
}
