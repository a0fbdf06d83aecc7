//! Users, with everything that an answered user has, and their roles.

use rusqlite::params;
use serde_json::Value;
use stream_users_model::DeletionMode;

use super::chat;
use super::item::Item;
use super::marks;
use crate::clock::Nanos;
use crate::error::Result;
use crate::read::{check_id, read_privacy_settings, read_teams, read_teams_role};
use crate::store::channel_marks::{self, ChannelMute};
use crate::store::channels::CHANNELS;
use crate::store::roles::{self, Role};
use crate::store::users::{self, Unread, User};
use crate::store::{blocks, channels};

pub(super) fn user(item: &mut Item<'_, '_>) -> Result<()> {
    let id = item.required("id");
    if !id.is_empty() {
        item.read("id", |path, _, problems| {
            check_id(path, &id, problems);
            Some(())
        });
    }
    let created_at = item.created_at();
    let defaults = User::new(&id, created_at);
    let mut counter = |name| item.integer(name).unwrap_or(0);
    let unread = Unread {
        total: counter("total_unread_count"),
        channels: counter("unread_channels"),
        messages: counter("unread_count"),
        threads: counter("unread_threads"),
    };
    let mut user = User {
        name: item.text("name"),
        image: item.text("image"),
        role: item
            .text("role")
            .filter(|role| !role.is_empty())
            .unwrap_or(defaults.role),
        language: item.text("language").unwrap_or_default(),
        invisible: item.flag("invisible").unwrap_or(false),
        banned: item.flag("banned").unwrap_or(false),
        shadow_banned: item.flag("shadow_banned").unwrap_or(false),
        bypass_moderation: item.flag("bypass_moderation"),
        online: item.flag("online").unwrap_or(false),
        ban_expires: item.time("ban_expires"),
        last_active: item.time("last_active"),
        updated_at: item.time("updated_at").unwrap_or(created_at),
        deactivated_at: item.time("deactivated_at"),
        deleted_at: item.time("deleted_at"),
        revoke_tokens_issued_before: item.time("revoke_tokens_issued_before"),
        avg_response_time: item.integer("avg_response_time"),
        unread,
        teams: item.read("teams", read_teams).unwrap_or_default(),
        teams_role: item.read("teams_role", read_teams_role),
        privacy_settings: item.read("privacy_settings", read_privacy_settings),
        push_notifications: item.object("push_notifications").cloned(),
        ..defaults
    };
    // Fields of a connected user's own answers.
    item.ignore(&["push_preferences", "total_unread_count_by_team"]);
    lists(item, &id)?;
    user.custom = item.custom();
    if let Some(deleted_at) = user.deleted_at {
        mark(item, &id, "soft", deleted_at)?;
    } else {
        item.tx()
            .prepare_cached("DELETE FROM deleted_ids WHERE id = ?1")?
            .execute([&id])?;
    }
    Ok(users::save(item.tx(), &user)?)
}

/// What a user has many of. A list that is there replaces what the user had; one that is not leaves it.
fn lists(item: &mut Item<'_, '_>, id: &str) -> Result<()> {
    for (name, sql) in [
        ("devices", "DELETE FROM devices WHERE user_id = ?1"),
        ("mutes", "DELETE FROM mutes WHERE user_id = ?1"),
        ("channel_mutes", "DELETE FROM channel_mutes WHERE user_id = ?1"),
        ("blocked_user_ids", "DELETE FROM blocks WHERE user_id = ?1"),
        (
            "latest_hidden_channels",
            "DELETE FROM hidden_channels WHERE user_id = ?1",
        ),
    ] {
        if item.has(name) {
            item.tx().prepare_cached(sql)?.execute([id])?;
        }
    }
    let now = item.now();
    for blocked in item.strings("blocked_user_ids").unwrap_or_default() {
        blocks::save(item.tx(), id, &blocked, now)?;
    }
    for cid in item.strings("latest_hidden_channels").unwrap_or_default() {
        channel_marks::hide(item.tx(), id, &cid)?;
    }
    // The newest stands first, here and where they are shown.
    let devices = item.array("devices").map(Vec::as_slice).unwrap_or_default();
    for (index, value) in devices.iter().enumerate().rev() {
        each(item, &format!("devices[{index}]"), value, |item| {
            marks::device_of(item, id)
        })?;
    }
    for (index, value) in item.array("mutes").into_iter().flatten().enumerate() {
        each(item, &format!("mutes[{index}]"), value, |item| {
            marks::mute_of(item, id)
        })?;
    }
    for (index, value) in item.array("channel_mutes").into_iter().flatten().enumerate() {
        if let Some(cid) = value.as_str() {
            save_channel_mute(item, id, cid.to_owned(), now, now, None)?;
            continue;
        }
        each(item, &format!("channel_mutes[{index}]"), value, |item| {
            channel_mute_of(item, id)
        })?;
    }
    Ok(())
}

