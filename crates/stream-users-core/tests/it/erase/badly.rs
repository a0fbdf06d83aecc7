//! Runs where something goes wrong: nothing is half done without saying so.

use std::sync::{Arc, Mutex};

use serde_json::json;
use stream_users_core::ErasureOutcome::{Erased, Failed, NotFound, NotTried, Unconfirmed};
use stream_users_core::{EraseUsers, ErrorKind, PollPolicy, TransportErrorKind, Users, UsersApiExt};
use stream_users_model::Custom;
use stream_users_testing::{Answer, RecordedRequest};

use super::{Fault, Service, count, failed_task, ids, is, outcomes, reason, stage, user, well, whole};
use crate::stage::{Stage, seconds};

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
        is(request, "read_export").then(|| whole(&line.to_string()))
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
        // It has neither a length nor a framing, so that its end may be that of the connection.
        (
            Answer::new(200, r#"{"type":"user","data":{"id":"ada"}}"#),
            "does not say how long",
        ),
    ] {
        let content = Mutex::new(Some(content));
        let stage = stage(&["ada"], move |_, request| {
            if !is(request, "read_export") {
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
    // The task did not delete everything, though the users had been marked as deleted before.
    let partly = |service: &Service, request: &RecordedRequest| {
        is(request, "delete_users").then(|| {
            let held = json!({"status": "error", "error": "under a legal hold"});
            let said = ids(request).into_iter().map(|id| {
                service.users.lock().unwrap().remove(&id);
                (id, held.clone())
            });
            service.start(said.collect::<serde_json::Map<_, _>>().into())
        })
    };
    let faults: [(Fault, &str, usize); 4] = [
        (Box::new(failing), "the worker is gone", 1),
        (Box::new(partly), "under a legal hold", 1),
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
        let has_ended = report
            .deletions
            .iter()
            .any(|deletion| deletion.deleted_at.is_some());
        assert_eq!(has_ended, says == "under a legal hold", "{report:?}");
        assert!(!report.is_complete());
        let again = users.erase_users(EraseUsers::new(["ada", "bob"])).await.unwrap();
        assert_eq!(outcomes(&again), [("ada", NotFound), ("bob", NotFound)]);
    }
}

#[tokio::test]
async fn a_deletion_that_may_go_on_is_not_said_to_have_failed() {
    // The task runs longer than it is waited for, and the users are still there.
    let endless = |service: &Service, request: &RecordedRequest| {
        let is_deletion = is(request, "get_task") && request.segments().last().unwrap() == "t-2";
        if is_deletion {
            return Some(service.state(request, "running"));
        }
        is(request, "delete_users").then(|| service.start(json!(null)))
    };
    // The answer is lost on its way, and nobody knows whether the work is done a moment later.
    let lost = |_: &Service, request: &RecordedRequest| {
        is(request, "delete_users").then(|| Answer::error(TransportErrorKind::Interrupted))
    };
    let faults: [(Fault, &str); 2] = [
        (Box::new(endless), "it is running"),
        (Box::new(lost), "the connection ended"),
    ];
    for (fault, says) in faults {
        let stage = stage(&["ada"], fault);
        let users = stage.users::<Custom>();
        let request = EraseUsers::new(["ada"]).poll_policy(PollPolicy::new().timeout(seconds(1)));
        let report = users.erase_users(request).await.unwrap();
        assert_eq!(outcomes(&report), [("ada", Unconfirmed)], "{says}");
        assert!(reason(&report, "ada").contains(says), "{report:?}");
    }
}

#[tokio::test]
async fn a_deletion_that_did_not_happen_is_not_called_one() {
    // The service refuses.
    let refused = |_: &Service, request: &RecordedRequest| {
        is(request, "delete_users")
            .then(|| Answer::new(400, r#"{"code":4,"message":"no such owner","StatusCode":400}"#))
    };
    // The task fails before it has done anything.
    let failed = |service: &Service, request: &RecordedRequest| {
        let is_deletion = is(request, "get_task") && request.segments().last().unwrap() == "t-2";
        if is_deletion {
            return Some(failed_task("the worker is gone"));
        }
        is(request, "delete_users").then(|| service.start(json!(null)))
    };
    // The task says so.
    let told = |service: &Service, request: &RecordedRequest| {
        let said = json!({"ada": {"status": "error", "error": "under a legal hold"}});
        is(request, "delete_users").then(|| service.start(said))
    };
    // It is said to have happened, and has not.
    let untrue = |service: &Service, request: &RecordedRequest| {
        is(request, "delete_users").then(|| service.start(json!({"ada": {"status": "ok"}})))
    };
    let faults: [(Fault, &str); 4] = [
        (Box::new(refused), "no such owner"),
        (Box::new(failed), "the worker is gone"),
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

    let heirs = EraseUsers::new(["ada", "bob"])
        .new_channel_owner_id("bob")
        .new_call_owner_id("ada");
    let error = users.erase_users(heirs).await.unwrap_err();
    let fields = error.violations().iter().map(|violation| &*violation.field);
    assert!(
        fields.eq(["new_channel_owner_id", "new_call_owner_id"]),
        "{error}"
    );
    assert_eq!(stage.sent(), 0, "what is somebody's must not go to those who go");

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
