//! Channels and calls, and what is in them: members, messages, reactions, flags, files, locations.

use super::item::{Item, Named};
use crate::error::Result;
use crate::store::channels::{self, CHANNELS, Channel, Kind};
use crate::store::files::{self, Upload};
use crate::store::flags::{self, Flag};
use crate::store::locations::{self, Location};
use crate::store::messages::{self, Message, Reaction};

/// Fields of an answered channel that are not kept.
const CHANNEL_IGNORED: [&str; 19] = [
    "auto_translation_enabled",
    "auto_translation_language",
    "blocked",
    "config",
    "cooldown",
    "disabled",
    "filter_tags",
    "frozen",
    "hidden",
    "hide_messages_before",
    "last_message_at",
    "member_count",
    "message_count",
    "mute_expires_at",
    "muted",
    "own_capabilities",
    "team",
    "truncated_at",
    "truncated_by",
];

/// Fields of an answered message that are not kept.
const MESSAGE_IGNORED: [&str; 39] = [
    "command",
    "deleted_for_me",
    "deleted_reply_count",
    "draft",
    "html",
    "i18n",
    "image_labels",
    "latest_reactions",
    "member",
    "mentioned_channel",
    "mentioned_group_ids",
    "mentioned_groups",
    "mentioned_here",
    "mentioned_roles",
    "mentioned_users",
    "message_text_updated_at",
    "mml",
    "moderation",
    "own_reactions",
    "parent_id",
    "pin_expires",
    "pinned",
    "pinned_at",
    "pinned_by",
    "poll",
    "poll_id",
    "quoted_message",
    "quoted_message_id",
    "reaction_counts",
    "reaction_groups",
    "reaction_scores",
    "reminder",
    "reply_count",
    "restricted_visibility",
    "shadowed",
    "shared_location",
    "show_in_channel",
    "silent",
    "thread_participants",
];

/// A channel or a call. A list of members that is there replaces those that it had.
pub(super) fn channel(item: &mut Item<'_, '_>, kind: Kind) -> Result<()> {
    let (channel_type, id) = (item.text("type"), item.text("id"));
    let cid = match (item.text("cid"), channel_type, id) {
        (None, Some(channel_type), Some(id)) => format!("{channel_type}:{id}"),
        (cid, _, _) => cid.unwrap_or_default(),
    };
    if cid.is_empty() {
        item.say("cid", "is a required field");
    } else if !cid.contains(':') {
        item.say("cid", "must be of the form type:id");
    }
    let created_by_id = item.optional_user("created_by_id", "created_by")?;
    let created_at = item.created_at();
    let mut channel = Channel {
        cid,
        created_by_id,
        created_at,
        updated_at: item.time("updated_at").unwrap_or(created_at),
        deleted_at: item.time("deleted_at"),
        by_deactivation: item.flag("by_deactivation").unwrap_or(false),
        custom: serde_json::Map::new(),
    };
    if let Some(members) = item.array("members") {
        channels::clear(item.tx(), kind, &channel.cid)?;
        for (index, member) in members.iter().enumerate() {
            let name = format!("members[{index}]");
            let id = member.as_str().or_else(|| {
                let user = member.get("user").and_then(|user| user.get("id"));
                member.get("user_id").or(user)?.as_str()
            });
            let Some(id) = id else {
                item.say(&name, "must be the id of a user or an object with a user_id");
                continue;
            };
            item.named(&name, Named::User, id)?;
            channels::add_member(item.tx(), kind, &channel.cid, id, created_at)?;
        }
    }
    item.ignore(&CHANNEL_IGNORED);
    channel.custom = item.custom();
    Ok(channels::save(item.tx(), kind, &channel)?)
}

/// The cid in `cid`, or of a `channel_type` and a `channel_id`; empty, and a problem, if there is none.
fn cid(item: &mut Item<'_, '_>) -> String {
    let (kind, id) = (item.text("channel_type"), item.text("channel_id"));
    let cid = match (item.text("cid"), kind, id) {
        (None, Some(kind), Some(id)) => format!("{kind}:{id}"),
        (cid, _, _) => cid.unwrap_or_default(),
    };
    if cid.is_empty() {
        item.say("cid", "is a required field");
    }
    cid
}

/// One more member of a channel.
pub(super) fn member(item: &mut Item<'_, '_>) -> Result<()> {
    let cid = cid(item);
    item.named("cid", Named::Channel, &cid)?;
    let user = item.user("user_id", "user")?;
    let created_at = item.created_at();
    Ok(channels::add_member(
        item.tx(),
        CHANNELS,
        &cid,
        &user,
        created_at,
    )?)
}

