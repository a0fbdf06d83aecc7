//! What a person is told when an import has ended, and the exit code.

use anyhow::anyhow;
use stream_users_core::bulk::{BulkEnd, BulkError, InputError};

use super::again::Again;
use super::failures::Failures;
use super::summary::Summary;
use crate::exit::{self, Exit};
use crate::input::InputFailure;
use crate::output::{self, Output};
use crate::session::Session;

/// Tells how it ended.
pub(super) fn tell(
    output: &Output,
    session: &Session,
    end: Option<&BulkEnd>,
    mut summary: Summary,
    failures: &Failures,
    again: &Again,
) -> anyhow::Result<Exit> {
    summary.complete = end.is_some_and(BulkEnd::is_complete);
    if let Some(BulkEnd::Failed(error)) = end {
        return failed(output, session, error, &summary, again);
    }
    let exit = match end {
        // The run that came to the end has told of the failures by its own exit code.
        Some(BulkEnd::Complete) if summary.failed_in_all() == 0 || summary.finished_before => Exit::Done,
        Some(BulkEnd::Complete) => Exit::SomeFailed,
        Some(BulkEnd::BudgetSpent) => Exit::Stopped,
        _ => Exit::Interrupted,
    };
    output.note(&summary.sentence());
    if summary.failed_in_all() > 0 {
        output.note(&match failures.path() {
            Some(path) => format!(
                "the rows that failed are in {}; mend them, and import them as a file of their own",
                path.display()
            ),
            None => "the rows that failed can be had as a file with --report PATH; mend them, and import them as a \
                     file of their own"
                .to_owned(),
        });
    }
    output.value(&summary)?;
    // What to do next stands last.
    match exit {
        Exit::Stopped => {
            output::error(&anyhow!(
                "stopped: more rows failed than --max-failures allows; look at their reasons first. Where the rows are at fault, \
                 mend the file; where an option is missing, add it; and begin with another --state, since rows that failed stay \
                 failed in this one"
            ));
            output::told(&format!("where all is as it should be: {}", again.how()));
        }
        Exit::Interrupted => output::told(&again.interrupted("what was under way has ended")),
        _ => {}
    }
    Ok(exit)
}

/// Tells why an import could not go on.
fn failed(
    output: &Output,
    session: &Session,
    error: &BulkError,
    summary: &Summary,
    again: &Again,
) -> anyhow::Result<Exit> {
    if summary.has_worked() {
        output.note(&summary.sentence());
    }
    let (error, exit, can_go_on) = match error {
        BulkError::Api(error) => (session.explain(error.clone()), Exit::of(error), true),
        BulkError::Input { source, .. } => {
            let failure = source.downcast_ref::<InputFailure>();
            if let Some(usage) = failure.filter(|failure| failure.is_usage()) {
                return Err(exit::usage(usage.to_string()));
            }
            let error = failure.map_or_else(|| anyhow!("{error}"), |failure| anyhow!("{failure}"));
            (error, Exit::Failed, true)
        }
        BulkError::InputChanged { .. } => (
            anyhow!(
                "{error}; give the file as it was, or begin anew with another --state: users that are there already \
                 are written again then"
            ),
            Exit::Failed,
            false,
        ),
        other => (anyhow!("{other}"), Exit::Failed, false),
    };
    output::error(&error);
    if can_go_on {
        output::told(&again.how());
    }
    Ok(exit)
}

/// An input that cannot be read, where there is no run to say so.
pub(super) fn input_failed(error: &InputError) -> anyhow::Error {
    match error.downcast_ref::<InputFailure>() {
        Some(failure) if failure.is_usage() => exit::usage(failure.to_string()),
        _ => anyhow!("{error}"),
    }
}
