//! What happens to users, as it is told to whoever listens. A route or a task says [`emit`] in the transaction of what
//! it does; [`publish`] then says who is told: webhooks, and connections as soon as the transaction is kept.

mod audience;
mod form;
mod tell;

use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::clock::Nanos;
use crate::live::{closing, presence};
use crate::store::channels::Channel;
use crate::store::deletion::Deletion;
use crate::store::deliveries;
use crate::store::outbox::{self, Stored};
use crate::store::users::{self, User};
use crate::surface::{Surface, Viewer, channel, user};
use crate::webhooks;

pub(crate) use form::on_surface;
pub(crate) use tell::tell_presence;

/// The most bytes of events that are kept.
const MOST_BYTES: i64 = 64 << 20;

/// Something that has happened.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// A user was created or changed.
    UserUpdated(&'a User),
    /// A user can be seen online from now on, or no longer.
    PresenceChanged(&'a User),
    UserDeactivated {
        user: &'a User,
        created_by_id: Option<&'a str>,
    },
    UserReactivated {
        user: &'a User,
        created_by_id: Option<&'a str>,
    },
    UserDeleted {
        user: &'a User,
        how: &'a Deletion,
    },
    /// The messages of a user were deleted along with a ban, with a mode.
    UserMessagesDeleted {
        user: &'a User,
        mode: &'a str,
    },
    UserBanned {
        user: &'a User,
        created_by: Option<&'a User>,
        reason: Option<&'a str>,
        expiration: Option<Nanos>,
        shadow: bool,
    },
    UserUnbanned {
        user: &'a User,
        created_by: Option<&'a User>,
        shadow: bool,
    },
    UserMuted {
        user: &'a User,
        targets: &'a [User],
    },
    UserUnmuted {
        user: &'a User,
        targets: &'a [User],
    },
    /// What the app has made up for a user.
    Custom {
        kind: &'a str,
        user: &'a User,
        custom: &'a Map<String, Value>,
    },
    ChannelDeleted(&'a Channel),
    /// An export has come to its end. The outcome is the address of its file, or why there is none.
    UsersExported {
        task_id: &'a str,
        started_at: Nanos,
        outcome: Result<&'a str, &'a str>,
    },
}

/// Notes that something has happened. It is told if the transaction is kept.
pub(crate) fn emit(tx: &Transaction<'_>, event: &Event<'_>, now: Nanos) -> rusqlite::Result<()> {
    let (kind, body) = whole(tx, event, now)?;
    // Nothing of this can fail to be JSON; a `Display` writes it more slowly.
    outbox::add(tx, kind, &serde_json::to_string(&body).unwrap_or_default())
}

/// The type of an event, and all that it says.
fn whole<'a>(
    tx: &Transaction<'_>,
    event: &Event<'a>,
    now: Nanos,
) -> rusqlite::Result<(&'a str, Map<String, Value>)> {
    let (kind, mut body) = write(tx, event, now)?;
    body.insert("type".into(), json!(kind));
    body.insert("created_at".into(), SURFACE.time(now));
    body.entry("custom").or_insert_with(|| json!({}));
    Ok((kind, body))
}

/// The type of the one event of which webhooks are not told.
const PRESENCE: &str = "user.presence.changed";

/// The form in which events are stored.
const SURFACE: Surface = Surface::V2;

fn write<'a>(
    tx: &Transaction<'_>,
    event: &Event<'a>,
    now: Nanos,
) -> rusqlite::Result<(&'a str, Map<String, Value>)> {
    let mut body = Map::new();
    let kind = match event {
        Event::UserUpdated(user) => {
            body.insert("user".into(), own_user(tx, user)?);
            "user.updated"
        }
        Event::PresenceChanged(user) => {
            body.insert("user".into(), common_user(tx, user)?);
            PRESENCE
        }
        Event::UserDeactivated { user, created_by_id } => {
            body.insert("user".into(), common_user(tx, user)?);
            by(tx, &mut body, *created_by_id)?;
            "user.deactivated"
        }
        Event::UserReactivated { user, created_by_id } => {
            body.insert("user".into(), common_user(tx, user)?);
            by(tx, &mut body, *created_by_id)?;
            "user.reactivated"
        }
        Event::UserDeleted { user, how } => {
            body.insert("user".into(), common_user(tx, user)?);
            deletion(&mut body, how);
            "user.deleted"
        }
        Event::UserMessagesDeleted { user, mode } => {
            body.insert("user".into(), common_user(tx, user)?);
            body.insert("hard_delete".into(), json!(*mode == "hard"));
            "user.messages.deleted"
        }
        Event::UserBanned {
            user,
            created_by,
            reason,
            expiration,
            shadow,
        } => {
            ban(tx, &mut body, user, *created_by, *shadow)?;
            body.extend(reason.map(|reason| ("reason".to_owned(), json!(reason))));
            body.extend(expiration.map(|time| ("expiration".to_owned(), SURFACE.time(time))));
            "user.banned"
        }
        Event::UserUnbanned {
            user,
            created_by,
            shadow,
        } => {
            ban(tx, &mut body, user, *created_by, *shadow)?;
            "user.unbanned"
        }
        Event::UserMuted { user, targets } => {
            mute(tx, &mut body, user, targets)?;
            "user.muted"
        }
        Event::UserUnmuted { user, targets } => {
            mute(tx, &mut body, user, targets)?;
            "user.unmuted"
        }
        Event::Custom { kind, user, custom } => {
            body.insert("user".into(), common_user(tx, user)?);
            body.insert("custom".into(), json!(custom));
            kind
        }
        Event::ChannelDeleted(row) => {
            let (channel_type, channel_id) = row.cid.split_once(':').unwrap_or(("", &row.cid));
            body.insert("cid".into(), json!(row.cid));
            body.insert("channel_type".into(), json!(channel_type));
            body.insert("channel_id".into(), json!(channel_id));
            body.insert("channel".into(), channel(tx, row, Viewer::server(SURFACE))?);
            "channel.deleted"
        }
        Event::UsersExported {
            task_id,
            started_at,
            outcome,
        } => {
            body.insert("task_id".into(), json!(task_id));
            body.insert("started_at".into(), SURFACE.time(*started_at));
            body.insert("finished_at".into(), SURFACE.time(now));
            match outcome {
                Ok(url) => {
                    body.insert("url".into(), json!(url));
                    "export.users.success"
                }
                Err(error) => {
                    body.insert("error".into(), json!(error));
                    "export.users.error"
                }
            }
        }
    };
    Ok((kind, body))
}

