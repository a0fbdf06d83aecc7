//! The app's settings: what is answered, what is changed, what lasts.

use serde_json::{Value, json};
use stream_users_emulator::{Emulator, Error};

use crate::stream::{Answer, Stream};

fn update(stream: &Stream, settings: Value) -> Answer {
    stream.call("PATCH", "/api/v2/app", settings)
}

#[track_caller]
fn app(stream: &Stream, path: &str) -> Value {
    stream.get(path).ok(200)["app"].clone()
}

/// What typed clients cannot do without.
const REQUIRED: &[&str] = &[
    "allow_multi_user_devices",
    "async_url_enrich_enabled",
    "auto_translation_enabled",
    "call_types",
    "campaign_enabled",
    "cdn_expiration_seconds",
    "channel_configs",
    "custom_action_handler_url",
    "disable_auth_checks",
    "disable_permissions_checks",
    "enforce_unique_usernames",
    "event_hooks",
    "feed_audit_logs_enabled",
    "file_upload_config",
    "grants",
    "guest_user_creation_disabled",
    "id",
    "image_moderation_enabled",
    "image_upload_config",
    "max_aggregated_activities_length",
    "member_custom_on_mentioned_users_enabled",
    "member_custom_on_messages_enabled",
    "member_custom_on_typing_events_enabled",
    "moderation_audio_call_moderation_enabled",
    "moderation_enabled",
    "moderation_keyframe_video_enabled",
    "moderation_llm_configurability_enabled",
    "moderation_multitenant_blocklist_enabled",
    "moderation_video_call_moderation_enabled",
    "moderation_webhook_url",
    "multi_tenant_enabled",
    "name",
    "organization",
    "permission_version",
    "placement",
    "policies",
    "push_notifications",
    "reminders_interval",
    "sns_key",
    "sns_secret",
    "sns_topic_arn",
    "sqs_key",
    "sqs_secret",
    "sqs_url",
    "suspended",
    "suspended_explanation",
    "use_hook_v2",
    "user_response_time_enabled",
    "user_search_disallowed_roles",
    "webhook_events",
    "webhook_url",
];

#[test]
fn answers_everything_that_typed_clients_need() {
    let stream = Stream::new();
    for path in ["/api/v2/app", "/app"] {
        let app = app(&stream, path);
        for name in REQUIRED {
            assert!(!app[name].is_null(), "{name}");
        }
        assert_eq!(app["enforce_unique_usernames"], "no");
        assert_eq!(app["permission_version"], "v2");
        assert_eq!(app["multi_tenant_enabled"], false);
        assert_eq!(app["event_hooks"], json!([]));
        assert!(app.get("revoke_tokens_issued_before").is_none());
    }
}

#[test]
fn changes_what_is_sent_and_nothing_else() {
    let stream = Stream::new();
    assert_eq!(
        update(&stream, json!({})).ok(200).as_object().unwrap().len(),
        1,
        "the duration alone"
    );
    let before = app(&stream, "/api/v2/app");
    update(
        &stream,
        json!({ "multi_tenant_enabled": true, "webhook_url": "https://example.test", "disable_auth_checks": null }),
    )
    .ok(200);
    let mut expected = before;
    expected["multi_tenant_enabled"] = json!(true);
    expected["webhook_url"] = json!("https://example.test");
    assert_eq!(app(&stream, "/app"), expected);
}

#[test]
fn takes_the_whole_app_back() {
    let stream = Stream::new();
    let hook = json!({ "hook_type": "webhook", "webhook_url": "https://example.test" });
    update(
        &stream,
        json!({ "event_hooks": [hook], "revoke_tokens_issued_before": "2020-01-01T00:00:00Z" }),
    )
    .ok(200);
    for path in ["/api/v2/app", "/app"] {
        let mut before = app(&stream, path);
        stream.call("PATCH", path, before.clone()).ok(200);
        let mut after = app(&stream, path);
        for app in [&mut before, &mut after] {
            app["event_hooks"][0]
                .as_object_mut()
                .unwrap()
                .remove("updated_at");
        }
        assert_eq!(after, before);
    }
}

