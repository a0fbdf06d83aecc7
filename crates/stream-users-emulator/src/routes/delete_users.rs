//! `POST /api/v2/users/delete`: marks users as deleted at once and starts a task that does the rest.

use rusqlite::Transaction;
use serde_json::{Value, json};
use stream_users_model::{CallDeletionMode, ConversationDeletionMode, DeletionMode, operation};

use super::Route;
use super::shared::start_task;
use crate::call::{Answer, Call};
use crate::events::{Event, emit};
use crate::read::{Fields, Problems, user_ids};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::store::deletion::{self, Deletion};
use crate::store::users;

pub(super) const ROUTE: Route = Route {
    operation: &operation::DELETE_USERS,
    handler: delete_users,
};

fn delete_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let ids = user_ids(call.operation, &mut fields, &mut problems);
    let user = fields
        .one_of("user", DeletionMode::VALUES, &mut problems)
        .unwrap_or("soft");
    let messages = fields.one_of("messages", DeletionMode::VALUES, &mut problems);
    let conversations = fields.one_of("conversations", ConversationDeletionMode::VALUES, &mut problems);
    let calls = fields.one_of("calls", CallDeletionMode::VALUES, &mut problems);
    let files = fields.boolean("files", &mut problems).unwrap_or(false);
    let mut heir = |name| {
        let heir = fields.string(name, &mut problems).filter(|id| !id.is_empty());
        heir.map(str::to_owned)
    };
    let (new_channel_owner_id, new_call_owner_id) = (heir("new_channel_owner_id"), heir("new_call_owner_id"));
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    let settings = &call.app.settings;
    let hard = |name: &str, mode: Option<&'static str>| match mode {
        // Whoever is removed takes them along, asked or not.
        None if user == "hard" && !settings.hard_delete_needs_all_modes => Ok(Some("hard".to_owned())),
        Some("hard") => Ok(mode.map(str::to_owned)),
        _ if user == "hard" => Err(Refusal::input(format!(
            "{name} must be set to hard when user is set to hard"
        ))),
        _ => Ok(mode.map(str::to_owned)),
    };
    let deletion = Deletion {
        user: user.to_owned(),
        messages: hard("messages", messages)?,
        conversations: hard("conversations", conversations)?,
        calls: calls.map(str::to_owned),
        files,
        new_channel_owner_id,
        new_call_owner_id,
    };
    for (name, heir) in [
        ("new_channel_owner_id", &deletion.new_channel_owner_id),
        ("new_call_owner_id", &deletion.new_call_owner_id),
    ] {
        if let Some(heir) = heir {
            check_heir(settings, tx, name, heir, &ids)?;
        }
    }
    let mut known = Vec::new();
    for id in &ids {
        let before = users::deletion_mode(tx, id)?;
        if !deletion::mark(tx, id, user, call.now)? {
            continue;
        }
        known.push(id.clone());
        let after = users::deletion_mode(tx, id)?;
        if let Some(user) = users::find(tx, id)?.filter(|_| before != after) {
            let event = Event::UserDeleted {
                user: &user,
                how: &deletion,
            };
            emit(tx, &event, call.now)?;
        }
    }
    let mut input = json!(deletion);
    if let Value::Object(map) = &mut input {
        map.insert("user_ids".into(), json!(ids));
        map.insert("known".into(), json!(known));
    }
    start_task(call, tx, &input)
}

/// Refuses an heir who is deleted too or, if the settings say so, who is not there.
fn check_heir(
    settings: &Settings,
    tx: &Transaction<'_>,
    name: &str,
    heir: &str,
    deleted: &[String],
) -> Result<(), Refusal> {
    if deleted.iter().any(|id| id == heir) {
        return Err(Refusal::input(format!("{name} must not be one of user_ids")));
    }
    if settings.heirs_must_exist {
        users::existing(tx, heir)?;
    }
    Ok(())
}
