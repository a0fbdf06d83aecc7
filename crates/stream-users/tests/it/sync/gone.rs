//! Who is gone, and what must be so that they are touched.

use serde_json::{Value, json};
use stream_users::bulk::{Rejected, Row};
use stream_users::prelude::*;
use stream_users::sync::{Gone, GoneGuard, SyncEnd, SyncKind};

use super::{Stage, rows, run, try_run};

fn users(ids: impl IntoIterator<Item = u32>) -> Vec<UserRequest> {
    ids.into_iter()
        .map(|n| UserRequest::new(format!("u{n:02}")))
        .collect()
}

/// 20 users, `u00` to `u19`.
fn stage() -> Stage {
    Stage::new((0..20).map(|n| json!({"id": format!("u{n:02}")})))
}

#[tokio::test]
async fn by_default_nobody_is_touched() {
    let stage = stage();
    let (report, changes) = run(stage.sync(), users(0..19)).await;
    assert!(changes.is_empty() && stage.written().is_empty());
    assert_eq!((report.gone, report.gone_kept, report.guard), (1, 1, None));
}

#[tokio::test]
async fn a_share_that_is_allowed_is_touched_and_a_larger_one_is_not() {
    let stage = stage();
    let before = stage.state();
    // 3 of 20 is above a tenth. The one that is new is written all the same.
    let wanted = users((0..17).chain([99]));
    let (report, changes) = run(stage.sync().gone(Gone::delete()), wanted).await;
    assert_eq!(
        report.guard,
        Some(guard(
            &json!({"reason": "share", "gone": 3, "of": 20, "max": 0.1})
        ))
    );
    assert_eq!((report.gone, report.gone_kept, report.deleted), (3, 3, 0));
    assert_eq!((changes.len(), changes[0].kind), (1, SyncKind::Create));
    assert_eq!(stage.written().keys().collect::<Vec<_>>(), [&"upsert_users"]);
    assert_eq!(stage.state().len(), before.len() + 1);

    // 2 of 20 are a tenth, for who is new is not on the service yet when that is judged.
    let stage = self::stage();
    let (report, _) = run(stage.sync().gone(Gone::delete()), users((0..18).chain([98]))).await;
    assert_eq!((report.guard, report.deleted, report.gone_kept), (None, 2, 0));
    assert_eq!(stage.written()["delete_users"], ["u18", "u19"]);
    assert_eq!(stage.state()["u18"], "soft");
}

/// A guard as it is written, for it cannot be made.
fn guard(json: &Value) -> GoneGuard {
    serde_json::from_value(json.clone()).unwrap()
}

#[tokio::test]
async fn an_empty_input_empties_nothing() {
    let stage = stage();
    let sync = stage.sync().gone(Gone::hard_delete()).max_gone_share(0.99);
    let (report, changes) = run(sync, []).await;
    assert!(changes.is_empty() && stage.written().is_empty());
    assert!(
        matches!(report.guard, Some(GoneGuard::Share { .. })),
        "{report:?}"
    );
    let said = report.guard.unwrap().to_string();
    assert!(said.contains("20 of 20") && said.contains("99%"), "{said}");
}

#[tokio::test]
async fn more_than_are_held_are_not_touched() {
    let stage = stage();
    let sync = || stage.sync().gone(Gone::deactivate()).max_gone_share(1.0);
    let (report, _) = run(sync().max_gone(4), users(0..15)).await;
    assert!(
        matches!(report.guard, Some(GoneGuard::TooMany { max: 4, .. })),
        "{report:?}"
    );
    assert_eq!((report.gone, report.gone_kept), (5, 5));
    assert!(stage.written().is_empty());
    let (report, _) = run(sync().max_gone(5), users(0..15)).await;
    assert_eq!((report.guard, report.deactivated), (None, 5));
}

