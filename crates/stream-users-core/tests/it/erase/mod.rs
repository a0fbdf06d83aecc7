//! Erasing users: what is asked of the service, and what stands in the report. `well` is about runs where nothing goes
//! wrong, `badly` about the others.

mod badly;
mod well;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::{Value, json};
use stream_users_core::retry::NoRetry;
use stream_users_core::{ErasureOutcome, ErasureReport};
use stream_users_model::Operation;
use stream_users_testing::{Answer, RecordedRequest, ScriptedTransport};

use crate::stage::Stage;

pub(super) type Fault = Box<dyn Fn(&Service, &RecordedRequest) -> Option<Answer> + Send + Sync>;

/// A service with users, exports and deletions, none of which takes any time.
pub(super) struct Service {
    pub(super) users: Mutex<BTreeSet<String>>,
    pub(super) tasks: Mutex<BTreeMap<String, Value>>,
    pub(super) files: Mutex<BTreeMap<String, String>>,
    /// What goes wrong.
    fault: Fault,
}

impl Service {
    fn answer(&self, request: &RecordedRequest) -> Answer {
        if let Some(fault) = (self.fault)(self, request) {
            return fault;
        }
        match request.operation().unwrap().name {
            "read_export" => whole(&self.files.lock().unwrap()[request.path()]),
            "query_users" => {
                let payload: Value = serde_json::from_str(&request.query_value("payload").unwrap()).unwrap();
                assert_eq!(payload["include_deactivated_users"], true);
                let asked = strings(&payload["filter_conditions"]["id"]["$in"]);
                let users = self.users.lock().unwrap();
                let found: Vec<_> = asked
                    .iter()
                    .filter(|id| users.contains(*id))
                    .map(|id| user(id))
                    .collect();
                Answer::json(200, json!({"users": found}))
            }
            "export_users" => {
                let ids = ids(request);
                let task =
                    self.start(json!({"url": format!("https://files.test/{}?signature=marker", ids[0])}));
                let lines: String = ids.iter().map(|id| lines(id)).collect();
                self.files.lock().unwrap().insert(format!("/{}", ids[0]), lines);
                task
            }
            "delete_users" => {
                let mut users = self.users.lock().unwrap();
                let results: serde_json::Map<_, _> = ids(request)
                    .into_iter()
                    .map(|id| {
                        let known = users.remove(&id);
                        let result = if known {
                            json!({"status": "ok"})
                        } else {
                            json!({"status": "error", "error": "gone"})
                        };
                        (id, result)
                    })
                    .collect();
                self.start(results.into())
            }
            "get_task" => self.state(request, "completed"),
            other => panic!("{other}"),
        }
    }

    pub(super) fn start(&self, result: Value) -> Answer {
        let mut tasks = self.tasks.lock().unwrap();
        let id = format!("t-{}", tasks.len() + 1);
        tasks.insert(id.clone(), result);
        Answer::json(201, json!({"task_id": id}))
    }

    pub(super) fn state(&self, request: &RecordedRequest, status: &str) -> Answer {
        let id = request.segments().pop().unwrap();
        let result = self.tasks.lock().unwrap()[&id].clone();
        Answer::json(
            200,
            json!({"task_id": id, "status": status, "created_at": 1, "updated_at": 1, "result": result}),
        )
    }
}

pub(super) fn user(id: &str) -> Value {
    json!({"id": id, "created_at": 1, "updated_at": 1})
}

pub(super) fn message(id: &str) -> Value {
    json!({"type": "message", "data": {"id": format!("m-{id}"), "text": "secret words"}})
}

/// The lines of a user in a file.
pub(super) fn lines(id: &str) -> String {
    let user = json!({"type": "user", "data": user(id)});
    format!("{user}\n{}\n", message(id))
}

pub(super) fn strings(list: &Value) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect()
}

pub(super) fn ids(request: &RecordedRequest) -> Vec<String> {
    strings(&request.json().unwrap()["user_ids"])
}

pub(super) fn failed_task(description: &str) -> Answer {
    let error = json!({"type": "ValidationError", "description": description});
    Answer::json(
        200,
        json!({"task_id": "t", "status": "failed", "created_at": 1, "updated_at": 1, "error": error}),
    )
}

/// A file that says how long it is.
pub(super) fn whole(text: &str) -> Answer {
    Answer::new(200, text.to_owned()).header("content-length", &text.len().to_string())
}

pub(super) fn is(request: &RecordedRequest, name: &str) -> bool {
    request.operation().map(|operation: &Operation| operation.name) == Some(name)
}

pub(super) fn stage(
    ids: &[&str],
    fault: impl Fn(&Service, &RecordedRequest) -> Option<Answer> + Send + Sync + 'static,
) -> Stage {
    let service = Service {
        users: Mutex::new(ids.iter().map(|id| (*id).to_owned()).collect()),
        tasks: Mutex::default(),
        files: Mutex::default(),
        fault: Box::new(fault),
    };
    let transport = ScriptedTransport::answering(move |request| service.answer(request));
    Stage::over(transport, |builder| builder.retry(NoRetry::new()))
}

pub(super) fn well(ids: &[&str]) -> Stage {
    stage(ids, |_, _| None)
}

pub(super) fn outcomes(report: &ErasureReport) -> Vec<(&str, ErasureOutcome)> {
    report
        .users
        .iter()
        .map(|user| (user.user_id.as_str(), user.outcome))
        .collect()
}

pub(super) fn reason<'a>(report: &'a ErasureReport, id: &str) -> &'a str {
    let user = report.users.iter().find(|user| user.user_id == id).unwrap();
    user.reason.as_deref().unwrap_or_default()
}

pub(super) fn count(stage: &Stage, name: &str) -> usize {
    stage
        .requests()
        .iter()
        .filter(|request| is(request, name))
        .count()
}

pub(super) fn sha256(text: &str) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(text);
    digest
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
