//! What tasks do when their time has come. [`settle`] runs before each request, so that a request sees everything
//! that was due by then, and, where the emulator listens, as soon as something is due.

use std::collections::BTreeSet;

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use stream_users_model::ErrorCode;

use crate::app::App;
use crate::app_settings::AppSettings;
use crate::clock::Nanos;
use crate::events::{self, Event, emit};
use crate::export_file;
use crate::live;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::store::activation::{self, Deactivation, Reactivation};
use crate::store::channels::{self, CHANNELS, Channel};
use crate::store::deletion::{self, Deletion};
use crate::store::tasks::{self, Task};
use crate::store::users::User;
use crate::store::{bans, exports, messages, unique_names, users};
use crate::surface::{Surface, Viewer, full_user, message, reaction};

/// The kinds of tasks: the names of the operations that start them.
pub(crate) mod kind {
    use stream_users_model::operation;

    pub(crate) const DEACTIVATE: &str = operation::DEACTIVATE_USERS.name;
    pub(crate) const REACTIVATE: &str = operation::REACTIVATE_USERS.name;
    pub(crate) const DELETE: &str = operation::DELETE_USERS.name;
    pub(crate) const EXPORT: &str = operation::EXPORT_USERS.name;
}

/// The most messages, and the most reactions, of one user that can be exported.
pub(crate) const MOST_EXPORTED: usize = 10_000;

/// Does everything that is due, or nothing of it if the database fails.
pub(crate) fn settle(app: &App, now: Nanos) -> rusqlite::Result<()> {
    app.store.transact(|tx| settle_in(tx, app, now))
}

/// The same in a transaction that is there.
pub(crate) fn settle_in(tx: &Transaction<'_>, app: &App, now: Nanos) -> rusqlite::Result<()> {
    bans::end_expired(tx, now)?;
    live::settle(tx, app, now)?;
    for task in tasks::due(tx, now)? {
        let outcome = outcome(perform(tx, &task, &app.settings))?;
        tasks::finish(tx, &task.id, &outcome)?;
    }
    events::publish(tx, app, || None)
}

/// Why a task has no result.
enum Failure {
    /// Its error, as it is answered from then on.
    Task(Value),
    /// The disk fails. The task is not over: it is done when the disk is well again.
    Disk(rusqlite::Error),
}

/// What a task has come to, unless it is to be done later: its result or its error.
fn outcome(done: Result<Value, Failure>) -> rusqlite::Result<Result<Value, Value>> {
    match done {
        Ok(result) => Ok(Ok(result)),
        Err(Failure::Task(error)) => Ok(Err(error)),
        Err(Failure::Disk(error)) => Err(error),
    }
}

/// What a refusal becomes when it happens inside a task.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        if let Some(error) = refusal.disk {
            return Self::Disk(*error);
        }
        let kind = if refusal.code == ErrorCode::INTERNAL {
            "InternalError"
        } else {
            "ValidationError"
        };
        failure(kind, &refusal.text)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Refusal::from(error).into()
    }
}

/// The result of a task as it is answered from then on.
fn perform(tx: &Transaction<'_>, task: &Task, settings: &Settings) -> Result<Value, Failure> {
    let input = Input::read(task)?;
    if let Some(fault) = &task.fault {
        let outcome = Err(fault.clone());
        if task.kind == kind::EXPORT {
            tell_export(tx, task, &input, &outcome)?;
        }
        return outcome.map_err(Failure::Task);
    }
    match task.kind.as_str() {
        kind::DEACTIVATE => deactivate(tx, task, &input),
        kind::REACTIVATE => reactivate(tx, task, &input, settings),
        kind::DELETE => delete(tx, task, &input, settings),
        kind::EXPORT => {
            let outcome = outcome(export(tx, task, &input))?;
            tell_export(tx, task, &input, &outcome)?;
            outcome.map_err(Failure::Task)
        }
        other => Err(failure(
            "UnknownTask",
            &format!("there are no tasks of kind {other}"),
        )),
    }
}

/// What was asked of a task.
struct Input {
    value: Value,
    user_ids: Vec<String>,
}

