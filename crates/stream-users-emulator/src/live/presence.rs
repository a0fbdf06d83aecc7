//! What is done when the first connection of a user comes, and when the last one is gone.
//!
//! Both happen within a transaction, so that they are in order with everything else. A departure is not done where a
//! connection ends, which may be anywhere and at any time, but with whatever is due ([`settle`]): before the next
//! request, or as soon as the emulator has a moment.

use rusqlite::Transaction;

use crate::app::App;
use crate::clock::Nanos;
use crate::store::users::{self, User};

/// The first connection of a user comes. The user is stored as it is shown in the first answer.
pub(crate) fn came(tx: &Transaction<'_>, _app: &App, user: &mut User, now: Nanos) -> rusqlite::Result<()> {
    user.online = true;
    user.last_active = Some(now);
    users::save(tx, user)
}

/// The last connection of a user is gone. It may be done a second time for the same departure.
pub(crate) fn left(tx: &Transaction<'_>, _app: &App, user: &mut User, now: Nanos) -> rusqlite::Result<()> {
    user.online = false;
    user.last_active = Some(now);
    users::save(tx, user)
}

/// A client has sent a health check. This is called in the midst of serving a connection and must not wait.
pub(crate) fn heard(_app: &App, _user_id: &str) {}

/// Does what is due for users who have gone, of whom some have only stopped polling.
pub(crate) fn settle(tx: &Transaction<'_>, app: &App, now: Nanos) -> rusqlite::Result<()> {
    app.hub.sweep(app.settings.longest_poll_gap);
    for user_id in app.hub.departed() {
        let user = users::find(tx, &user_id)?;
        match user.filter(|user| user.online) {
            Some(mut user) if !app.hub.is_connected(&user_id) => left(tx, app, &mut user, now)?,
            // Only what was kept is forgotten: a transaction that fails is done again.
            _ => app.hub.forget_departed(&user_id),
        }
    }
    Ok(())
}