#[tokio::test]
async fn protected_users_are_no_part_of_it() {
    let roles = [("g", "guest"), ("m", "moderator"), ("r", "admin")];
    let roles = roles.map(|(id, role)| json!({"id": id, "role": role}));
    let stage = Stage::new((0..20).map(|n| json!({"id": format!("u{n:02}")})).chain(roles));
    let sync = || stage.sync().gone(Gone::deactivate());
    let (report, changes) = run(sync().protect(["u19"]), users(0..19)).await;
    assert_eq!((report.protected, report.gone, report.deactivated), (3, 1, 1));
    assert_eq!(changes[0].id.as_ref().unwrap(), "m");
    // Who is deactivated is gone already, and is not looked at again.
    let (report, changes) = run(sync().protect(["u19"]).max_gone_share(0.0), users(0..19)).await;
    assert!(
        changes.is_empty() && report.guard.is_none() && report.gone == 0,
        "{report:?}"
    );
    let no_roles: [&str; 0] = [];
    let (report, _) = run(sync().max_gone_share(0.5).protect_roles(no_roles), users(0..20)).await;
    assert_eq!(report.deactivated, 2);
}

#[tokio::test]
async fn users_outside_of_the_scope_are_neither_changed_nor_gone_nor_new() {
    let stage = Stage::new([
        json!({"id": "a", "role": "moderator", "name": "A"}),
        json!({"id": "b", "role": "moderator", "name": "B"}),
        json!({"id": "c", "name": "C"}),
        json!({"id": "d", "name": "D"}),
    ]);
    let sync = || {
        stage
            .sync()
            .scope(field::role().eq("user"))
            .gone(Gone::deactivate())
            .max_gone_share(1.0)
    };
    let wanted = || ["a", "c", "e"].map(|id| UserRequest::new(id).name("New"));
    let (report, changes) = run(sync(), wanted()).await;
    assert_eq!(
        (
            report.there,
            report.left_out_of_scope,
            report.updated,
            report.created
        ),
        (2, 1, 1, 1)
    );
    assert_eq!(report.deactivated, 1);
    let left = changes
        .iter()
        .find(|change| change.kind == SyncKind::LeaveOutOfScope);
    assert_eq!(left.unwrap().id.as_ref().unwrap(), "a");
    let after = stage.state();
    assert_eq!(
        (&after["a"]["name"], &after["b"]["name"]),
        (&json!("A"), &json!("B"))
    );
    stage.written();
    let (report, _) = run(sync(), wanted()).await;
    assert!(stage.written().is_empty() && report.changed() == 0, "{report:?}");
}

/// Who stands in a row that cannot be read is not gone.
#[tokio::test]
async fn rows_that_cannot_be_used_keep_those_they_may_be_about() {
    let stage = stage();
    let sync = || stage.sync().gone(Gone::deactivate());
    let mut wanted = rows(users(0..18));
    wanted.push(Row::rejected(19, Rejected::new("too large").id("u18")));
    let (report, changes, end) = try_run(sync(), wanted.clone()).await;
    assert!(matches!(end, SyncEnd::Complete));
    assert_eq!((report.rejected, report.gone, report.deactivated), (1, 1, 1));
    assert_eq!(stage.written()["deactivate_users"], ["u19"], "{changes:?}");

    let stage = self::stage();
    let sync = || stage.sync().gone(Gone::deactivate());
    // It names somebody whom the pages have passed already, and another row names nobody.
    wanted.push(Row::rejected(20, Rejected::new("invalid JSON")));
    let (report, _, _) = try_run(sync(), wanted.clone()).await;
    assert!(
        matches!(report.guard, Some(GoneGuard::Rejected { rows: 1, .. })),
        "{report:?}"
    );
    assert!(stage.written().is_empty());
    let (report, _, _) = try_run(sync().gone_despite_rejected(true), wanted).await;
    assert_eq!((report.guard, report.deactivated), (None, 1));
    assert_eq!(stage.written()["deactivate_users"], ["u19"]);
}
