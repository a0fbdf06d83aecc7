//! Users as they are answered.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use super::{Surface, channel, optional};
use crate::clock::Nanos;
use crate::read::{RESERVED, USER_FIELDS};
use crate::store::beside::Beside;
use crate::store::blocks::{self, Mute};
use crate::store::channel_marks::{self, ChannelMute};
use crate::store::channels;
use crate::store::devices::{self, Device};
use crate::store::users::{self, Unread, User};

/// Who looks at a user. What is private is shown to a server and to the user itself only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewer<'a> {
    /// The id of the user who asks; nothing for a server, which sees everything.
    pub(crate) user: Option<&'a str>,
    pub(crate) surface: Surface,
}

impl Viewer<'_> {
    /// A server.
    pub(crate) const fn server(surface: Surface) -> Self {
        Self { user: None, surface }
    }

    /// A time as this viewer is shown it.
    pub(crate) fn time(self, time: Nanos) -> Value {
        self.surface.time(time)
    }

    fn sees_private(self, id: &str) -> bool {
        self.user.is_none_or(|viewer| viewer == id)
    }
}

/// The contract's `UserResponse`.
pub(crate) fn user(tx: &Transaction<'_>, user: &User, viewer: Viewer<'_>) -> rusqlite::Result<Value> {
    user_beside(tx, user, viewer, Beside::ANYTHING)
}

fn user_beside(
    tx: &Transaction<'_>,
    user: &User,
    viewer: Viewer<'_>,
    beside: Beside,
) -> rusqlite::Result<Value> {
    let mut map = common(user, viewer);
    let blocked = if beside.blocks && viewer.sees_private(&user.id) {
        blocks::ids_of_user(tx, &user.id)?
    } else {
        Vec::new()
    };
    map.insert("blocked_user_ids".into(), json!(blocked));
    Ok(Value::Object(map))
}

/// The contract's `FullUserResponse`.
pub(crate) fn full_user(
    tx: &Transaction<'_>,
    row: &User,
    viewer: Viewer<'_>,
    now: Nanos,
) -> rusqlite::Result<Value> {
    full_user_beside(tx, row, viewer, now, Beside::ANYTHING)
}

/// Many of them, with less work for each.
pub(crate) fn full_users(
    tx: &Transaction<'_>,
    rows: &[User],
    viewer: Viewer<'_>,
    now: Nanos,
) -> rusqlite::Result<Vec<Value>> {
    let beside = Beside::look(tx)?;
    rows.iter()
        .map(|row| full_user_beside(tx, row, viewer, now, beside))
        .collect()
}

fn full_user_beside(
    tx: &Transaction<'_>,
    row: &User,
    viewer: Viewer<'_>,
    now: Nanos,
    beside: Beside,
) -> rusqlite::Result<Value> {
    let mut value = user_beside(tx, row, viewer, beside)?;
    let Value::Object(map) = &mut value else {
        return Ok(value);
    };
    let (mut devices, mut mutes, mut channel_mutes) = (Vec::new(), Vec::new(), Vec::new());
    let mut unread = Unread::default();
    if viewer.sees_private(&row.id) {
        if beside.devices {
            for row in devices::of_user(tx, &row.id)? {
                devices.push(device(&row, viewer));
            }
        }
        if beside.mutes {
            for mute in blocks::mutes_of_user(tx, &row.id, now)? {
                mutes.push(mute_json(tx, row, &mute, viewer)?);
            }
        }
        if beside.channel_mutes {
            for mute in channel_marks::mutes_of_user(tx, &row.id, now)? {
                channel_mutes.push(channel_mute_json(tx, row, &mute, viewer)?);
            }
        }
        let hidden = if beside.hidden_channels {
            channel_marks::hidden(tx, &row.id)?
        } else {
            Vec::new()
        };
        optional(
            map,
            "latest_hidden_channels",
            (!hidden.is_empty()).then_some(hidden),
        );
        unread = row.unread;
    }
    map.insert("devices".into(), Value::Array(devices));
    map.insert("mutes".into(), Value::Array(mutes));
    map.insert("channel_mutes".into(), Value::Array(channel_mutes));
    map.insert("total_unread_count".into(), json!(unread.total));
    map.insert("unread_channels".into(), json!(unread.channels));
    map.insert("unread_count".into(), json!(unread.messages));
    map.insert("unread_threads".into(), json!(unread.threads));
    map.remove("push_notifications");
    Ok(value)
}

/// The fields that only a server and the user itself are shown.
const PRIVATE: [&str; 3] = [
    "privacy_settings",
    "push_notifications",
    "revoke_tokens_issued_before",
];

/// The contract's `OwnUserResponse`, with the ids of those whom the user blocks.
pub(crate) fn me(
    tx: &Transaction<'_>,
    row: &User,
    viewer: Viewer<'_>,
    now: Nanos,
) -> rusqlite::Result<Value> {
    let mut value = full_user(tx, row, viewer, now)?;
    if let Value::Object(map) = &mut value {
        for name in ["ban_expires", "bypass_moderation", "shadow_banned"] {
            // On the older surface the user's own data may have the name.
            if viewer.surface == Surface::V2 || !row.custom.contains_key(name) {
                map.remove(name);
            }
        }
    }
    Ok(value)
}