#[test]
fn keeps_what_it_does_not_know_as_it_was_sent() {
    let stream = Stream::new();
    let unknown = json!({ "apn_config": { "auth_type": "token" }, "a_new_one": [1, { "b": null }, 2.5] });
    update(&stream, unknown.clone()).ok(200);
    update(&stream, json!({ "a_new_one": null })).ok(200);
    let app = app(&stream, "/api/v2/app");
    assert_eq!(app["apn_config"], unknown["apn_config"]);
    assert_eq!(app["a_new_one"], unknown["a_new_one"]);
}

#[test]
fn writes_times_in_the_form_of_the_surface() {
    let stream = Stream::new();
    let second = 1_577_836_800_000_000_000_i64;
    for time in [
        json!("2020-01-01T00:00:00Z"),
        json!("2020-01-01T00:00:00"),
        json!(second),
    ] {
        update(&stream, json!({ "revoke_tokens_issued_before": time })).ok(200);
        assert_eq!(
            app(&stream, "/api/v2/app")["revoke_tokens_issued_before"],
            json!(second)
        );
        assert_eq!(
            app(&stream, "/app")["revoke_tokens_issued_before"],
            "2020-01-01T00:00:00Z"
        );
    }
    update(&stream, json!({ "revoke_tokens_issued_before": null })).ok(200);
    assert!(app(&stream, "/app").get("revoke_tokens_issued_before").is_none());
}

#[test]
fn gives_hooks_an_id_and_times() {
    let stream = Stream::new();
    let hooks = json!([
        { "hook_type": "webhook", "webhook_url": "https://example.test", "event_types": ["user.updated"] },
        { "hook_type": "sqs", "id": "mine", "created_at": "2020-01-01T00:00:00Z", "enabled": false },
    ]);
    update(&stream, json!({ "event_hooks": hooks })).ok(200);
    let answered = app(&stream, "/api/v2/app")["event_hooks"].clone();
    assert_eq!(answered[0]["event_types"], json!(["user.updated"]));
    assert_eq!(answered[0]["id"].as_str().unwrap().len(), 36);
    assert!(answered[0]["created_at"].is_i64() && answered[0]["updated_at"].is_i64());
    assert_eq!(answered[1]["id"], "mine");
    assert_eq!(answered[1]["created_at"], json!(1_577_836_800_000_000_000_i64));
    assert_eq!(
        app(&stream, "/app")["event_hooks"][1]["created_at"],
        "2020-01-01T00:00:00Z"
    );
    // The list is replaced as a whole.
    update(&stream, json!({ "event_hooks": [] })).ok(200);
    assert_eq!(app(&stream, "/app")["event_hooks"], json!([]));
}

#[test]
fn lays_grants_over_those_that_are_there() {
    let stream = Stream::new();
    let before = app(&stream, "/app")["grants"].clone();
    update(&stream, json!({ "grants": { "rockstar": ["create-call"] } })).ok(200);
    update(&stream, json!({ "grants": { "guest": [] } })).ok(200);
    let mut expected = before;
    expected["rockstar"] = json!(["create-call"]);
    expected["guest"] = json!([]);
    assert_eq!(app(&stream, "/app")["grants"], expected);
}

