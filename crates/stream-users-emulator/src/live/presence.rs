//! What is done when a connection of a user comes, while it is there, and when the last one is gone: `online`,
//! `last_active` and what others are told of it.
//!
//! All of it happens within a transaction, so that it is in order with everything else. A departure is not done where a
//! connection ends, which may be anywhere and at any time, but with whatever is due ([`settle`]): before the next
//! request, or as soon as the emulator has a moment.

use rusqlite::Transaction;

use super::refreshes::EVERY;
use crate::app::App;
use crate::clock::Nanos;
use crate::events;
use crate::store::presence;
use crate::store::users::{self, User};

/// A connection of a user comes. The user is stored as it is shown in the first answer.
pub(crate) fn came(tx: &Transaction<'_>, app: &App, user: &User, now: Nanos) -> rusqlite::Result<()> {
    presence::came(tx, &user.id, now)?;
    app.refreshes.set(&user.id, now.saturating_add(EVERY));
    tell_if_new(tx, app, &user.id, now)
}

/// Tells that others can see the user online from now on, or no longer, if that is new: it has come or gone, has become
/// invisible or visible, or was deactivated.
pub(crate) fn tell_if_new(
    tx: &Transaction<'_>,
    app: &App,
    user_id: &str,
    now: Nanos,
) -> rusqlite::Result<()> {
    let user = users::find(tx, user_id)?;
    let online = user.as_ref().is_some_and(|user| user.online && !user.invisible);
    let is_new = presence::seen(tx, user_id, online)?;
    // That a user was deleted is told, and says enough.
    match user.filter(|user| is_new && user.deleted_at.is_none()) {
        Some(user) => events::tell_presence(tx, app, &user, now),
        None => Ok(()),
    }
}

/// Does what is due: for users who have gone, of whom some have only stopped polling, and for those who were active last
/// when it is long ago.
pub(crate) fn settle(tx: &Transaction<'_>, app: &App, now: Nanos) -> rusqlite::Result<()> {
    app.hub.sweep(app.settings.longest_poll_gap);
    for user_id in app.hub.departed() {
        if app.hub.has_stayed(&user_id) {
            continue;
        }
        if presence::left(tx, &user_id)? {
            app.refreshes.forget(&user_id);
            tell_if_new(tx, app, &user_id, now)?;
        } else {
            // Only what was kept is forgotten: a transaction that fails is done again.
            app.hub.forget_departed(&user_id);
        }
    }
    for user_id in app.refreshes.due(now) {
        refresh(tx, app, &user_id, now)?;
    }
    Ok(())
}

/// Sets `last_active` anew, to the last time that was due by now.
fn refresh(tx: &Transaction<'_>, app: &App, user_id: &str, now: Nanos) -> rusqlite::Result<()> {
    let user = users::find(tx, user_id)?;
    let Some(user) = user.filter(|user| user.online && app.hub.is_connected(user_id)) else {
        app.refreshes.forget(user_id);
        return Ok(());
    };
    let last = user.last_active.unwrap_or(now).min(now);
    let active = now - (now - last) % EVERY;
    presence::active(tx, user_id, active)?;
    app.refreshes.set(user_id, active.saturating_add(EVERY));
    Ok(())
}

/// Those who are connected are online, whatever a seed says of them, and those who may not be there any more are not.
pub(crate) fn after_seed(tx: &Transaction<'_>, app: &App, now: Nanos) -> rusqlite::Result<()> {
    let connections = app.hub.all();
    for connection in connections.iter().filter(|connection| !connection.anonymous) {
        if users::unusable(tx, &connection.user_id)?.is_none() {
            presence::online(tx, &connection.user_id)?;
        }
        tell_if_new(tx, app, &connection.user_id, now)?;
    }
    super::closing::check_all(tx, app, connections)
}
