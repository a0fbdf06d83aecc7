//! What users do to each other, their devices, and tasks that go on.

use super::item::Item;
use crate::error::Result;
use crate::store::blocks::{self, Mute};
use crate::store::channel_marks;
use crate::store::devices::{self, Device};
use crate::store::tasks::{self, Task};

pub(super) fn block(item: &mut Item<'_, '_>) -> Result<()> {
    let user = item.user("user_id", "user")?;
    let blocked = item.user("blocked_user_id", "blocked_user")?;
    let created_at = item.created_at();
    blocks::save(item.tx(), &user, &blocked, created_at)?;
    Ok(channel_marks::hide_between(item.tx(), &user, &blocked)?)
}

pub(super) fn mute(item: &mut Item<'_, '_>) -> Result<()> {
    let user = item.user("user_id", "user")?;
    let target = item.user("target_id", "target")?;
    save_mute(item, user, target)
}

/// A mute as an answered user shows it; who is muted need not be there.
pub(super) fn mute_of(item: &mut Item<'_, '_>, user: &str) -> Result<()> {
    item.ignore(&["user"]);
    let within = item.object("target");
    let within = within.and_then(|target| target.get("id")?.as_str());
    let Some(target) = item.text("target_id").or_else(|| within.map(str::to_owned)) else {
        item.say("target", "must be an object with an id");
        return Ok(());
    };
    save_mute(item, user.to_owned(), target)
}

fn save_mute(item: &mut Item<'_, '_>, user_id: String, target_id: String) -> Result<()> {
    let created_at = item.created_at();
    let mute = Mute {
        user_id,
        target_id,
        created_at,
        updated_at: item.time("updated_at").unwrap_or(created_at),
        expires: item.time("expires"),
    };
    Ok(blocks::save_mute(item.tx(), &mute)?)
}

pub(super) fn device(item: &mut Item<'_, '_>) -> Result<()> {
    let user = item.user("user_id", "user")?;
    save_device(item, user)
}

/// A device as an answered user shows it.
pub(super) fn device_of(item: &mut Item<'_, '_>, user: &str) -> Result<()> {
    if item.text("user_id").is_some_and(|id| id != user) {
        item.say("user_id", &format!("must be {user}"));
    }
    save_device(item, user.to_owned())
}

fn save_device(item: &mut Item<'_, '_>, user_id: String) -> Result<()> {
    item.ignore(&["disabled", "disabled_reason"]);
    let device = Device {
        id: item.required("id"),
        user_id,
        push_provider: item.required("push_provider"),
        push_provider_name: item.text("push_provider_name"),
        hardware_id: item.text("hardware_id"),
        voip: item.flag("voip"),
        created_at: item.created_at(),
    };
    Ok(devices::save(item.tx(), &device)?)
}

/// A task as the state shows it; one that is not done goes on.
pub(super) fn task(item: &mut Item<'_, '_>) -> Result<()> {
    // It follows from the times.
    item.ignore(&["status"]);
    let created_at = item.created_at();
    let input = item.object("input").cloned().unwrap_or_default();
    let (result, error) = (item.object("result").cloned(), item.object("error").cloned());
    let running_at = item.time("running_at").unwrap_or(created_at);
    let task = Task {
        id: item.required("task_id"),
        kind: item.required("kind"),
        created_at,
        running_at,
        due_at: item.time("due_at").unwrap_or(running_at),
        input: serde_json::Value::Object(input).to_string(),
        done: item.flag("done").unwrap_or(result.is_some() || error.is_some()),
        result: result.map(Into::into),
        error: error.map(Into::into),
        fault: item.object("fault").cloned().map(Into::into),
    };
    Ok(tasks::save(item.tx(), &task)?)
}