#[test]
fn refuses_values_that_a_setting_cannot_have() {
    let stream = Stream::new();
    for (settings, inner) in [
        (
            json!({ "enforce_unique_usernames": "foobar" }),
            "enforce_unique_usernames must be one of [no app team]",
        ),
        (
            json!({ "permission_version": "v3" }),
            "permission_version must be one of [v1 v2]",
        ),
        (
            json!({ "multi_tenant_enabled": "yes" }),
            "field `multi_tenant_enabled` contains type string. expecting boolean",
        ),
        (
            json!({ "revoke_tokens_issued_before": "soon" }),
            "field `revoke_tokens_issued_before` contains type string. expecting date",
        ),
        (
            json!({ "reminders_interval": 59 }),
            "reminders_interval must be 60 or greater",
        ),
        (
            json!({ "cdn_expiration_seconds": 1_209_601 }),
            "cdn_expiration_seconds must be 1209600 or less",
        ),
        (
            json!({ "user_search_disallowed_roles": vec!["r"; 11] }),
            "user_search_disallowed_roles must be 10 or less",
        ),
        (
            json!({ "event_hooks": [{ "hook_type": "pigeon" }] }),
            "event_hooks[0].hook_type must be one of [webhook sqs sns pending_message]",
        ),
        (
            json!({ "grants": { "user": "all" } }),
            "grants.user must be a list of permissions",
        ),
    ] {
        let answer = update(&stream, settings);
        let field = answer.body["exception_fields"].as_object().unwrap();
        assert_eq!(field.values().collect::<Vec<_>>(), [inner]);
        answer.fails(400, 4, &format!("UpdateApp failed with error: \"{inner}\""));
    }
    let deep = (0..100).fold(json!(1), |value, _| json!([value]));
    update(&stream, json!({ "deep": deep })).ok(200);
    let refused = update(&stream, json!({ "deep": [deep], "n\0": 1 }));
    assert_eq!(refused.body["exception_fields"].as_object().unwrap().len(), 2);
    assert_eq!(refused.status, 400);
    // All or nothing.
    update(
        &stream,
        json!({ "webhook_url": "https://example.test", "permission_version": "v3" }),
    );
    assert_eq!(app(&stream, "/app")["webhook_url"], "");
}

#[test]
fn shows_clients_what_they_need_and_lets_them_change_nothing() {
    let stream = Stream::new();
    update(&stream, json!({ "sqs_secret": "hush" })).ok(200);
    let answer = stream.call_as("ada", "GET", "/app", Value::Null).ok(200);
    let names: Vec<&String> = answer["app"].as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "async_url_enrich_enabled",
            "auto_translation_enabled",
            "file_upload_config",
            "id",
            "image_upload_config",
            "name",
            "placement"
        ]
    );
    stream.call_as("ada", "PATCH", "/app", json!({})).fails(
        403,
        17,
        "UpdateApp failed with error: \"this operation can only be called server side\"",
    );
}

#[test]
fn starts_with_the_settings_that_the_builder_names() {
    let builder = || Emulator::builder().app_setting("multi_tenant_enabled", true);
    let stream = Stream::with(builder());
    assert_eq!(app(&stream, "/app")["multi_tenant_enabled"], true);
    update(&stream, json!({ "multi_tenant_enabled": false })).ok(200);
    assert_eq!(app(&stream, "/app")["multi_tenant_enabled"], false);
    stream.0.reset().unwrap();
    assert_eq!(app(&stream, "/app")["multi_tenant_enabled"], true);
    let error = builder()
        .app_setting("permission_version", 3)
        .build()
        .unwrap_err();
    assert!(matches!(error, Error::AppSettings(_)));
    assert_eq!(
        error.to_string(),
        "the settings of the app are not valid: field `permission_version` contains type number. expecting string"
    );
}

#[test]
fn keeps_settings_and_roles_in_the_data_directory() {
    let directory = std::env::temp_dir().join(format!("stream-users-app-{}", std::process::id()));
    let open = || Stream::with(Emulator::builder().data_dir(&directory));
    let stream = open();
    update(&stream, json!({ "enforce_unique_usernames": "app" })).ok(200);
    stream.post("/roles", json!({ "name": "rockstar" })).ok(201);
    drop(stream);
    let stream = open();
    assert_eq!(app(&stream, "/app")["enforce_unique_usernames"], "app");
    stream.upsert([json!({ "id": "ada", "role": "rockstar" })]);
    drop(stream);
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn nothing_that_is_printed_shows_a_secret() {
    let builder = Emulator::builder()
        .api_secret("hush-1")
        .also_accept_secret("hush-2")
        .app_setting("sqs_secret", "hush-3")
        .app_setting("apn_config", json!({ "auth_key": "hush-4" }))
        .webhook("http://127.0.0.1:1/?token=hush-5");
    let mut settings = String::new();
    let builder = builder.settings(|of_builder| settings = format!("{of_builder:?}"));
    let printed = format!("{builder:#?} {settings} {:?}", builder.clone().build().unwrap());
    assert!(!printed.contains("hush"), "{printed}");
    for shown in ["sqs_secret", "apn_config", "clock_skew", "webhooks"] {
        assert!(printed.contains(shown), "{shown} in {printed}");
    }
}
