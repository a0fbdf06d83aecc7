//! What a person is told when a synchronization has ended, and the exit code.

use anyhow::anyhow;
use serde::Serialize;
use stream_users_core::bulk::BulkError;
use stream_users_core::sync::{SyncEnd, SyncError, SyncReport, SyncRun};
use stream_users_model::Custom;

use super::Arguments;
use super::telling::Telling;
use crate::exit::{self, Exit};
use crate::input::InputFailure;
use crate::output::{self, Output};
use crate::session::Session;

/// The result.
#[derive(Serialize)]
struct Summary<'a> {
    input: &'a str,
    /// Whether all was looked at.
    complete: bool,
    #[serde(flatten)]
    report: &'a SyncReport,
    seconds: f64,
}

/// Tells how it ended.
pub(super) fn tell(
    output: &Output,
    session: &Session,
    run: SyncRun<'_, Custom>,
    telling: &Telling,
    arguments: &Arguments,
) -> anyhow::Result<Exit> {
    let report = run.report().clone();
    let end = run.into_end().unwrap_or(SyncEnd::Stopped);
    output.note(&sentence(&report));
    let has_failed = report.failed + report.rejected > 0;
    let exit = match &end {
        SyncEnd::Failed(error) => return failed(session, error, &report),
        SyncEnd::Complete if report.guard.is_some() => Exit::Stopped,
        SyncEnd::Complete if has_failed => Exit::SomeFailed,
        SyncEnd::Complete => Exit::Done,
        SyncEnd::BudgetSpent => Exit::Stopped,
        // Nobody reads what is printed any more: of a dry run, that is all there was.
        _ if telling.is_unread() && report.dry_run => return Ok(Exit::Done),
        _ if telling.is_unread() => {
            output::warning(
                "nobody reads the changes any more, and so it was stopped; the same command compares again and goes on from \
                 what is there",
            );
            return Ok(Exit::Stopped);
        }
        _ => Exit::Interrupted,
    };
    if let Some(guard) = &report.guard {
        let fix = match guard {
            stream_users_core::sync::GoneGuard::Share { .. } => {
                "look at them with --dry-run --max-gone-share 100%, then allow more with --max-gone-share"
            }
            stream_users_core::sync::GoneGuard::Rejected { .. } => "mend the rows, or say --ignore-bad-rows",
            _ => "take a part of the users at a time with --scope",
        };
        let what = arguments.gone.verb().unwrap_or("removed");
        output::error(&anyhow!("nobody is {what}: {guard}; {fix}"));
    }
    match exit {
        Exit::Stopped if report.guard.is_none() => output::error(&anyhow!(
            "stopped, since {} changes failed, which is more than --max-failures allows; look at the reasons first",
            report.failed
        )),
        Exit::Interrupted => output::told(
            "interrupted: what was under way has ended; the same command compares again and goes on from what is there",
        ),
        _ => {}
    }
    if report.left_inactive > 0 {
        output.note(&format!(
            "{} users of the file are deactivated, and left so; --reactivate brings them back",
            report.left_inactive
        ));
    }
    if report.left_out_of_scope > 0 {
        output.note(&format!(
            "{} users of the file are there and outside of the scope: they are left alone",
            report.left_out_of_scope
        ));
    }
    if !telling.prints_changes() {
        output.value(&Summary {
            input: &arguments.file,
            complete: matches!(end, SyncEnd::Complete),
            report: &report,
            seconds: (telling.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        })?;
    }
    Ok(exit)
}

/// The sums in a sentence.
fn sentence(report: &SyncReport) -> String {
    let mut parts = vec![format!("{} unchanged", report.unchanged)];
    let would = if report.dry_run { "to be " } else { "" };
    for (number, what) in [
        (report.created, "created"),
        (report.updated, "updated"),
        (report.reactivated, "reactivated"),
        (report.deactivated, "deactivated"),
        (report.deleted, "deleted"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {would}{what}"));
        }
    }
    for (number, what) in [
        (report.failed, "failed"),
        (report.rejected, "rows that cannot be used"),
        (report.gone_kept, "gone and kept"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    format!("{} rows: {}", report.rows, parts.join(", "))
}

/// Why it could not go on.
fn failed(session: &Session, error: &SyncError, report: &SyncReport) -> anyhow::Result<Exit> {
    let call = match error {
        SyncError::Api(call) | SyncError::Bulk(BulkError::Api(call)) => Some(call),
        SyncError::Input(source) => {
            let failure = source.downcast_ref::<InputFailure>();
            if let Some(usage) = failure.filter(|failure| failure.is_usage()) {
                return Err(exit::usage(usage.to_string()));
            }
            None
        }
        _ => None,
    };
    let Some(call) = call else {
        let fix = match error {
            SyncError::NotSorted { .. } => "; leave --sorted out, and the command sorts",
            _ => "",
        };
        output::error(&anyhow!("{error}{fix}"));
        return Ok(Exit::Failed);
    };
    output::error(&session.explain(call.clone()));
    let removed = match report.deactivated + report.deleted {
        0 => String::new(),
        removed => format!("{removed} who are gone were removed before; "),
    };
    output::told(&format!(
        "{removed}the same command compares again and goes on from what is there"
    ));
    Ok(Exit::of(call))
}
