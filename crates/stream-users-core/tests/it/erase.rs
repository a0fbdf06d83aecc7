//! Erasing users: what is asked of the service, and what stands in the report, whatever goes wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stream_users_core::retry::NoRetry;
use stream_users_core::{
    EraseUsers, ErasureOutcome, ErasureReport, ErrorKind, PollPolicy, TransportErrorKind, Users, UsersApiExt,
};
use stream_users_model::{Custom, ExportRecord, Operation};
use stream_users_testing::{Answer, RecordedRequest, ScriptedTransport};

use crate::stage::{Stage, seconds};

type Fault = Box<dyn Fn(&Service, &RecordedRequest) -> Option<Answer> + Send + Sync>;

/// A service with users, exports and deletions, none of which takes any time.
struct Service {
    users: Mutex<BTreeSet<String>>,
    tasks: Mutex<BTreeMap<String, Value>>,
    files: Mutex<BTreeMap<String, String>>,
    /// What goes wrong.
    fault: Fault,
}

impl Service {
    fn answer(&self, request: &RecordedRequest) -> Answer {
        if let Some(fault) = (self.fault)(self, request) {
            return fault;
        }
        let Some(operation) = request.operation() else {
            let files = self.files.lock().unwrap();
            return Answer::new(200, files[request.path()].clone());
        };
        match operation.name {
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
                let lines: String = ids
                    .iter()
                    .map(|id| format!("{}\n{}\n", json!({"type": "user", "data": user(id)}), message(id)))
                    .collect();
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

    fn start(&self, result: Value) -> Answer {
        let mut tasks = self.tasks.lock().unwrap();
        let id = format!("t-{}", tasks.len() + 1);
        tasks.insert(id.clone(), result);
        Answer::json(201, json!({"task_id": id}))
    }

    fn state(&self, request: &RecordedRequest, status: &str) -> Answer {
        let id = request.segments().pop().unwrap();
        let result = self.tasks.lock().unwrap()[&id].clone();
        Answer::json(
            200,
            json!({"task_id": id, "status": status, "created_at": 1, "updated_at": 1, "result": result}),
        )
    }
}

fn user(id: &str) -> Value {
    json!({"id": id, "created_at": 1, "updated_at": 1})
}

fn message(id: &str) -> Value {
    json!({"type": "message", "data": {"id": format!("m-{id}"), "text": "secret words"}})
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect()
}

fn ids(request: &RecordedRequest) -> Vec<String> {
    strings(&request.json().unwrap()["user_ids"])
}

fn failed_task(description: &str) -> Answer {
    let error = json!({"type": "ValidationError", "description": description});
    Answer::json(
        200,
        json!({"task_id": "t", "status": "failed", "created_at": 1, "updated_at": 1, "error": error}),
    )
}

fn is(request: &RecordedRequest, name: &str) -> bool {
    request.operation().map(|operation: &Operation| operation.name) == Some(name)
}

fn stage(
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

fn well(ids: &[&str]) -> Stage {
    stage(ids, |_, _| None)
}

fn outcomes(report: &ErasureReport) -> Vec<(&str, ErasureOutcome)> {
    report
        .users
        .iter()
        .map(|user| (user.user_id.as_str(), user.outcome))
        .collect()
}

fn reason<'a>(report: &'a ErasureReport, id: &str) -> &'a str {
    let user = report.users.iter().find(|user| user.user_id == id).unwrap();
    user.reason.as_deref().unwrap_or_default()
}

fn count(stage: &Stage, name: &str) -> usize {
    stage
        .requests()
        .iter()
        .filter(|request| is(request, name))
        .count()
}

use ErasureOutcome::{Erased, Failed, NotFound, NotTried, Unconfirmed};

#[tokio::test]
async fn users_are_exported_deleted_and_looked_for() {
    let stage = well(&["ada", "bob"]);
    let users = stage.users::<Custom>();
    let report = users
        .erase_users(EraseUsers::new(["bob", "nobody", "ada", "bob"]))
        .await
        .unwrap();
    assert_eq!(
        outcomes(&report),
        [("bob", Erased), ("nobody", NotFound), ("ada", Erased)]
    );
    assert!(report.is_complete() && report.stopped.is_none());

    let names: Vec<_> = stage
        .requests()
        .iter()
        .map(|request| request.operation().map_or("file", |operation| operation.name))
        .collect();
    assert_eq!(
        names,
        [
            "query_users",
            "export_users",
            "get_task",
            "file",
            "delete_users",
            "get_task",
            "query_users"
        ]
    );
    let requests = stage.requests();
    assert_eq!(requests[1].json().unwrap(), json!({"user_ids": ["bob", "ada"]}));
    assert_eq!(
        requests[4].json().unwrap(),
        json!({"user_ids": ["bob", "ada"], "user": "hard", "messages": "hard", "conversations": "hard", "calls": "hard", "files": true})
    );

    let export = &report.exports[0];
    assert_eq!(
        (export.user_ids.len(), export.records, export.task_id.as_str()),
        (2, 4, "t-1")
    );
    let file: String = ["bob", "ada"]
        .iter()
        .map(|id| format!("{}\n{}\n", json!({"type": "user", "data": user(id)}), message(id)))
        .collect();
    assert_eq!(export.bytes, file.len() as u64);
    assert_eq!(export.sha256, sha256(&file));
    assert!(export.file().unwrap().url.contains("marker"));
    let deletion = &report.deletions[0];
    assert_eq!(deletion.task_id, "t-2");
    assert!(deletion.deleted_at.is_some() && deletion.verified_at.is_some());
    assert!(report.started_at <= export.started_at && export.checked_at <= deletion.started_at);
    assert!(deletion.verified_at.unwrap() <= report.finished_at);
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[tokio::test]
async fn the_report_is_a_document_without_secrets_and_can_be_read_back() {
    let stage = well(&["ada"]);
    let users = stage.users::<Custom>();
    let report = users
        .erase_users(EraseUsers::new(["ada", "nobody"]))
        .await
        .unwrap();
    let written = serde_json::to_string(&report).unwrap();
    for text in [&written, &format!("{report:?}")] {
        assert!(
            !text.contains("marker") && !text.contains("secret words"),
            "{text}"
        );
    }
    let value: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(
        value["users"],
        json!([{"user_id": "ada", "outcome": "erased"}, {"user_id": "nobody", "outcome": "not_found"}])
    );
    let back: ErasureReport = serde_json::from_str(&written).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), written);
    assert!(back.exports[0].file().is_none());
}

