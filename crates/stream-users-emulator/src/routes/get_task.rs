//! `GET /api/v2/tasks/{id}`: the state of a task.

use rusqlite::Transaction;
use serde_json::{Value, json};
use stream_users_model::operation;

use super::Route;
use crate::call::{Answer, Call, body};
use crate::export_file;
use crate::jobs::kind;
use crate::refusal::Refusal;
use crate::store::tasks::{self, Task};

pub(super) const ROUTE: Route = Route {
    operation: &operation::GET_TASK,
    handler: get_task,
};

fn get_task(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let task = tasks::find(tx, &call.id)?
        .ok_or_else(|| Refusal::not_found(format!("Can't find task with id \"{}\"", call.id)))?;
    let mut answer = body([
        ("task_id", json!(task.id)),
        ("status", json!(task.status(call.now).as_str())),
        ("created_at", call.surface.time(task.created_at)),
        ("updated_at", call.surface.time(task.updated_at(call.now))),
    ]);
    if let Some(result) = &task.result {
        answer.insert("result".into(), result_json(call, &task, result));
    }
    if let Some(error) = &task.error {
        answer.insert("error".into(), error.clone());
    }
    Ok(answer)
}

/// What is stored of a result, as it is answered: of an export the address of its file, of an activation the users
/// in the form of the surface.
fn result_json(call: &Call<'_>, task: &Task, result: &Value) -> Value {
    match task.kind.as_str() {
        kind::EXPORT => {
            let signature = result
                .get("signature")
                .and_then(Value::as_str)
                .unwrap_or_default();
            json!({ "url": export_file::address(&call.origin, &task.id, signature) })
        }
        kind::DEACTIVATE | kind::REACTIVATE => result.get(call.surface.name()).cloned().unwrap_or_default(),
        _ => result.clone(),
    }
}
