//! Inputs that are not as they should be, and services that are not.

use serde_json::json;
use stream_users::bulk::{self, Row};
use stream_users::prelude::*;
use stream_users::sync::{Gone, SyncEnd, SyncError, SyncKind};
use stream_users_testing::{Answer, ScriptedTransport};

use super::{Stage, rows, run, try_run};

fn stage() -> Stage {
    Stage::new(["a", "b", "c", "d"].map(|id| json!({"id": id})))
}

fn named(ids: &[&str]) -> Vec<UserRequest> {
    ids.iter().map(|id| UserRequest::new(*id).name("New")).collect()
}

#[tokio::test]
async fn a_row_that_should_have_come_earlier_ends_it_and_is_named() {
    let stage = stage();
    let sync = stage.sync().gone(Gone::delete()).max_gone_share(1.0);
    let (report, _, end) = try_run(sync, rows(named(&["a", "c", "b"]))).await;
    let SyncEnd::Failed(error) = end else {
        panic!("{end:?}")
    };
    let said = error.to_string();
    for word in ["row 3", "\"b\"", "\"c\"", "row 2", "sort"] {
        assert!(said.contains(word), "{said}");
    }
    assert!(matches!(
        error,
        SyncError::NotSorted {
            number: 3,
            previous_number: 2,
            ..
        }
    ));
    assert_eq!(
        (report.deleted, report.gone),
        (0, 0),
        "nobody is known to be gone"
    );
    assert!(!stage.written().contains_key("delete_users"));
}

#[tokio::test]
async fn an_id_that_stands_twice_counts_once() {
    let stage = stage();
    let (report, changes) = run(stage.sync(), named(&["a", "b", "b", "c"])).await;
    assert_eq!((report.updated, report.rejected), (3, 1));
    let rejected = changes
        .iter()
        .find(|change| change.kind == SyncKind::Reject)
        .unwrap();
    assert_eq!(
        (rejected.number, rejected.id.as_ref().unwrap().as_str()),
        (Some(3), "b")
    );
    let said = rejected.error().unwrap().to_string();
    assert!(said.contains("row 2"), "{said}");
}

#[tokio::test]
async fn an_input_that_breaks_off_ends_it() {
    let stage = stage();
    let rows: Vec<Result<Row<UserRequest>, std::io::Error>> = vec![
        Ok(Row::new(1, UserRequest::new("a"))),
        Err(std::io::Error::other("the disk is gone")),
    ];
    let sync = stage.sync().gone(Gone::delete()).max_gone_share(1.0);
    let mut run = sync.users(bulk::iter(rows));
    while futures_util::StreamExt::next(&mut run).await.is_some() {}
    let Some(SyncEnd::Failed(error)) = run.end() else {
        panic!("{:?}", run.end())
    };
    assert!(error.to_string().contains("the disk is gone"), "{error}");
    assert!(stage.written().is_empty());
}

#[tokio::test]
async fn what_the_service_refuses_fails_alone() {
    let stage = stage();
    let wanted = ["a", "b", "new"].map(|id| {
        let role = if id == "b" { "nobody" } else { "user" };
        UserRequest::new(id).name("New").role(role)
    });
    let (report, changes) = run(stage.sync(), wanted).await;
    assert_eq!((report.updated, report.created, report.failed), (1, 1, 1));
    let failed = changes.iter().find(|change| change.error().is_some()).unwrap();
    assert_eq!(failed.id.as_ref().unwrap(), "b");
    let said = failed.error().unwrap().to_string();
    assert!(said.contains("nobody"), "the service's words: {said}");
}

/// A service that orders ids by letters: `a` before `B`.
#[tokio::test]
async fn a_service_of_another_order_is_no_reason_for_wrong_conclusions() {
    let user = |id: &str| json!({"id": id, "created_at": 1, "updated_at": 1});
    let page = json!({"users": [user("a"), user("B")], "duration": ""});
    let transport = ScriptedTransport::new([Answer::ok(&page)]);
    let client = Client::builder("key").server("secret").transport(transport);
    let users: Users = client.build().unwrap().users();
    let sync = UsersApiExt::sync(&users).gone(Gone::delete()).max_gone_share(1.0);
    let mut run = sync.users(bulk::iter(rows([UserRequest::new("a")])));
    while futures_util::StreamExt::next(&mut run).await.is_some() {}
    let Some(SyncEnd::Failed(error @ SyncError::ServiceOrder { .. })) = run.end() else {
        panic!("{:?}", run.end())
    };
    let said = error.to_string();
    assert!(said.contains("\"B\"") && said.contains("\"a\""), "{said}");
}

#[tokio::test]
async fn it_stops_when_told_to() {
    let stage = stage();
    let mut run = stage
        .sync()
        .gone(Gone::delete())
        .max_gone_share(1.0)
        .users(bulk::iter(rows(named(&["a"]))));
    run.stopper().stop();
    while futures_util::StreamExt::next(&mut run).await.is_some() {}
    assert!(matches!(run.end(), Some(SyncEnd::Stopped)));
    assert!(!stage.written().contains_key("delete_users"));
}

#[tokio::test]
async fn it_ends_where_more_fail_than_may() {
    let stage = stage();
    let wanted = ["a", "b"].map(|id| UserRequest::new(id).role("nobody"));
    let sync = stage.sync().gone(Gone::delete()).max_gone_share(1.0);
    let sync = sync.failure_budget(bulk::FailureBudget::new().count(1));
    let (report, _, end) = try_run(sync, rows(wanted)).await;
    assert!(matches!(end, SyncEnd::BudgetSpent), "{end:?}");
    assert_eq!((report.failed, report.deleted, report.gone_kept), (2, 0, 2));
}
