//! Puts data into the store that no operation of this surface makes: channels, messages, reactions, locations,
//! bans, activity. The format is described at [`seed`](crate::EmulatorService::seed).

use rusqlite::Transaction;
use serde_json::{Map, Value};

use super::blocks::{self, Mute};
use super::channel_marks::{self, ChannelMute};
use super::channels::{self, CALLS, CHANNELS, Channel, Kind};
use super::devices::{self, Device};
use super::files::{self, Upload};
use super::flags::{self, Flag};
use super::locations::{self, Location};
use super::messages::{self, Message, Reaction};
use super::users::{self, User};
use crate::clock::Nanos;
use crate::error::{Error, Result};
use crate::read::{Fields, Problems, check_id, read_privacy_settings, read_teams, read_teams_role};

/// Puts a seed into the store. What exists under the same id is replaced.
pub(crate) fn plant(tx: &Transaction<'_>, seed: &Value, now: Nanos) -> Result<()> {
    let seed = seed
        .as_object()
        .ok_or_else(|| Error::Seed("it must be an object".to_owned()))?;
    let mut problems = Problems::default();
    let mut fields = Fields::new("", seed);
    // Each of an earlier kind is there before one of a later kind refers to it.
    let kinds: [(&'static str, Planter); 11] = [
        ("users", user),
        ("channels", |item| channel(item, CHANNELS)),
        ("calls", |item| channel(item, CALLS)),
        ("messages", message),
        ("reactions", reaction),
        ("flags", flag),
        ("files", file),
        ("live_locations", live_location),
        ("blocks", block),
        ("mutes", mute),
        ("devices", device),
    ];
    for (name, planter) in kinds {
        for (index, item) in fields
            .array(name, &mut problems)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let at = format!("{name}[{index}]");
            let Some(map) = item.as_object() else {
                problems.say(&at, "must be an object");
                continue;
            };
            let mut item = Item {
                tx,
                fields: Fields::new(at, map),
                problems: &mut problems,
                now,
            };
            planter(&mut item)?;
            item.fields.finish(true, item.problems);
        }
    }
    fields.finish(true, &mut problems);
    if problems.list().is_empty() {
        return Ok(());
    }
    Err(Error::Seed(problems.join()))
}

type Planter = fn(&mut Item<'_, '_>) -> Result<()>;

/// One object of the seed.
struct Item<'a, 'p> {
    tx: &'a Transaction<'a>,
    fields: Fields<'a>,
    problems: &'p mut Problems,
    now: Nanos,
}

impl<'a> Item<'a, '_> {
    fn required(&mut self, name: &'static str) -> String {
        self.fields.required(name, self.problems).to_owned()
    }

    fn text(&mut self, name: &'static str) -> Option<String> {
        self.fields.string(name, self.problems).map(str::to_owned)
    }

    fn flag(&mut self, name: &'static str) -> bool {
        self.fields.boolean(name, self.problems).unwrap_or(false)
    }

    fn time(&mut self, name: &'static str) -> Option<Nanos> {
        self.fields.time(name, self.problems)
    }

    fn object(&mut self, name: &'static str) -> Map<String, Value> {
        self.fields
            .object(name, self.problems)
            .cloned()
            .unwrap_or_default()
    }

    fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.fields.value(name)
    }

    /// An id of a user who is there.
    fn user(&mut self, name: &'static str) -> Result<String> {
        let id = self.required(name);
        self.check_user(name, &id)?;
        Ok(id)
    }

    fn check_user(&mut self, name: &str, id: &str) -> Result<()> {
        if !id.is_empty() && users::find(self.tx, id)?.is_none() {
            self.problems.say(
                &self.fields.path(name),
                &format!("names the user {id}, who does not exist"),
            );
        }
        Ok(())
    }

    /// A cid of a channel that is there.
    fn channel(&mut self, name: &'static str) -> Result<String> {
        let cid = self.required(name);
        if !cid.is_empty() && channels::find(self.tx, &cid)?.is_none() {
            self.problems.say(
                &self.fields.path(name),
                &format!("names the channel {cid}, which does not exist"),
            );
        }
        Ok(cid)
    }
}