impl Input {
    fn read(task: &Task) -> Result<Self, Failure> {
        let value: Value =
            serde_json::from_str(&task.input).map_err(|error| unreadable(&error.to_string()))?;
        let user_ids =
            strings(&value, "user_ids").ok_or_else(|| unreadable("user_ids is no list of strings"))?;
        Ok(Self { value, user_ids })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.value.get(name).and_then(Value::as_str)
    }

    fn flag(&self, name: &str) -> bool {
        self.value.get(name).and_then(Value::as_bool).unwrap_or(false)
    }
}

fn strings(value: &Value, name: &str) -> Option<Vec<String>> {
    let list = value.get(name)?.as_array()?;
    list.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn unreadable(reason: &str) -> Failure {
    failure(
        "InternalError",
        &format!("what was asked of the task cannot be read: {reason}"),
    )
}

fn failure(kind: &str, description: &str) -> Failure {
    Failure::Task(json!({ "type": kind, "description": description }))
}

/// Does `work` for each user. Those that can be done are done; the first that cannot makes the task fail. The result
/// holds the users as they are when all are done, in the form of each surface.
fn each(
    tx: &Transaction<'_>,
    task: &Task,
    input: &Input,
    mut work: impl FnMut(&str) -> Result<User, Refusal>,
) -> Result<Value, Failure> {
    let mut first = None;
    let mut done = Vec::new();
    for id in &input.user_ids {
        match work(id).map_err(Failure::from) {
            Ok(user) => done.push(user),
            Err(Failure::Disk(error)) => return Err(error.into()),
            Err(failure) => {
                first.get_or_insert(failure);
            }
        }
    }
    if let Some(failure) = first {
        return Err(failure);
    }
    let mut result = Map::new();
    for surface in Surface::ALL {
        let users: rusqlite::Result<Vec<Value>> = done
            .iter()
            .map(|user| full_user(tx, user, Viewer::server(surface), task.due_at))
            .collect();
        result.insert(surface.name().to_owned(), json!({ "users": users? }));
    }
    Ok(Value::Object(result))
}

fn deactivate(tx: &Transaction<'_>, task: &Task, input: &Input) -> Result<Value, Failure> {
    let how = Deactivation {
        mark_messages_deleted: input.flag("mark_messages_deleted"),
        mark_channels_deleted: input.flag("mark_channels_deleted"),
    };
    each(tx, task, input, |id| {
        let was = is_deactivated(tx, id)?;
        let user = activation::deactivate(tx, id, how, task.due_at)?;
        if !was {
            let event = Event::UserDeactivated {
                user: &user,
                created_by_id: input.text("created_by_id"),
            };
            emit(tx, &event, task.due_at)?;
        }
        Ok(user)
    })
}

fn reactivate(
    tx: &Transaction<'_>,
    task: &Task,
    input: &Input,
    settings: &Settings,
) -> Result<Value, Failure> {
    let settings = AppSettings::load(tx, &settings.app)?;
    let how = Reactivation {
        restore_messages: input.flag("restore_messages"),
        restore_channels: input.flag("restore_channels"),
    };
    each(tx, task, input, |id| {
        let before = users::find(tx, id)?.filter(|user| user.deactivated_at.is_some());
        if let Some(before) = &before {
            unique_names::check_return(tx, settings.unique_names, before, None)?;
        }
        let user = activation::reactivate(tx, id, how, task.due_at)?;
        if before.is_some() {
            let event = Event::UserReactivated {
                user: &user,
                created_by_id: input.text("created_by_id"),
            };
            emit(tx, &event, task.due_at)?;
        }
        Ok(user)
    })
}

fn is_deactivated(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<bool> {
    Ok(users::find(tx, id)?.is_some_and(|user| user.deactivated_at.is_some()))
}

fn delete(tx: &Transaction<'_>, task: &Task, input: &Input, settings: &Settings) -> Result<Value, Failure> {
    let how = Deletion::deserialize(&input.value).map_err(|error| unreadable(&error.to_string()))?;
    let known = strings(&input.value, "known").unwrap_or_default();
    let keep_memberships = !settings.soft_delete_ends_memberships;
    tell_channels(tx, &known, &how, task.due_at)?;
    deletion::finish(tx, &known, &how, keep_memberships, task.due_at)?;
    let outcomes = input.user_ids.iter().map(|id| {
        let outcome = if known.contains(id) {
            json!({ "status": "ok" })
        } else {
            json!({ "status": "error", "error": Refusal::unknown_user(id).text })
        };
        (id.clone(), outcome)
    });
    Ok(Value::Object(outcomes.collect()))
}

/// Tells of the channels that the deletion of users is about to take along, of each once.
pub(crate) fn tell_channels(
    tx: &Transaction<'_>,
    ids: &[String],
    how: &Deletion,
    now: Nanos,
) -> rusqlite::Result<()> {
    if how.conversations.is_none() {
        return Ok(());
    }
    let mut cids = BTreeSet::new();
    for id in ids {
        cids.extend(channels::of_two(tx, CHANNELS, id)?);
    }
    for cid in cids {
        if let Some(channel) = channels::find(tx, &cid)?.filter(|channel| channel.deleted_at.is_none()) {
            let channel = Channel {
                deleted_at: Some(now),
                ..channel
            };
            emit(tx, &Event::ChannelDeleted(&channel), now)?;
        }
    }
    Ok(())
}

/// Tells what came of an export.
fn tell_export(
    tx: &Transaction<'_>,
    task: &Task,
    input: &Input,
    outcome: &Result<Value, Value>,
) -> rusqlite::Result<()> {
    let text = |value: &Value, name: &str| {
        let text = value.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let origin = input.text("origin").unwrap_or_default();
    let outcome = match outcome {
        Ok(result) => Ok(export_file::address(origin, &task.id, &text(result, "signature"))),
        Err(error) => Err(text(error, "description")),
    };
    let event = Event::UsersExported {
        task_id: &task.id,
        started_at: task.running_at,
        outcome: outcome.as_deref().map_err(String::as_str),
    };
    emit(tx, &event, task.due_at)
}

fn export(tx: &Transaction<'_>, task: &Task, input: &Input) -> Result<Value, Failure> {
    let mut content = String::new();
    for id in &input.user_ids {
        write_user(tx, id, task.due_at, &mut content)?;
    }
    let signature = uuid::Uuid::new_v4().simple().to_string();
    exports::save(tx, &task.id, &signature, &content)?;
    // The address of the file depends on how the emulator is reached by whoever asks for it.
    Ok(json!({ "signature": signature }))
}

/// One line for the user, then one for each message and each reaction.
fn write_user(tx: &Transaction<'_>, id: &str, now: Nanos, content: &mut String) -> Result<(), Refusal> {
    let viewer = Viewer::server(Surface::V1);
    let user = users::existing(tx, id)?;
    let mut line = |kind: &str, data: Value| {
        content.push_str(&json!({ "type": kind, "data": data }).to_string());
        content.push('\n');
    };
    line("user", full_user(tx, &user, viewer, now)?);
    let (messages, reactions) = belongings(tx, id)?;
    for row in &messages {
        line("message", message(tx, row, viewer)?);
    }
    for row in &reactions {
        line("reaction", reaction(tx, row, viewer)?);
    }
    Ok(())
}

/// The messages and the reactions of a user, unless there are too many to export.
pub(crate) fn belongings(
    tx: &Transaction<'_>,
    id: &str,
) -> Result<(Vec<messages::Message>, Vec<messages::Reaction>), Refusal> {
    let messages = messages::of_user(tx, id, MOST_EXPORTED + 1)?;
    let reactions = messages::reactions_of_user(tx, id, MOST_EXPORTED + 1)?;
    for (name, count) in [("messages", messages.len()), ("reactions", reactions.len())] {
        if count > MOST_EXPORTED {
            return Err(Refusal::input(format!(
                "user {id} has more than {MOST_EXPORTED} {name} and cannot be exported"
            )));
        }
    }
    Ok((messages, reactions))
}