#[tokio::test]
async fn any_number_goes_in_batches() {
    let all: Vec<String> = (0..230).map(|n| format!("u{n:03}")).collect();
    let stage = well(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let users = stage.users::<Custom>();
    let report = users.erase_users(EraseUsers::new(all.clone())).await.unwrap();
    assert!(report.users.iter().all(|user| user.outcome == Erased));
    let ids: Vec<_> = report.users.iter().map(|user| user.user_id.to_string()).collect();
    assert_eq!(ids, all, "in the order of the request");
    assert_eq!((report.exports.len(), report.deletions.len()), (10, 3));
    for request in stage.requests() {
        let most = if is(&request, "export_users") { 25 } else { 100 };
        assert!(!request.method().eq("POST") || ids_len(&request) <= most);
    }
}

fn ids_len(request: &RecordedRequest) -> usize {
    ids(request).len()
}

#[tokio::test]
async fn what_is_exported_is_handed_out_before_anything_is_deleted() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let stage = stage(&["ada"], {
        let kept = Arc::clone(&kept);
        move |_, request| {
            assert!(!is(request, "delete_users") || kept.lock().unwrap().len() == 2);
            None
        }
    });
    let users = stage.users::<Custom>();
    let request = EraseUsers::new(["ada"]).keep({
        let kept = Arc::clone(&kept);
        move |line| {
            kept.lock().unwrap().push(line.to_owned());
            Ok(())
        }
    });
    let report = users.erase_users(request).await.unwrap();
    assert!(report.is_complete());
    let lines = kept.lock().unwrap().clone();
    assert_eq!(sha256(&(lines.join("\n") + "\n")), report.exports[0].sha256);
    let record: ExportRecord = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(record.user().unwrap().id, "ada");
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_deleted() {
    let stage = well(&["ada", "bob"]);
    let users = stage.users::<Custom>();
    let request = EraseUsers::new(["ada", "bob"]).keep(|_| Err("the disk is full".into()));
    let report = users.erase_users(request).await.unwrap();
    assert_eq!(outcomes(&report), [("ada", NotTried), ("bob", NotTried)]);
    assert!(report.stopped.as_deref().unwrap().contains("the disk is full") && !report.is_complete());
    assert_eq!(count(&stage, "delete_users"), 0);
}

#[tokio::test]
async fn users_who_cannot_be_exported_do_not_hold_up_the_others() {
    let all: Vec<String> = (0..25).map(|n| format!("u{n:02}")).collect();
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    // A task that was given one of these fails.
    let stage = stage(&names, |service, request| {
        let task = is(request, "get_task").then(|| request.segments().pop().unwrap())?;
        let url = service.tasks.lock().unwrap()[&task]["url"].as_str()?.to_owned();
        let first = url.split(['/', '?']).nth(3).unwrap().to_owned();
        let file = service.files.lock().unwrap()[&format!("/{first}")].clone();
        let has_bad = ["u03", "u17"]
            .iter()
            .any(|id| file.contains(&format!("m-{id}\"")));
        has_bad.then(|| failed_task("too many messages"))
    });
    let users = stage.users::<Custom>();
    let report = users.erase_users(EraseUsers::new(all.clone())).await.unwrap();
    for user in &report.users {
        let bad = ["u03", "u17"].contains(&user.user_id.as_str());
        assert_eq!(
            user.outcome,
            if bad { Failed } else { Erased },
            "{}",
            user.user_id
        );
    }
    assert!(reason(&report, "u03").contains("ValidationError: too many messages"));
    let left: Vec<_> = report.unfinished().map(|user| user.user_id.to_string()).collect();
    assert_eq!(left, ["u03", "u17"]);
    assert_eq!(count(&stage, "delete_users"), 1);
    assert!(report.stopped.is_none() && !report.is_complete());
}

#[tokio::test]
async fn a_user_who_is_not_in_the_file_is_not_deleted() {
    let stage = stage(&["ada", "bob"], |_, request| {
        let line = json!({"type": "user", "data": user("bob")});
        request
            .operation()
            .is_none()
            .then(|| Answer::new(200, line.to_string()))
    });
    let users = stage.users::<Custom>();
    let report = users.erase_users(EraseUsers::new(["ada", "bob"])).await.unwrap();
    assert_eq!(outcomes(&report), [("ada", Failed), ("bob", Erased)]);
    assert!(reason(&report, "ada").contains("does not hold the user"));
    assert_eq!(report.exports[0].user_ids, ["bob"]);
    let deletion = stage
        .requests()
        .into_iter()
        .find(|request| is(request, "delete_users"))
        .unwrap();
    assert_eq!(ids(&deletion), ["bob"]);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_proves_nothing() {
    for (content, says) in [
        (
            Answer::new(200, "{\"type\":\"user\",\"data\":{\"id\":\"ada\"}}\nno json"),
            "record at byte 36",
        ),
        (Answer::new(200, &b"\xff"[..]), "UTF-8"),
        (
            Answer::new(200, r#"{"type":"user","data":{}}"#),
            "record at byte 0",
        ),
        (Answer::new(403, "expired"), "ask for a new export"),
    ] {
        let content = Mutex::new(Some(content));
        let stage = stage(&["ada"], move |_, request| {
            if request.operation().is_some() {
                return None;
            }
            content.lock().unwrap().take()
        });
        let users = stage.users::<Custom>();
        let report = users.erase_users(EraseUsers::new(["ada"])).await.unwrap();
        assert_eq!(outcomes(&report), [("ada", Failed)], "{says}");
        assert!(reason(&report, "ada").contains(says), "{says}: {report:?}");
        assert_eq!((report.exports.len(), count(&stage, "delete_users")), (0, 0));
    }
}

#[tokio::test]
async fn without_an_export_nothing_is_exported() {
    let stage = well(&["ada"]);
    let users = stage.users::<Custom>();
    let request = EraseUsers::new(["ada"])
        .without_export()
        .new_channel_owner_id("heir")
        .new_call_owner_id("heir");
    let report = users.erase_users(request).await.unwrap();
    assert_eq!(outcomes(&report), [("ada", Erased)]);
    assert_eq!((report.exports.len(), count(&stage, "export_users")), (0, 0));
    let deletion = stage.requests()[1].json().unwrap();
    assert_eq!(
        (&deletion["new_channel_owner_id"], &deletion["new_call_owner_id"]),
        (&json!("heir"), &json!("heir"))
    );
}

#[tokio::test]
async fn a_deletion_whose_end_is_not_seen_is_not_called_one() {
    // The task fails; the users are gone from queries all the same.
    let failing = |_: &Service, request: &RecordedRequest| {
        let is_deletion = is(request, "get_task") && request.segments().last().unwrap() == "t-2";
        is_deletion.then(|| failed_task("the worker is gone"))
    };
    // It does not end.
    let endless = |service: &Service, request: &RecordedRequest| {
        let is_deletion = is(request, "get_task") && request.segments().last().unwrap() == "t-2";
        is_deletion.then(|| service.state(request, "running"))
    };
    // The answer to the request is lost, and the work is done.
    let lost = |service: &Service, request: &RecordedRequest| {
        is(request, "delete_users").then(|| {
            for id in ids(request) {
                service.users.lock().unwrap().remove(&id);
            }
            Answer::error(TransportErrorKind::Interrupted)
        })
    };
    let faults: [(Fault, &str, usize); 3] = [
        (Box::new(failing), "the worker is gone", 1),
        (Box::new(endless), "it is running", 1),
        (Box::new(lost), "the connection ended", 0),
    ];
    for (fault, says, deletions) in faults {
        let stage = stage(&["ada", "bob"], fault);
        let users = stage.users::<Custom>();
        let request = EraseUsers::new(["ada", "bob"]).poll_policy(PollPolicy::new().timeout(seconds(1)));
        let report = users.erase_users(request).await.unwrap();
        assert_eq!(
            outcomes(&report),
            [("ada", Unconfirmed), ("bob", Unconfirmed)],
            "{says}"
        );
        assert!(reason(&report, "bob").contains(says), "{report:?}");
        assert_eq!(report.deletions.len(), deletions);
        assert!(
            report
                .deletions
                .iter()
                .all(|deletion| deletion.deleted_at.is_none())
        );
        assert!(!report.is_complete());
        let again = users.erase_users(EraseUsers::new(["ada", "bob"])).await.unwrap();
        assert_eq!(outcomes(&again), [("ada", NotFound), ("bob", NotFound)]);
    }
}

#[tokio::test]
async fn a_deletion_that_did_not_happen_is_not_called_one() {
    // The service refuses.
    let refused = |_: &Service, request: &RecordedRequest| {
        is(request, "delete_users")
            .then(|| Answer::new(400, r#"{"code":4,"message":"no such owner","StatusCode":400}"#))
    };
    // The answer is lost, and the work is not done.
    let lost = |_: &Service, request: &RecordedRequest| {
        is(request, "delete_users").then(|| Answer::error(TransportErrorKind::Interrupted))
    };
    // The task says so.
    let told = |_: &Service, request: &RecordedRequest| {
        let is_deletion = is(request, "get_task") && request.segments().last().unwrap() == "t-2";
        is_deletion.then(|| {
            let result = json!({"ada": {"status": "error", "error": "under a legal hold"}});
            Answer::json(200, json!({"task_id": "t-2", "status": "completed", "created_at": 1, "updated_at": 1, "result": result}))
        })
    };
    // It is said to have happened, and has not.
    let untrue = |service: &Service, request: &RecordedRequest| {
        is(request, "delete_users").then(|| service.start(json!({"ada": {"status": "ok"}})))
    };
    let faults: [(Fault, &str); 4] = [
        (Box::new(refused), "no such owner"),
        (Box::new(lost), "the connection ended"),
        (Box::new(told), "under a legal hold"),
        (Box::new(untrue), "still finds it"),
    ];
    for (fault, says) in faults {
        let stage = stage(&["ada"], fault);
        let users = stage.users::<Custom>();
        let report = users.erase_users(EraseUsers::new(["ada"])).await.unwrap();
        assert_eq!(outcomes(&report), [("ada", Failed)], "{says}");
        assert!(reason(&report, "ada").contains(says), "{report:?}");
    }
}

#[tokio::test]
async fn a_deletion_that_cannot_be_verified_says_so() {
    let stage = stage(&["ada"], |service, request| {
        let is_gone = service.users.lock().unwrap().is_empty();
        (is(request, "query_users") && is_gone).then(|| Answer::error(TransportErrorKind::Connect))
    });
    let users = stage.users::<Custom>();
    let report = users.erase_users(EraseUsers::new(["ada"])).await.unwrap();
    assert_eq!(outcomes(&report), [("ada", Unconfirmed)]);
    assert!(reason(&report, "ada").contains("could not be looked for"));
    assert!(report.deletions[0].deleted_at.is_some() && report.deletions[0].verified_at.is_none());
    assert!(report.stopped.is_some());
}

#[tokio::test]
async fn where_the_service_is_away_the_rest_is_not_tried_and_a_second_run_does_it() {
    let all: Vec<String> = (0..250).map(|n| format!("u{n:03}")).collect();
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    let away = Arc::new(Mutex::new(true));
    let stage = stage(&names, {
        let away = Arc::clone(&away);
        move |service, request| {
            // From the second group's second export on.
            let is_late = service.files.lock().unwrap().len() > 4;
            (*away.lock().unwrap() && is_late && is(request, "export_users")).then(|| Answer::new(503, ""))
        }
    });
    let users = stage.users::<Custom>();
    let report = users.erase_users(EraseUsers::new(all.clone())).await.unwrap();
    assert!(report.stopped.as_deref().unwrap().contains("503"), "{report:?}");
    let (done, rest) = report.users.split_at(100);
    assert!(done.iter().all(|user| user.outcome == Erased));
    assert!(rest.iter().all(|user| user.outcome == NotTried));
    assert_eq!(report.unfinished().count(), 150);

    *away.lock().unwrap() = false;
    let report = users.erase_users(EraseUsers::new(all)).await.unwrap();
    let (before, now) = report.users.split_at(100);
    assert!(before.iter().all(|user| user.outcome == NotFound));
    assert!(now.iter().all(|user| user.outcome == Erased));
    assert!(report.is_complete());
}

#[tokio::test]
async fn where_nothing_was_begun_it_is_an_error() {
    let stage = well(&["ada"]);
    let users: Users = stage.users();
    let error = users
        .erase_users(EraseUsers::new(["ada", "", ".."]).new_call_owner_id(""))
        .await
        .unwrap_err();
    let fields: Vec<_> = error
        .violations()
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields, ["user_ids[1]", "user_ids[2]", "new_call_owner_id"]);
    assert_eq!(stage.sent(), 0, "nobody is erased where a later id is wrong");

    let stage = Stage::new([Answer::new(401, r#"{"code":5,"message":"bad","StatusCode":401}"#)]);
    let users = stage.users::<Custom>();
    let error = users.erase_users(EraseUsers::new(["ada"])).await.unwrap_err();
    assert!(error.is_auth());

    let nobody = users
        .erase_users(EraseUsers::new(Vec::<String>::new()))
        .await
        .unwrap();
    assert!(nobody.users.is_empty() && nobody.is_complete());
    assert_eq!(error.kind(), ErrorKind::Api);
}
