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
    fields.one_of("calls", CallDeletionMode::VALUES, &mut problems);
    fields.boolean("files", &mut problems);
    fields.string("new_call_owner_id", &mut problems);
    let owner = fields
        .string("new_channel_owner_id", &mut problems)
        .filter(|id| !id.is_empty());
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    if user == "hard" {
        let omission = !call.app.settings.hard_delete_needs_all_modes;
        for (name, mode) in [("messages", messages), ("conversations", conversations)] {
            if !mode.map_or(omission, |mode| mode == "hard") {
                return Err(Refusal::input(format!(
                    "{name} must be set to hard when user is set to hard"
                )));
            }
        }
    }
    let deletion = Deletion {
        user: user.to_owned(),
        messages: messages.map(str::to_owned),
        conversations: conversations.map(str::to_owned),
        new_channel_owner_id: owner.map(str::to_owned),
    };
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
    let mut input = deletion.to_json();
    if let Value::Object(map) = &mut input {
        map.insert("user_ids".into(), json!(ids));
        map.insert("known".into(), json!(known));
    }
    start_task(call, tx, &input)
}