fn user(item: &mut Item<'_, '_>) -> Result<()> {
    let id = item.required("id");
    if !id.is_empty() {
        check_id(&item.fields.path("id"), &id, item.problems);
    }
    let created_at = item.time("created_at").unwrap_or(item.now);
    let defaults = User::new(&id, created_at);
    let path = |item: &Item<'_, '_>, name: &str| item.fields.path(name);
    let (teams, roles, privacy) = (
        path(item, "teams"),
        path(item, "teams_role"),
        path(item, "privacy_settings"),
    );
    let user = User {
        name: item.text("name"),
        image: item.text("image"),
        role: item.text("role").unwrap_or(defaults.role),
        language: item.text("language").unwrap_or_default(),
        invisible: item.flag("invisible"),
        banned: item.flag("banned"),
        shadow_banned: item.flag("shadow_banned"),
        bypass_moderation: item.fields.boolean("bypass_moderation", item.problems),
        online: item.flag("online"),
        ban_expires: item.time("ban_expires"),
        last_active: item.time("last_active"),
        updated_at: item.time("updated_at").unwrap_or(created_at),
        deactivated_at: item.time("deactivated_at"),
        revoke_tokens_issued_before: item.time("revoke_tokens_issued_before"),
        avg_response_time: item.fields.integer("avg_response_time", item.problems),
        teams: item
            .value("teams")
            .and_then(|value| read_teams(&teams, value, item.problems))
            .unwrap_or_default(),
        teams_role: item
            .value("teams_role")
            .and_then(|value| read_teams_role(&roles, value, item.problems)),
        privacy_settings: item
            .value("privacy_settings")
            .and_then(|value| read_privacy_settings(&privacy, value, item.problems)),
        push_notifications: item.fields.object("push_notifications", item.problems).cloned(),
        custom: item.object("custom"),
        ..defaults
    };
    item.tx
        .prepare_cached("DELETE FROM deleted_ids WHERE id = ?1")?
        .execute([&user.id])?;
    users::save(item.tx, &user)?;
    for cid in item
        .fields
        .strings("latest_hidden_channels", item.problems)
        .unwrap_or_default()
    {
        channel_marks::hide(item.tx, &user.id, &cid)?;
    }
    for cid in item
        .fields
        .strings("channel_mutes", item.problems)
        .unwrap_or_default()
    {
        let mute = ChannelMute {
            cid,
            created_at,
            updated_at: created_at,
            expires: None,
        };
        channel_marks::save_mute(item.tx, &user.id, &mute)?;
    }
    Ok(())
}

fn channel(item: &mut Item<'_, '_>, kind: Kind) -> Result<()> {
    let cid = item.required("cid");
    if !cid.is_empty() && !cid.contains(':') {
        item.problems
            .say(&item.fields.path("cid"), "must be of the form type:id");
    }
    let created_by_id = item.text("created_by_id");
    if let Some(id) = &created_by_id {
        item.check_user("created_by_id", id)?;
    }
    let created_at = item.time("created_at").unwrap_or(item.now);
    let channel = Channel {
        cid,
        created_by_id,
        created_at,
        updated_at: item.time("updated_at").unwrap_or(created_at),
        deleted_at: item.time("deleted_at"),
        by_deactivation: item.flag("by_deactivation"),
        custom: item.object("custom"),
    };
    channels::save(item.tx, kind, &channel)?;
    for member in item.fields.strings("members", item.problems).unwrap_or_default() {
        item.check_user("members", &member)?;
        channels::add_member(item.tx, kind, &channel.cid, &member, created_at)?;
    }
    Ok(())
}

fn message(item: &mut Item<'_, '_>) -> Result<()> {
    let created_at = item.time("created_at").unwrap_or(item.now);
    let message = Message {
        id: item.required("id"),
        cid: item.channel("cid")?,
        user_id: item.user("user_id")?,
        text: item.text("text").unwrap_or_default(),
        kind: item.text("type").unwrap_or_else(|| "regular".to_owned()),
        created_at,
        updated_at: item.time("updated_at").unwrap_or(created_at),
        deleted_at: item.time("deleted_at"),
        type_before: item.text("type_before"),
        attachments: item
            .fields
            .array("attachments", item.problems)
            .cloned()
            .unwrap_or_default(),
        custom: item.object("custom"),
    };
    Ok(messages::save(item.tx, &message)?)
}

