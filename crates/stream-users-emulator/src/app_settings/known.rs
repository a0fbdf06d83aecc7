//! The settings that the service knows: what each takes and what it is by default.

use serde_json::{Map, Value, json};

/// What a setting takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Flag,
    Text,
    OneOf(&'static [&'static str]),
    /// A whole number between two bounds.
    Number(i64, i64),
    /// A list of at most so many strings.
    Texts(usize),
    /// An object; what it says is laid over what the setting was, key by key.
    Map,
    /// A time; null is none.
    Time,
    /// A list of hooks, each an object.
    Hooks,
    /// From roles to lists of permissions.
    Grants,
}

use Kind::{Flag, Grants, Hooks, Map as Object, Number, OneOf, Text, Texts, Time};

/// The settings that can be changed.
pub(super) const KNOWN: [(&str, Kind); 47] = [
    ("allowed_flag_reasons", Texts(usize::MAX)),
    ("async_url_enrich_enabled", Flag),
    ("auto_translation_enabled", Flag),
    ("before_message_send_hook_attempt_timeout_ms", Number(0, i64::MAX)),
    ("before_message_send_hook_url", Text),
    ("cdn_expiration_seconds", Number(14_400, 1_209_600)),
    ("channel_hide_members_only", Flag),
    ("custom_action_handler_url", Text),
    ("disable_auth_checks", Flag),
    ("disable_permissions_checks", Flag),
    ("enable_hook_payload_compression", Flag),
    ("enforce_unique_usernames", OneOf(&["no", "app", "team"])),
    ("event_hooks", Hooks),
    ("feed_audit_logs_enabled", Flag),
    ("feeds_moderation_enabled", Flag),
    ("file_upload_config", Object),
    ("grants", Grants),
    ("guest_user_creation_disabled", Flag),
    ("image_moderation_block_labels", Texts(usize::MAX)),
    ("image_moderation_enabled", Flag),
    ("image_moderation_labels", Texts(usize::MAX)),
    ("image_upload_config", Object),
    ("max_aggregated_activities_length", Number(0, i64::MAX)),
    ("member_custom_on_mentioned_users_enabled", Flag),
    ("member_custom_on_messages_enabled", Flag),
    ("member_custom_on_typing_events_enabled", Flag),
    ("moderation_analytics_enabled", Flag),
    ("moderation_enabled", Flag),
    ("moderation_onboarding_complete", Flag),
    ("moderation_webhook_url", Text),
    ("multi_tenant_enabled", Flag),
    ("permission_version", OneOf(&["v1", "v2"])),
    ("push_config", Object),
    ("reminders_interval", Number(60, 86_400)),
    ("reminders_max_members", Number(2, i64::MAX)),
    ("reminders_max_per_user", Number(1, 100_000)),
    ("revoke_tokens_issued_before", Time),
    ("sns_key", Text),
    ("sns_secret", Text),
    ("sns_topic_arn", Text),
    ("sqs_key", Text),
    ("sqs_secret", Text),
    ("sqs_url", Text),
    ("user_response_time_enabled", Flag),
    ("user_search_disallowed_roles", Texts(10)),
    ("webhook_events", Texts(usize::MAX)),
    ("webhook_url", Text),
];

/// Every setting that is always answered, with the value that it has unless it is changed.
pub(super) fn defaults() -> Map<String, Value> {
    let uploads = json!({
        "allowed_file_extensions": [],
        "allowed_mime_types": [],
        "blocked_file_extensions": [],
        "blocked_mime_types": [],
        "size_limit": 0,
    });
    let mut map = Map::new();
    let mut add = |names: &[&str], value: Value| {
        map.extend(names.iter().map(|name| ((*name).to_owned(), value.clone())));
    };
    add(&["id"], json!(1));
    add(&["name"], json!("emulator"));
    add(&["organization"], json!("stream-users-emulator"));
    add(&["placement"], json!("local"));
    add(&["enforce_unique_usernames"], json!("no"));
    add(&["permission_version"], json!("v2"));
    add(&["reminders_interval"], json!(3_600));
    add(&["cdn_expiration_seconds"], json!(1_209_600));
    add(&["max_aggregated_activities_length"], json!(15));
    add(&["file_upload_config", "image_upload_config"], uploads);
    add(&["call_types", "channel_configs", "policies"], json!({}));
    add(
        &["event_hooks", "user_search_disallowed_roles", "webhook_events"],
        json!([]),
    );
    add(&TEXTS, json!(""));
    add(&FLAGS, json!(false));
    add(&["async_url_enrich_enabled", "use_hook_v2"], json!(true));
    add(
        &["push_notifications"],
        json!({
            "version": "v2",
            "offline_only": false,
            "apn": { "enabled": false, "development": false },
            "firebase": { "enabled": false },
            "huawei": { "enabled": false },
            "xiaomi": { "enabled": false },
        }),
    );
    let grants = ROLES
        .iter()
        .map(|(role, granted)| ((*role).to_owned(), json!(granted)));
    add(&["grants"], Value::Object(grants.collect()));
    map
}

const TEXTS: [&str; 10] = [
    "custom_action_handler_url",
    "moderation_webhook_url",
    "sns_key",
    "sns_secret",
    "sns_topic_arn",
    "sqs_key",
    "sqs_secret",
    "sqs_url",
    "suspended_explanation",
    "webhook_url",
];

const FLAGS: [&str; 20] = [
    "allow_multi_user_devices",
    "auto_translation_enabled",
    "campaign_enabled",
    "disable_auth_checks",
    "disable_permissions_checks",
    "feed_audit_logs_enabled",
    "guest_user_creation_disabled",
    "image_moderation_enabled",
    "member_custom_on_mentioned_users_enabled",
    "member_custom_on_messages_enabled",
    "member_custom_on_typing_events_enabled",
    "moderation_audio_call_moderation_enabled",
    "moderation_enabled",
    "moderation_keyframe_video_enabled",
    "moderation_llm_configurability_enabled",
    "moderation_multitenant_blocklist_enabled",
    "moderation_video_call_moderation_enabled",
    "multi_tenant_enabled",
    "suspended",
    "user_response_time_enabled",
];

/// What the built-in roles may do in the app, by default.
const ROLES: [(&str, &[&str]); 5] = [
    ("admin", MODERATOR),
    ("anonymous", &["search-user"]),
    ("guest", USER),
    ("moderator", MODERATOR),
    ("user", USER),
];

const USER: &[&str] = &["flag-user", "mute-user", "search-user", "update-user-owner"];
const MODERATOR: &[&str] = &[
    "ban-user",
    "flag-user",
    "mute-user",
    "read-flag-reports",
    "search-user",
    "update-flag-report",
    "update-user-owner",
];

/// What a built-in role may do by default.
pub(super) fn grants(role: &str) -> Option<&'static [&'static str]> {
    ROLES
        .iter()
        .find(|(name, _)| *name == role)
        .map(|(_, granted)| *granted)
}