/// One object of a list.
fn each(
    item: &mut Item<'_, '_>,
    name: &str,
    value: &Value,
    read: impl FnOnce(&mut Item<'_, '_>) -> Result<()>,
) -> Result<()> {
    if let Some(map) = value.as_object() {
        return item.within(name, map, |item| read(item));
    }
    item.say(name, "must be an object");
    Ok(())
}

/// A mute of a channel in `channel` or of that cid. A channel that is not there is made as the mute shows it.
fn channel_mute_of(item: &mut Item<'_, '_>, id: &str) -> Result<()> {
    item.ignore(&["user"]);
    let created_at = item.created_at();
    let (updated_at, expires) = (item.time("updated_at"), item.time("expires"));
    let channel = item.object("channel");
    let within = channel.and_then(|channel| channel.get("cid")?.as_str());
    let Some(cid) = item.text("cid").or_else(|| within.map(str::to_owned)) else {
        item.say("cid", "is a required field");
        return Ok(());
    };
    if let Some(channel) = channel
        && channels::find(item.tx(), &cid)?.is_none()
    {
        item.within("channel", channel, |item| chat::channel(item, CHANNELS))?;
    }
    save_channel_mute(
        item,
        id,
        cid,
        created_at,
        updated_at.unwrap_or(created_at),
        expires,
    )
}

fn save_channel_mute(
    item: &Item<'_, '_>,
    id: &str,
    cid: String,
    created_at: Nanos,
    updated_at: Nanos,
    expires: Option<Nanos>,
) -> Result<()> {
    chat::make_channel(item, &cid)?;
    let mute = ChannelMute {
        cid,
        created_at,
        updated_at,
        expires,
    };
    Ok(channel_marks::save_mute(item.tx(), id, &mute)?)
}

/// An id that was deleted, and how: `soft`, `pruning` or `hard`.
pub(super) fn deleted_id(item: &mut Item<'_, '_>) -> Result<()> {
    let (id, mode) = (item.required("id"), item.required("mode"));
    if !mode.is_empty() && !DeletionMode::VALUES.contains(&mode.as_str()) {
        item.say(
            "mode",
            &format!("must be one of [{}]", DeletionMode::VALUES.join(" ")),
        );
    }
    let deleted_at = item.time("deleted_at").unwrap_or(item.now());
    item.tx()
        .prepare_cached("UPDATE users SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL")?
        .execute(params![id, deleted_at])?;
    mark(item, &id, &mode, deleted_at)
}

fn mark(item: &Item<'_, '_>, id: &str, mode: &str, deleted_at: Nanos) -> Result<()> {
    item.tx()
        .prepare_cached("INSERT OR REPLACE INTO deleted_ids (id, mode, deleted_at) VALUES (?1, ?2, ?3)")?
        .execute(params![id, mode, deleted_at])?;
    Ok(())
}

/// A role besides the built-in ones.
pub(super) fn role(item: &mut Item<'_, '_>) -> Result<()> {
    let name = item.required("name");
    let created_at = item.created_at();
    let updated_at = item.time("updated_at").unwrap_or(created_at);
    Ok(roles::save(
        item.tx(),
        &Role {
            name,
            created_at,
            updated_at,
        },
    )?)
}