fn common(user: &User, viewer: Viewer<'_>) -> Map<String, Value> {
    let private = viewer.sees_private(&user.id);
    let time = |time: Nanos| viewer.time(time);
    let mut map = Map::new();
    map.insert("id".into(), json!(user.id));
    map.insert("role".into(), json!(user.role));
    map.insert("language".into(), json!(user.language));
    map.insert("teams".into(), json!(user.teams));
    map.insert("banned".into(), json!(user.banned));
    // Nobody is told of a shadow ban of their own, all others are.
    let hides_ban = user.shadow_banned && viewer.user == Some(&user.id);
    map.insert("shadow_banned".into(), json!(user.shadow_banned && !hides_ban));
    map.insert("invisible".into(), json!(private && user.invisible));
    map.insert(
        "online".into(),
        json!(user.online && (private || !user.invisible)),
    );
    map.insert("created_at".into(), time(user.created_at));
    map.insert("updated_at".into(), time(user.updated_at));
    optional(&mut map, "name", user.name.as_deref());
    optional(&mut map, "image", user.image.as_deref());
    // When an invisible user was last active would tell that it is there.
    let last_active = user.last_active.filter(|_| private || !user.invisible);
    optional(&mut map, "last_active", last_active.map(time));
    optional(&mut map, "deactivated_at", user.deactivated_at.map(time));
    optional(&mut map, "deleted_at", user.deleted_at.map(time));
    let ban_expires = user.ban_expires.filter(|_| !hides_ban);
    optional(&mut map, "ban_expires", ban_expires.map(time));
    optional(&mut map, "avg_response_time", user.avg_response_time);
    optional(&mut map, "bypass_moderation", user.bypass_moderation);
    optional(&mut map, "teams_role", user.teams_role.clone());
    if private {
        let revoked = user.revoke_tokens_issued_before.map(time);
        optional(&mut map, "revoke_tokens_issued_before", revoked);
        optional(&mut map, "privacy_settings", user.privacy_settings.clone());
        optional(&mut map, "push_notifications", user.push_notifications.clone());
    }
    viewer
        .surface
        .custom(&mut map, &user.custom, &[&USER_FIELDS, &RESERVED]);
    map
}

/// Takes out of a user, as a server sees it in the form of `/api/v2`, what others may not see of it.
pub(crate) fn hide_private(user: &mut Map<String, Value>, is_invisible: bool) {
    for name in PRIVATE {
        user.remove(name);
    }
    for (name, value) in [("blocked_user_ids", json!([])), ("invisible", json!(false))] {
        user.entry(name).and_modify(|private| *private = value);
    }
    if is_invisible {
        user.entry("online").and_modify(|online| *online = json!(false));
        user.remove("last_active");
    }
}

/// The contract's `DeviceResponse`.
pub(crate) fn device(device: &Device, viewer: Viewer<'_>) -> Value {
    let mut map = Map::new();
    map.insert("id".into(), json!(device.id));
    map.insert("user_id".into(), json!(device.user_id));
    map.insert("push_provider".into(), json!(device.push_provider));
    map.insert("created_at".into(), viewer.time(device.created_at));
    optional(
        &mut map,
        "push_provider_name",
        device.push_provider_name.as_deref(),
    );
    optional(&mut map, "hardware_id", device.hardware_id.as_deref());
    optional(&mut map, "voip", device.voip);
    Value::Object(map)
}

/// The contract's `UserMuteResponse`.
pub(crate) fn mute_json(
    tx: &Transaction<'_>,
    owner: &User,
    mute: &Mute,
    viewer: Viewer<'_>,
) -> rusqlite::Result<Value> {
    let mut map = Map::new();
    map.insert("user".into(), user(tx, owner, viewer)?);
    if let Some(target) = users::find(tx, &mute.target_id)? {
        map.insert("target".into(), user(tx, &target, viewer)?);
    }
    map.insert("created_at".into(), viewer.time(mute.created_at));
    map.insert("updated_at".into(), viewer.time(mute.updated_at));
    optional(&mut map, "expires", mute.expires.map(|time| viewer.time(time)));
    Ok(Value::Object(map))
}

fn channel_mute_json(
    tx: &Transaction<'_>,
    owner: &User,
    mute: &ChannelMute,
    viewer: Viewer<'_>,
) -> rusqlite::Result<Value> {
    let mut map = Map::new();
    map.insert("user".into(), user(tx, owner, viewer)?);
    if let Some(muted) = channels::find(tx, &mute.cid)? {
        map.insert("channel".into(), channel(tx, &muted, viewer)?);
    }
    map.insert("created_at".into(), viewer.time(mute.created_at));
    map.insert("updated_at".into(), viewer.time(mute.updated_at));
    optional(&mut map, "expires", mute.expires.map(|time| viewer.time(time)));
    Ok(Value::Object(map))
}
