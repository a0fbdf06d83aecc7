//! What is done for each of some users by a call of its own, and what became of each. Many users go through `many`.

use serde::Serialize;
use stream_users_core::Error;

use crate::exit::Exit;
use crate::globals::Globals;
use crate::output::{self, Output};
use crate::session::Session;

/// The columns of [`Became`].
pub(crate) const COLUMNS: [&str; 4] = ["id", "status", "reason", "line"];

/// The status of a user for whom it was not done.
pub(crate) const FAILED: &str = "failed";

/// What became of a user, as a result.
#[derive(Debug, Serialize)]
pub(crate) struct Became<'a> {
    /// `null` where a line of a file names nobody.
    pub(crate) id: Option<&'a str>,
    /// What was done, or `failed`.
    pub(crate) status: &'a str,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
    /// The line of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
}

/// Calls for each user, one after the other. An error that is not about the user ends it.
pub(crate) async fn run<F: Future<Output = Result<(), Error>>>(
    globals: &Globals,
    session: &Session,
    ids: &[String],
    done: &str,
    call: impl Fn(String) -> F,
) -> anyhow::Result<Exit> {
    let mut rows = Output::new(globals).rows(&COLUMNS);
    let mut failed = 0;
    for id in ids {
        let outcome = call(id.clone()).await;
        let reason = match outcome {
            Ok(()) => None,
            Err(error) if is_about_the_user(&error) && ids.len() > 1 => Some(error.to_string()),
            Err(error) => {
                rows.end()?;
                return Err(session.explain(error));
            }
        };
        failed += u64::from(reason.is_some());
        if let Some(reason) = &reason {
            output::failure(&format!("{id}: {reason}"));
        }
        let became = Became {
            id: Some(id),
            status: if reason.is_none() { done } else { FAILED },
            reason: reason.as_deref(),
            line: None,
        };
        if !rows.push(&became)? {
            break;
        }
    }
    rows.end()?;
    Ok(if failed == 0 { Exit::Done } else { Exit::SomeFailed })
}

/// Says of each user what would be done.
pub(crate) fn pretend(globals: &Globals, ids: &[String], would: &str) -> anyhow::Result<Exit> {
    let mut rows = Output::new(globals).rows(&COLUMNS);
    for id in ids {
        let became = Became {
            id: Some(id),
            status: would,
            reason: None,
            line: None,
        };
        if !rows.push(&became)? {
            break;
        }
    }
    rows.end()?;
    Ok(Exit::Done)
}

/// Whether the next user may fare better.
fn is_about_the_user(error: &Error) -> bool {
    !error.is_auth() && !error.is_retryable() && (error.is_invalid() || error.api().is_some())
}