/// The message that the field names; nothing, and a problem, if there is none.
fn message_of(item: &mut Item<'_, '_>) -> Result<Option<Message>> {
    let id = item.required("message_id");
    let message = messages::find(item.tx, &id)?;
    if message.is_none() && !id.is_empty() {
        let path = item.fields.path("message_id");
        item.problems
            .say(&path, &format!("names the message {id}, which does not exist"));
    }
    Ok(message)
}

fn reaction(item: &mut Item<'_, '_>) -> Result<()> {
    let message = message_of(item)?;
    let created_at = item.time("created_at").unwrap_or(item.now);
    let reaction = Reaction {
        message_id: message.map(|message| message.id).unwrap_or_default(),
        user_id: item.user("user_id")?,
        kind: item.required("type"),
        score: item.fields.integer("score", item.problems).unwrap_or(1),
        created_at,
        updated_at: item.time("updated_at").unwrap_or(created_at),
        custom: item.object("custom"),
    };
    Ok(messages::save_reaction(item.tx, &reaction)?)
}

fn flag(item: &mut Item<'_, '_>) -> Result<()> {
    let flag = Flag {
        message_id: message_of(item)?.map(|message| message.id).unwrap_or_default(),
        user_id: item.user("user_id")?,
        reason: item.text("reason"),
        created_at: item.time("created_at").unwrap_or(item.now),
    };
    Ok(flags::save(item.tx, &flag)?)
}

fn file(item: &mut Item<'_, '_>) -> Result<()> {
    let message_id = if item.value("message_id").is_some() {
        message_of(item)?.map(|message| message.id)
    } else {
        None
    };
    let upload = Upload {
        url: item.required("url"),
        user_id: item.user("user_id")?,
        name: item.text("name"),
        mime_type: item.text("mime_type"),
        size: item.fields.integer("size", item.problems).unwrap_or(0),
        message_id,
        created_at: item.time("created_at").unwrap_or(item.now),
    };
    Ok(files::save(item.tx, &upload)?)
}

fn live_location(item: &mut Item<'_, '_>) -> Result<()> {
    let message = message_of(item)?;
    let created_at = item.time("created_at").unwrap_or(item.now);
    let user_id = item.text("user_id");
    if let Some(id) = &user_id {
        item.check_user("user_id", id)?;
    }
    let (latitude, longitude) = (
        item.fields.number("latitude", item.problems),
        item.fields.number("longitude", item.problems),
    );
    if latitude.is_none() || longitude.is_none() {
        item.problems
            .say(&item.fields.path("latitude"), "and longitude are required fields");
    }
    let (device, end_at) = (
        item.text("created_by_device_id").unwrap_or_default(),
        item.time("end_at"),
    );
    let updated_at = item.time("updated_at").unwrap_or(created_at);
    let Some(message) = message else { return Ok(()) };
    let location = Location {
        message_id: message.id,
        cid: message.cid,
        user_id: user_id.unwrap_or(message.user_id),
        created_by_device_id: device,
        latitude: latitude.unwrap_or_default(),
        longitude: longitude.unwrap_or_default(),
        end_at,
        created_at,
        updated_at,
    };
    Ok(locations::save(item.tx, &location)?)
}

fn block(item: &mut Item<'_, '_>) -> Result<()> {
    let (user, blocked) = (item.user("user_id")?, item.user("blocked_user_id")?);
    let created_at = item.time("created_at").unwrap_or(item.now);
    Ok(blocks::add(item.tx, &user, &blocked, created_at)?)
}

fn mute(item: &mut Item<'_, '_>) -> Result<()> {
    let created_at = item.time("created_at").unwrap_or(item.now);
    let mute = Mute {
        user_id: item.user("user_id")?,
        target_id: item.user("target_id")?,
        created_at,
        updated_at: item.time("updated_at").unwrap_or(created_at),
        expires: item.time("expires"),
    };
    Ok(blocks::save_mute(item.tx, &mute)?)
}

fn device(item: &mut Item<'_, '_>) -> Result<()> {
    let device = Device {
        id: item.required("id"),
        user_id: item.user("user_id")?,
        push_provider: item.required("push_provider"),
        push_provider_name: item.text("push_provider_name"),
        hardware_id: item.text("hardware_id"),
        voip: item.fields.boolean("voip", item.problems),
        created_at: item.time("created_at").unwrap_or(item.now),
    };
    Ok(devices::save(item.tx, &device)?)
}
