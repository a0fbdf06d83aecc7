//! What a row does not name is left alone, where that is asked for.

use serde_json::json;
use stream_users::prelude::*;
use stream_users::{PrivacySettings, sync::SyncKind};

use super::{Stage, run};

fn stage() -> Stage {
    Stage::new([json!({
        "id": "ada", "name": "Ada", "image": "https://x.test/a.png", "language": "en", "invisible": true,
        "privacy_settings": {"typing_indicators": {"enabled": false}},
        "custom": {"plan": "free", "theme": "dark", "address": {"city": "Paris", "zip": "75001"}},
    })])
}

fn custom(json: &serde_json::Value) -> Custom {
    Custom::from_serialize(json).unwrap()
}

#[tokio::test]
async fn only_what_is_named_is_compared_and_changed() {
    let stage = stage();
    let (report, _) = run(stage.sync().merge(), [UserRequest::new("ada")]).await;
    assert_eq!((report.unchanged, stage.written().len()), (1, 0));
    let wanted = UserRequest::new("ada")
        .custom(custom(&json!({"plan": "pro", "address": {"city": "Rome"}})))
        .privacy_settings(PrivacySettings::new().read_receipts(true));
    let (_, changes) = run(stage.sync().merge(), [wanted.clone()]).await;
    let patch = serde_json::to_value(changes[0].patch.as_ref().unwrap()).unwrap();
    assert_eq!(
        patch,
        json!({
            "id": "ada",
            "set": {
                "plan": "pro", "address.city": "Rome",
                "privacy_settings": {"read_receipts": {"enabled": true}},
            },
            "unset": ["address.zip"],
        })
    );
    let ada = &stage.state()["ada"];
    assert_eq!(
        (&ada["name"], &ada["custom"]["theme"], &ada["invisible"]),
        (&json!("Ada"), &json!("dark"), &json!(true))
    );
    let settings = json!({"typing_indicators": {"enabled": false}, "read_receipts": {"enabled": true}});
    assert_eq!(ada["privacy_settings"], settings);
    stage.written();
    run(stage.sync().merge(), [wanted]).await;
    assert!(stage.written().is_empty(), "a second run writes nothing");
}

#[tokio::test]
async fn what_no_patch_can_say_is_told_and_not_done() {
    let stage = stage();
    let wanted = || UserRequest::new("ada").custom(custom(&json!({"a.b": 1})));
    let (report, changes) = run(stage.sync().merge(), [wanted()]).await;
    assert_eq!((report.failed, stage.written().len()), (1, 0));
    let said = changes[0].error().unwrap().to_string();
    assert!(said.contains("a.b"), "{said}");
    // As a whole user, it is replaced.
    let (report, changes) = run(stage.sync(), [wanted()]).await;
    assert_eq!((report.updated, changes[0].kind), (1, SyncKind::Update));
    assert!(changes[0].patch.is_none() && stage.written().contains_key("upsert_users"));
}
