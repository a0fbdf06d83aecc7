//! What is done for each of some users by a call of its own, and what became of each. Many users go through `many`.

use stream_users_core::Error;

use crate::exit::Exit;
use crate::globals::Globals;
use crate::many::Told;
use crate::output::Output;
use crate::session::Session;

/// Calls for each user, one after the other. An error that is not about the user ends it.
pub(crate) async fn run<F: Future<Output = Result<(), Error>>>(
    globals: &Globals,
    session: &Session,
    ids: &[String],
    done: &str,
    call: impl Fn(String) -> F,
) -> anyhow::Result<Exit> {
    let mut told = Told::new(&Output::new(globals));
    for id in ids {
        let is_read = match call(id.clone()).await {
            Ok(()) => told.done(Some(id), done, None)?,
            Err(error) if is_about_the_user(&error) => told.failed(Some(id), &error.to_string(), None)?,
            Err(error) => {
                told.end()?;
                return Err(session.explain(error));
            }
        };
        if !is_read {
            break;
        }
    }
    let failed = told.end()?;
    Ok(if failed == 0 { Exit::Done } else { Exit::SomeFailed })
}

/// Says of each user what would be done.
pub(crate) fn pretend(globals: &Globals, ids: &[String], would: &str) -> anyhow::Result<Exit> {
    let output = Output::new(globals);
    let mut told = Told::new(&output);
    for id in ids {
        if !told.done(Some(id), would, None)? {
            break;
        }
    }
    told.end()?;
    output.note("a dry run: nothing was changed");
    Ok(Exit::Done)
}

/// Whether the next user may fare better.
pub(crate) fn is_about_the_user(error: &Error) -> bool {
    !error.is_auth() && !error.is_retryable() && (error.is_invalid() || error.api().is_some())
}
