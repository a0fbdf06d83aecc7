//! Whose connections end because of what has become of the user or of the token that it has connected with.
//!
//! A user that was deactivated or deleted may not connect again, so that its connections are closed with the code by which
//! official clients know that it is for good. Whose token was revoked may connect again with another one: the client is
//! told the code of an expired token and is closed with a code after which official clients connect again, are refused
//! with that token, and fetch a new one.

use std::sync::Arc;

use http::StatusCode;
use rusqlite::Transaction;

use super::connection::{Connection, End};
use super::frames;
use super::hub::{CLOSED_BY_POLICY, CLOSED_FOR_GOOD};
use crate::app::App;
use crate::app_settings::AppSettings;
use crate::auth;
use crate::refusal::Refusal;
use crate::store::users;

/// The code with which the WebSocket of a client is closed that may not connect. Official clients take no other code for
/// an answer: they would come again and again. What passes by itself is worth coming again.
pub(super) fn code_of_refused(refusal: &Refusal) -> u16 {
    let passes = matches!(
        refusal.status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
    );
    if passes || refusal.status.is_server_error() {
        CLOSED_BY_POLICY
    } else {
        CLOSED_FOR_GOOD
    }
}

/// Closes those connections of a user that may not go on, once the transaction is kept.
pub(crate) fn check(tx: &Transaction<'_>, app: &App, user_id: &str) -> rusqlite::Result<()> {
    check_all(tx, app, app.hub.of_user(user_id))
}

/// The same for connections of whomever.
pub(crate) fn check_all(
    tx: &Transaction<'_>,
    app: &App,
    connections: Vec<Arc<Connection>>,
) -> rusqlite::Result<()> {
    if connections.is_empty() {
        return Ok(());
    }
    let settings = AppSettings::load(tx, &app.settings.app)?;
    let now = app.clock.now();
    for connection in connections {
        let Some((refusal, code)) = reason(tx, app, &settings, &connection)? else {
            continue;
        };
        let hub = app.hub.clone();
        app.store.when_kept(tx, move || {
            let last = Some(frames::error(connection.surface, &refusal, now));
            let reason = String::new();
            hub.close(&connection, End::Close { last, code, reason });
        });
    }
    Ok(())
}

/// Why a connection may not go on, if so, and the code with which it is closed.
fn reason(
    tx: &Transaction<'_>,
    app: &App,
    settings: &AppSettings,
    connection: &Connection,
) -> rusqlite::Result<Option<(Refusal, u16)>> {
    if connection.anonymous {
        return Ok(None);
    }
    if let Some(refusal) = users::unusable(tx, &connection.user_id)? {
        return Ok(Some((refusal, CLOSED_FOR_GOOD)));
    }
    if settings.disable_auth_checks {
        return Ok(None);
    }
    let issued = connection.token_issued_at;
    let revoked = auth::revoked(app, tx, settings, &connection.user_id, issued)?;
    Ok(revoked.map(|refusal| (refusal, CLOSED_BY_POLICY)))
}