fn ban(
    tx: &Transaction<'_>,
    body: &mut Map<String, Value>,
    user: &User,
    created_by: Option<&User>,
    shadow: bool,
) -> rusqlite::Result<()> {
    body.insert("user".into(), common_user(tx, user)?);
    body.insert("shadow".into(), json!(shadow));
    if let Some(created_by) = created_by {
        body.insert("created_by".into(), common_user(tx, created_by)?);
    }
    Ok(())
}

fn mute(
    tx: &Transaction<'_>,
    body: &mut Map<String, Value>,
    user: &User,
    targets: &[User],
) -> rusqlite::Result<()> {
    body.insert("user".into(), common_user(tx, user)?);
    if let [target] = targets {
        body.insert("target_user".into(), common_user(tx, target)?);
    } else {
        let targets = targets.iter().map(|target| common_user(tx, target));
        let targets: Vec<Value> = targets.collect::<rusqlite::Result<_>>()?;
        body.insert("target_users".into(), Value::Array(targets));
    }
    Ok(())
}

/// What a deletion takes with it, in both of the contract's forms.
fn deletion(body: &mut Map<String, Value>, how: &Deletion) {
    let mode = |mode: &Option<String>| mode.clone().unwrap_or_default();
    let (messages, conversations) = (mode(&how.messages), mode(&how.conversations));
    body.insert("hard_delete".into(), json!(how.user == "hard"));
    body.insert("mark_messages_deleted".into(), json!(!messages.is_empty()));
    body.insert(
        "delete_conversation_channels".into(),
        json!(!conversations.is_empty()),
    );
    body.insert("delete_user".into(), json!(how.user));
    body.insert("delete_messages".into(), json!(messages));
    body.insert("delete_conversation".into(), json!(conversations));
}

/// The contract's `UserResponsePrivacyFields`.
fn own_user(tx: &Transaction<'_>, row: &User) -> rusqlite::Result<Value> {
    let mut value = user(tx, row, Viewer::server(SURFACE))?;
    if let Value::Object(map) = &mut value {
        for name in [
            "ban_expires",
            "bypass_moderation",
            "push_notifications",
            "shadow_banned",
        ] {
            map.remove(name);
        }
    }
    Ok(value)
}

/// The contract's `UserResponseCommonFields`.
fn common_user(tx: &Transaction<'_>, row: &User) -> rusqlite::Result<Value> {
    let mut value = own_user(tx, row)?;
    if let Value::Object(map) = &mut value {
        map.remove("invisible");
        map.remove("privacy_settings");
    }
    Ok(value)
}

/// Adds who did it, if the request says so and there is such a user.
fn by(tx: &Transaction<'_>, body: &mut Map<String, Value>, id: Option<&str>) -> rusqlite::Result<()> {
    let Some(id) = id else { return Ok(()) };
    if let Some(row) = users::find(tx, id)? {
        body.insert("created_by".into(), common_user(tx, &row)?);
    }
    Ok(())
}

/// Tells connections of an event, and does to them what follows from it.
fn tell_connections(tx: &Transaction<'_>, app: &App, event: &Stored, now: Nanos) -> rusqlite::Result<()> {
    tell::tell(tx, app, event, now)?;
    let changes = ["user.updated", "user.deactivated", "user.deleted"];
    let id = event.body.pointer("/user/id").and_then(Value::as_str);
    match id.filter(|_| changes.contains(&event.kind.as_str())) {
        // Of those who are not connected nothing is to be seen that would not be looked at when they leave.
        Some(id) if app.hub.is_connected(id) => {
            presence::tell_if_new(tx, app, id, now)?;
            closing::check(tx, app, id)
        }
        _ => Ok(()),
    }
}

/// Says who is told of what this transaction has emitted, and forgets events that are too old to be kept.
pub(crate) fn publish(
    tx: &Transaction<'_>,
    app: &App,
    request_info: impl FnOnce() -> Option<Value>,
) -> rusqlite::Result<()> {
    let events = outbox::unpublished(tx)?;
    if events.is_empty() {
        return Ok(());
    }
    let request_info = request_info().map(|info| info.to_string());
    let now = app.clock.now();
    let hooks = webhooks::hooks(tx, &app.settings)?;
    outbox::publish(tx, request_info.as_deref())?;
    for (id, kind) in &events {
        for hook in hooks.iter().filter(|hook| hook.wants(kind)) {
            deliveries::add(tx, *id, &hook.url, hook.unusable(), now)?;
        }
    }
    if !app.hub.is_empty() {
        for (id, _) in &events {
            tell_connections(tx, app, &outbox::find(tx, *id)?, now)?;
        }
    }
    outbox::trim(tx, app.settings.events_kept, MOST_BYTES)?;
    app.wake.notify_one();
    Ok(())
}
