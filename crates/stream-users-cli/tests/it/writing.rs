//! `upsert`, `patch`, `guest`.

use serde_json::{Value, json};

use crate::folder::Folder;
use crate::local::Local;

#[test]
fn a_user_is_made_of_options() {
    let local = Local::start();
    let ran = local
        .run(&[
            "upsert",
            "ada",
            "--name",
            "Ada",
            "--role",
            "admin",
            "--team",
            "red,blue",
            "--language",
            "en",
            "--custom-json",
            r#"{"plan":"free","since":2020}"#,
            "--custom",
            "plan=pro",
            "--custom",
            "seats=3",
            "--custom",
            "code=007",
        ])
        .exits(0);
    let user = &ran.lines()[0];
    assert_eq!(user["name"], "Ada");
    assert_eq!(user["teams"], json!(["red", "blue"]));
    assert_eq!(
        user["custom"],
        json!({"plan": "pro", "since": 2020, "seats": 3, "code": "007"})
    );
    local
        .run(&["upsert", "ada", "--custom-json", "{plan:pro}"])
        .exits(2)
        .says("--custom-json is not JSON");
    local
        .run(&["upsert", "ada", "--custom", "plan"])
        .exits(2)
        .says("NAME=VALUE");
    local.run(&["upsert"]).exits(2);
    local
        .run(&["upsert", "bob", "--role", "emperor"])
        .exits(1)
        .says("emperor");
}

#[test]
fn a_dry_run_says_what_would_be_and_changes_nothing() {
    let local = Local::start();
    local.seed([
        json!({"id": "ada", "name": "Ada"}),
        json!({"id": "bob", "deactivated_at": "2026-01-01T00:00:00Z"}),
    ]);
    let input = "{\"id\":\"ada\"}\n{\"id\":\"new\"}\n{\"id\":\"bob\"}\nnonsense\n";
    let ran = local
        .run_with(
            &["upsert", "--file", "-", "--format", "ndjson", "--dry-run"],
            input,
        )
        .exits(3)
        .says("nothing was changed");
    assert_eq!(
        ran.texts("status"),
        ["would be replaced", "would be created", "failed", "failed"]
    );
    assert_eq!(ran.lines()[3]["line"], 4);
    let ran = local.run(&["upsert", "new", "--dry-run"]).exits(0);
    assert_eq!(ran.texts("status"), ["would be created"]);
    let ran = local.run(&["patch", "new", "--set", "a=1", "--dry-run"]).exits(3);
    assert_eq!(ran.texts("status"), ["failed"]);
    assert_eq!(
        local.requests("upsert_users") + local.requests("update_users_partial"),
        0
    );
}

#[test]
fn users_of_a_file_are_upserted_and_bad_ones_named() {
    let local = Local::start();
    let input = "{\"id\":\"ada\",\"custom\":{\"plan\":\"pro\"}}\n{\"id\":\"bob\",\"role\":\"emperor\"}\n{\"id\":\"eve\"}\n";
    let ran = local
        .run_with(&["upsert", "--file", "-"], input)
        .exits(3)
        .says("line 2, bob: ")
        .says("2 users upserted, 1 failed");
    let mut lines = ran.lines();
    lines.sort_by_key(|line| line["line"].as_u64());
    assert_eq!(lines[0], json!({"id": "ada", "status": "upserted", "line": 1}));
    assert_eq!(lines[1]["status"], "failed");
    assert!(lines[1]["reason"].as_str().unwrap().contains("emperor"));
    assert_eq!(local.stored("ada", "custom"), json!({"plan": "pro"}));
    assert_eq!(local.stored("bob", "id"), Value::Null);
}

#[test]
fn fields_are_set_and_unset() {
    let local = Local::start();
    local.seed([
        json!({"id": "ada", "name": "Ada", "custom": {"plan": "free", "old": 1, "address": {"zip": "1"}}}),
    ]);
    let ran = local
        .run(&[
            "patch",
            "ada",
            "--set",
            "name=42",
            "--set",
            "custom.plan=pro",
            "--set",
            "address.city=London",
            "--unset",
            "custom.old",
        ])
        .exits(0);
    let user = &ran.lines()[0];
    assert_eq!(user["name"], "42");
    assert_eq!(
        user["custom"],
        json!({"plan": "pro", "address": {"zip": "1", "city": "London"}})
    );
    local
        .run(&["patch", "ada"])
        .exits(2)
        .says("nothing would be changed");
    local
        .run(&["patch", "ada", "--set", "online=true"])
        .exits(1)
        .says("online");
}

#[test]
fn patches_come_from_a_file() {
    let local = Local::start();
    local.seed(["ada", "bob"].map(|id| json!({"id": id, "image": "x"})));
    let folder = Folder::new("patches");
    let file = folder.write(
        "patches.ndjson",
        "{\"id\":\"ada\",\"set\":{\"plan\":\"pro\"},\"unset\":[\"image\"]}\n{\"id\":\"nobody\",\"set\":{\"plan\":\"pro\"}}\n",
    );
    let ran = local
        .run(&["patch", "--file", file.to_str().unwrap()])
        .exits(3)
        .says("nobody");
    assert_eq!(ran.lines().len(), 2);
    assert_eq!(local.stored("ada", "custom"), json!({"plan": "pro"}));
    let columns = folder.write("plans.csv", "id,plan\nada,free\nbob,free\n");
    local
        .run(&["patch", "--file", columns.to_str().unwrap()])
        .exits(0);
    assert_eq!(local.stored("bob", "custom"), json!({"plan": "free"}));
}

#[test]
fn a_guest_comes_with_a_token_on_standard_output_alone() {
    let local = Local::start();
    let ran = local
        .run(&["guest", "visitor", "--name", "Ada", "--custom", "page=3"])
        .exits(0);
    let guest = &ran.lines()[0];
    assert_eq!(guest["user"]["role"], "guest");
    assert_eq!(guest["user"]["custom"], json!({"page": 3}));
    let token = guest["access_token"].as_str().unwrap();
    assert_eq!(token.split('.').count(), 3);
    assert!(!ran.stderr.contains(token));
    let first = local.run(&["guest"]).exits(0).lines().remove(0);
    let second = local.run(&["guest"]).exits(0).lines().remove(0);
    assert_ne!(first["user"]["id"], second["user"]["id"]);
    let ran = local.run(&["guest", "--output", "table"]).exits(0);
    assert!(ran.stdout.contains("access_token"), "{}", ran.stdout);
    assert!(
        ran.stdout
            .split_whitespace()
            .any(|word| word.split('.').count() == 3)
    );
}
