//! Telling connections of events: what each is told, and when.
//!
//! A connection is told as soon as the transaction is kept, before another one begins, so that everybody hears of things
//! in the order in which they happened. Whoever connects or subscribes does so in the same way, and hears of all that
//! comes after it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::audience::{Audience, MUTES_UPDATED, audience, changes_mutes};
use super::{Event, PRESENCE, form, whole};
use crate::app::App;
use crate::clock::Nanos;
use crate::live::{Connection, Frame};
use crate::store::outbox::Stored;
use crate::store::users::{self, User};
use crate::surface::{Surface, Viewer, me};

/// Tells of an event that this transaction has emitted.
pub(super) fn tell(tx: &Transaction<'_>, app: &App, event: &Stored, now: Nanos) -> rusqlite::Result<()> {
    let connections = match audience(event) {
        Audience::Nobody => return Ok(()),
        Audience::Own(id) => app.hub.of_user(id),
        Audience::OwnAndSubscribers(id) => own_and_subscribers(app, id),
    };
    if connections.is_empty() {
        return Ok(());
    }
    let mentioned = form::mentioned(event);
    let hidden = invisible(tx, &mentioned)?;
    let mut written: BTreeMap<(&str, Option<&str>), Frame> = BTreeMap::new();
    let mut told = Vec::with_capacity(connections.len());
    for connection in connections {
        let viewer = mentioned.get(&connection.user_id).map(String::as_str);
        let form = (connection.surface.name(), viewer);
        let frame = if let Some(frame) = written.get(&form) {
            frame.clone()
        } else {
            let mut body = form::over_connection(event, connection.surface, viewer, &hidden);
            if let Some(own) = own(tx, event, viewer, connection.surface, now)? {
                body["user"] = own;
            }
            let frame = Frame::from(body.to_string());
            written.insert(form, frame.clone());
            frame
        };
        told.push((connection, frame));
    }
    when_kept(tx, app, told);
    if changes_mutes(event)
        && let Some(id) = event.body.pointer("/user/id").and_then(Value::as_str)
        && let Some(user) = users::find(tx, id)?
    {
        tell_mutes(tx, app, &user, now)?;
    }
    Ok(())
}

/// Tells that a user can be seen online from now on, or no longer.
pub(crate) fn tell_presence(
    tx: &Transaction<'_>,
    app: &App,
    user: &User,
    now: Nanos,
) -> rusqlite::Result<()> {
    let (kind, body) = whole(tx, &Event::PresenceChanged(user), now)?;
    let event = Stored {
        id: 0,
        kind: kind.to_owned(),
        body: Value::Object(body),
        request_info: None,
    };
    tell(tx, app, &event, now)
}

/// Tells the connections of a user whom it mutes.
fn tell_mutes(tx: &Transaction<'_>, app: &App, user: &User, now: Nanos) -> rusqlite::Result<()> {
    let mut connections = app.hub.of_user(&user.id);
    for surface in Surface::ALL {
        let of_surface: Vec<_> = connections
            .extract_if(.., |connection| connection.surface == surface)
            .collect();
        if of_surface.is_empty() {
            continue;
        }
        let mut body = json!({
            "type": MUTES_UPDATED,
            "created_at": surface.time(now),
            "me": as_itself(tx, user, surface, now)?,
        });
        if surface == Surface::V2 {
            body["custom"] = json!({});
        }
        let frame = Frame::from(body.to_string());
        let told = of_surface
            .into_iter()
            .map(|connection| (connection, frame.clone()));
        when_kept(tx, app, told.collect());
    }
    Ok(())
}

fn when_kept(tx: &Transaction<'_>, app: &App, told: Vec<(Arc<Connection>, Frame)>) {
    app.store.when_kept(tx, move || {
        for (connection, frame) in told {
            connection.push(frame);
        }
    });
}

/// The connections of a user and those that are subscribed to it, which its own may be, too.
fn own_and_subscribers(app: &App, id: &str) -> Vec<Arc<Connection>> {
    let mut all = app.hub.of_user(id);
    let others = app.hub.subscribers(id).into_iter();
    all.extend(others.filter(|connection| connection.user_id != id));
    all
}

/// Those of the users who are invisible.
fn invisible(tx: &Transaction<'_>, ids: &BTreeSet<String>) -> rusqlite::Result<BTreeSet<String>> {
    let mut invisible = BTreeSet::new();
    for id in ids {
        if users::find(tx, id)?.is_some_and(|user| user.invisible) {
            invisible.insert(id.clone());
        }
    }
    Ok(invisible)
}

/// A user as it sees itself.
fn as_itself(tx: &Transaction<'_>, user: &User, surface: Surface, now: Nanos) -> rusqlite::Result<Value> {
    let viewer = Viewer {
        user: Some(&user.id),
        surface,
    };
    me(tx, user, viewer, now)
}

/// The fields of a user as it sees itself that official clients keep when an event does not have them.
const KEPT: [&str; 7] = [
    "channel_mutes",
    "devices",
    "mutes",
    "total_unread_count",
    "unread_channels",
    "unread_count",
    "unread_threads",
];

/// What a user is told of a change of its own: all of itself, because official clients take for removed what they have
/// and an event does not.
fn own(
    tx: &Transaction<'_>,
    event: &Stored,
    viewer: Option<&str>,
    surface: Surface,
    now: Nanos,
) -> rusqlite::Result<Option<Value>> {
    let subject = event.body.pointer("/user/id").and_then(Value::as_str);
    let is_own = viewer.is_some() && viewer == subject;
    if !is_own || !matches!(event.kind.as_str(), "user.updated" | PRESENCE) {
        return Ok(None);
    }
    let Some(user) = users::find(tx, viewer.unwrap_or_default())? else {
        return Ok(None);
    };
    let mut own = as_itself(tx, &user, surface, now)?;
    if let Value::Object(own) = &mut own {
        own.retain(|name, _| !KEPT.contains(&name.as_str()));
    }
    Ok(Some(own))
}
