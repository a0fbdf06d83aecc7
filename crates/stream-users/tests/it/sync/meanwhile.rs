//! Users who come or change while a synchronization is at work.

use serde_json::json;
use stream_users::prelude::*;
use stream_users::sync::Gone;

use super::{Stage, run};

#[tokio::test]
async fn a_change_of_somebody_else_is_left_alone() {
    let stage = Stage::new([json!({"id": "ada", "name": "Ada", "custom": {"plan": "free"}})]);
    *stage.before_writing.lock().unwrap() =
        Some(json!({"users": [{"id": "ada", "name": "Ada", "custom": {"plan": "free", "seen": true}}]}));
    let wanted = UserRequest::new("ada")
        .name("Ada")
        .custom(Custom::from_iter([("plan", "pro")]));
    run(stage.sync(), [wanted]).await;
    assert_eq!(
        stage.state()["ada"]["custom"],
        json!({"plan": "pro", "seen": true})
    );
}

#[tokio::test]
async fn who_comes_while_others_are_written_is_not_gone() {
    let stage = Stage::new([json!({"id": "ada"})]);
    *stage.before_writing.lock().unwrap() = Some(json!({"users": [{"id": "zoe"}]}));
    let wanted = ["ada", "bob"].map(|id| UserRequest::new(id).name("New"));
    let sync = stage.sync().gone(Gone::delete()).max_gone_share(1.0);
    let (report, _) = run(sync, wanted).await;
    assert_eq!((report.gone, report.deleted), (0, 0));
    assert_eq!(stage.state()["zoe"]["id"], "zoe");
}

#[tokio::test]
async fn who_comes_after_the_pages_is_patched_and_not_replaced() {
    let stage = Stage::new([json!({"id": "ada"})]);
    let zoe = json!({"id": "zoe", "name": "Zoe", "custom": {"seen": true}});
    *stage.before_looking.lock().unwrap() = Some(json!({"users": [zoe]}));
    let wanted = UserRequest::new("zoe").custom(Custom::from_iter([("plan", "pro")]));
    let (report, _) = run(stage.sync().merge(), [wanted]).await;
    assert_eq!((report.created, report.updated, report.there), (0, 1, 2));
    assert_eq!(
        stage.written().keys().collect::<Vec<_>>(),
        [&"update_users_partial"]
    );
    let zoe = &stage.state()["zoe"];
    assert_eq!(zoe["custom"], json!({"seen": true, "plan": "pro"}));
    assert_eq!(zoe["name"], "Zoe");
}
