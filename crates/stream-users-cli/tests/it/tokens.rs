//! `token create`, `verify`, `revoke`.

use serde_json::json;

use crate::local::Local;

#[test]
fn a_token_is_printed_alone_and_verifies() {
    let local = Local::start();
    let ran = local
        .run(&[
            "token",
            "create",
            "ada",
            "--expires-in",
            "1h",
            "--role",
            "moderator",
            "--channel",
            "messaging:general",
            "--claim",
            "plan=pro",
        ])
        .exits(0);
    assert_eq!(ran.stderr, "");
    let token = ran.stdout.trim_end();
    assert_eq!(token.split('.').count(), 3);
    let ran = local.run_with(&["token", "verify"], &ran.stdout).exits(0);
    let claims = &ran.lines()[0];
    assert_eq!(claims["user_id"], "ada");
    assert_eq!(claims["role"], "moderator");
    assert_eq!(claims["channel_cids"], json!(["messaging:general"]));
    assert!(claims["expires_at"].is_string());
    local.run(&["token", "verify", token]).exits(0);
    let ran = local
        .run(&["token", "create", "ada", "--output", "json"])
        .exits(0);
    assert_eq!(ran.lines()[0]["user_id"], "ada");
    assert!(ran.stderr.contains("valid until it is revoked"), "{}", ran.stderr);
}

#[test]
fn a_token_that_is_not_valid_is_refused_and_never_shown() {
    let local = Local::start();
    let expired = [
        "token",
        "create",
        "ada",
        "--issued-at",
        "2020-01-01T00:00:00Z",
        "--expires-in",
        "1h",
    ];
    let token = local.run(&expired).exits(0).stdout;
    let ran = local
        .run_with(&["token", "verify"], &token)
        .exits(1)
        .says("has expired");
    assert!(!ran.stderr.contains(token.trim()));
    assert_eq!(ran.stdout, "");
    let mut foreign = local.command(&["token", "create", "ada"]);
    foreign.env("STREAM_API_SECRET", "another secret");
    let token = String::from_utf8(foreign.output().unwrap().stdout).unwrap();
    let ran = local
        .run_with(&["token", "verify"], &token)
        .exits(1)
        .says("signature");
    assert!(!ran.stderr.contains(token.trim()));
    local
        .run(&["token", "create", "ada", "--expires-in", "0s"])
        .exits(2);
    local
        .run(&["token", "create", "ada", "--claim", "server=true"])
        .exits(2)
        .says("server");
    local
        .run(&["token", "create", "ada", "--expires-in", "1 hour"])
        .exits(2)
        .says("15m");
}

#[test]
fn revoked_tokens_are_refused_until_it_is_undone() {
    let local = Local::start();
    local.seed(["ada", "bob"].map(|id| json!({"id": id})));
    let token = local
        .run(&["token", "create", "ada", "--expires-in", "1h"])
        .exits(0)
        .stdout;
    local.run_with(&["token", "verify", "--ask"], &token).exits(0);
    let ran = local.run(&["token", "revoke", "ada", "bob"]).exits(0);
    assert_eq!(ran.texts("status"), ["revoked", "revoked"]);
    local.run_with(&["token", "verify"], &token).exits(0);
    local
        .run_with(&["token", "verify", "--ask"], &token)
        .exits(1)
        .says("were revoked");
    let ran = local.run(&["token", "revoke", "ada", "--undo"]).exits(0);
    assert_eq!(ran.texts("status"), ["accepted again"]);
    local.run_with(&["token", "verify", "--ask"], &token).exits(0);
    let ran = local
        .run(&["token", "revoke", "ada", "nobody", "--dry-run"])
        .exits(3);
    assert_eq!(ran.texts("status"), ["would be revoked", "failed"]);
    local
        .run(&["token", "revoke", "ada", "--state", "x.journal"])
        .exits(2)
        .says("say the time: --before");
    let token = local.run(&["token", "create", "nobody"]).exits(0).stdout;
    local
        .run_with(&["token", "verify", "--ask"], &token)
        .exits(1)
        .says("there is no user");
}
