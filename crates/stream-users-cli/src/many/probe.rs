//! [`Probe`]: whether a service was ever there. The engine waits for one that is away, in its patience; for one that was
//! never there that helps nobody, since most likely its host was misspelt or it was not started.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use stream_users_core::bulk::BulkProgress;
use stream_users_core::{Error, Users, UsersApi as _};
use stream_users_model::{Custom, GetRateLimits};

use crate::session::Session;

/// Asks once, where a run waits that has done nothing yet, nor an earlier run of its state, whether there is anybody.
pub(crate) struct Probe<'s> {
    session: &'s Session,
    is_wanted: bool,
    asked: Option<Pin<Box<dyn Future<Output = Option<Error>> + Send + 's>>>,
}

impl<'s> Probe<'s> {
    /// Nothing is asked where it is not wanted.
    pub(crate) fn new(session: &'s Session, is_wanted: bool) -> Self {
        Self {
            session,
            is_wanted,
            asked: None,
        }
    }

    /// Is told now and then how far the run is.
    pub(crate) fn look(&mut self, progress: &BulkProgress) {
        if progress.done + progress.known > 0 {
            self.is_wanted = false;
            self.asked = None;
        }
        if progress.waiting && self.is_wanted {
            self.is_wanted = false;
            self.asked = Some(Box::pin(unreachable(self.session)));
        }
    }

    /// Why no connection can be made, where none can; never ready otherwise. It may be dropped and called again.
    pub(crate) async fn never_there(&mut self) -> Error {
        poll_fn(|context| {
            if let Some(asked) = &mut self.asked
                && let Poll::Ready(error) = asked.as_mut().poll(context)
            {
                self.asked = None;
                if let Some(error) = error {
                    return Poll::Ready(error);
                }
            }
            Poll::Pending
        })
        .await
    }
}

async fn unreachable(session: &Session) -> Option<Error> {
    let users: Users<Custom> = session.users();
    let question = GetRateLimits::new().server_side().endpoints(["GetRateLimits"]);
    users
        .get_rate_limits(question)
        .await
        .err()
        .filter(Error::is_connect)
}