/// Makes a channel with nothing in it, unless it is there.
pub(super) fn make_channel(item: &Item<'_, '_>, cid: &str) -> Result<()> {
    if channels::find(item.tx(), cid)?.is_none() {
        let channel = Channel {
            cid: cid.to_owned(),
            created_at: item.now(),
            updated_at: item.now(),
            ..Channel::default()
        };
        channels::save(item.tx(), CHANNELS, &channel)?;
    }
    Ok(())
}

pub(super) fn message(item: &mut Item<'_, '_>) -> Result<()> {
    let cid = cid(item);
    if item.place.in_document {
        item.named("cid", Named::Channel, &cid)?;
    } else {
        // Exports hold messages and not their channels.
        make_channel(item, &cid)?;
    }
    let created_at = item.created_at();
    let deleted_at = item.time("deleted_at");
    let usual = if deleted_at.is_some() {
        "deleted"
    } else {
        "regular"
    };
    let mut message = Message {
        id: item.required("id"),
        cid,
        user_id: item.user("user_id", "user")?,
        text: item.text("text").unwrap_or_default(),
        kind: item.text("type").unwrap_or_else(|| usual.to_owned()),
        created_at,
        updated_at: item.time("updated_at").unwrap_or(created_at),
        deleted_at,
        type_before: item.text("type_before"),
        attachments: item.array("attachments").cloned().unwrap_or_default(),
        custom: serde_json::Map::new(),
    };
    item.ignore(&MESSAGE_IGNORED);
    message.custom = item.custom();
    Ok(messages::save(item.tx(), &message)?)
}

/// A reaction. Exports hold those of a user to messages of others, who are not exported: the message need not be there.
pub(super) fn reaction(item: &mut Item<'_, '_>) -> Result<()> {
    let created_at = item.created_at();
    let mut reaction = Reaction {
        message_id: item.required("message_id"),
        user_id: item.user("user_id", "user")?,
        kind: item.required("type"),
        score: item.integer("score").unwrap_or(1),
        created_at,
        updated_at: item.time("updated_at").unwrap_or(created_at),
        custom: serde_json::Map::new(),
    };
    reaction.custom = item.custom();
    Ok(messages::save_reaction(item.tx(), &reaction)?)
}

pub(super) fn flag(item: &mut Item<'_, '_>) -> Result<()> {
    let message_id = item.required("message_id");
    item.named("message_id", Named::Message, &message_id)?;
    let flag = Flag {
        message_id,
        user_id: item.user("user_id", "user")?,
        reason: item.text("reason"),
        created_at: item.created_at(),
    };
    Ok(flags::save(item.tx(), &flag)?)
}

pub(super) fn file(item: &mut Item<'_, '_>) -> Result<()> {
    let message_id = item.text("message_id");
    if let Some(id) = &message_id {
        item.named("message_id", Named::Message, id)?;
    }
    let size = item.integer("size").unwrap_or(0);
    if size < 0 {
        item.say("size", "must be 0 or greater");
    }
    let upload = Upload {
        url: item.required("url"),
        user_id: item.user("user_id", "user")?,
        name: item.text("name"),
        mime_type: item.text("mime_type"),
        size,
        message_id,
        created_at: item.created_at(),
    };
    Ok(files::save(item.tx(), &upload)?)
}

/// A location that is shared with a message, which has to be planted before.
pub(super) fn live_location(item: &mut Item<'_, '_>) -> Result<()> {
    let message_id = item.required("message_id");
    let created_at = item.created_at();
    let user_id = item.optional_user("user_id", "user")?;
    let latitude = degrees(item, "latitude", 90.0);
    let longitude = degrees(item, "longitude", 180.0);
    let created_by_device_id = item.text("created_by_device_id").unwrap_or_default();
    let end_at = item.time("end_at");
    let updated_at = item.time("updated_at").unwrap_or(created_at);
    // They follow from the message.
    item.ignore(&["channel_cid", "channel", "message"]);
    let Some(message) = messages::find(item.tx(), &message_id)? else {
        item.named("message_id", Named::Message, &message_id)?;
        return Ok(());
    };
    let location = Location {
        message_id: message.id,
        cid: message.cid,
        user_id: user_id.unwrap_or(message.user_id),
        created_by_device_id,
        latitude,
        longitude,
        end_at,
        created_at,
        updated_at,
    };
    Ok(locations::save(item.tx(), &location)?)
}

/// A coordinate between `-most` and `most` degrees.
fn degrees(item: &mut Item<'_, '_>, name: &'static str, most: f64) -> f64 {
    if !item.has(name) {
        item.say(name, "is a required field");
        return 0.0;
    }
    let degrees = item.number(name).unwrap_or(0.0);
    if degrees.abs() > most {
        item.say(name, &format!("must be between -{most} and {most}"));
    }
    degrees
}
