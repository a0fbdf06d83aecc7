//! Makes lines of a script from the table of operations: for each field that the table names, a value that it could
//! have, and now and then one that it could not.

use fastrand::Rng;
use serde_json::{Map, Value, json};
use stream_users_model::operation::{ALL, Operation};

use crate::client;
use crate::vocabulary::{FIELDS, FILTERED, IDS, OPERATORS, pick, value};

/// What is there besides the operations of the table, with the names of what is sent: what official clients call and
/// ours does not, and the emulator's own endpoints. What an emulator does not have, it answers with 404.
const OTHERS: &[(&str, &str, &[&str])] = &[
    (
        "DELETE",
        "/users/ada?hard_delete=true&mark_messages_deleted=true",
        &[],
    ),
    ("DELETE", "/users/bob?delete_conversation_channels=true", &[]),
    ("GET", "/hi", &[]),
    ("GET", "/connect", &[]),
    (
        "GET",
        "/longpoll?json={\"user_id\":\"ada\",\"user_details\":{\"id\":\"ada\",\"k\":1}}",
        &[],
    ),
    (
        "GET",
        "/api/v2/longpoll?json={\"user_details\":{\"id\":\"bob\",\"custom\":{\"k\":1}}}",
        &[],
    ),
    ("GET", "/api/v2/longpoll?connection_id=x", &[]),
    ("GET", "/_emulator/connections", &[]),
    (
        "POST",
        "/_emulator/connections",
        &["cut", "code", "reason", "user_id", "connection_id"],
    ),
    ("POST", "/api/v2/chat/sync", &["channel_cids", "last_sync_at"]),
    ("GET", "/api/v2/devices?user_id=ada", &[]),
    (
        "POST",
        "/api/v2/devices",
        &["id", "push_provider", "push_provider_name", "user_id", "user"],
    ),
    ("DELETE", "/api/v2/devices?id=phone&user_id=ada", &[]),
    ("GET", "/api/v2/app", &[]),
    ("PATCH", "/api/v2/app", SETTINGS),
    ("POST", "/api/v2/chat/users/ada/event", &["event"]),
    (
        "POST",
        "/api/v2/moderation/ban",
        &[
            "target_user_id",
            "user_id",
            "timeout",
            "shadow",
            "delete_messages",
            "reason",
        ],
    ),
    (
        "POST",
        "/api/v2/moderation/unban?target_user_id=ada",
        &["unbanned_by_id"],
    ),
    ("DELETE", "/moderation/ban?target_user_id=bob", &[]),
    (
        "POST",
        "/api/v2/moderation/mute",
        &["target_ids", "user_id", "timeout"],
    ),
    (
        "POST",
        "/api/v2/moderation/unmute",
        &["target_ids", "target_id", "user_id"],
    ),
    ("POST", "/api/v2/roles", &["name"]),
    ("GET", "/api/v2/roles", &[]),
    ("DELETE", "/api/v2/roles/speaker", &[]),
    ("GET", "{export}", &[]),
    ("POST", "/_emulator/seed", &[]),
    ("POST", "/_emulator/seed", &[]),
    ("GET", "/_emulator/state", &[]),
    ("GET", "/_emulator/requests", &[]),
    ("GET", "/_emulator/events", &[]),
    ("GET", "/_emulator/usage", &[]),
    ("GET", "/_emulator/clock", &[]),
    ("POST", "/_emulator/clock", &[]),
    ("POST", "/_emulator/faults", &[]),
    ("GET", "/_emulator/faults", &[]),
    ("DELETE", "/_emulator/faults", &[]),
    ("GET", "/_emulator/rate_limits", &[]),
    (
        "POST",
        "/_emulator/rate_limits",
        &["mode", "quotas", "per_second"],
    ),
    ("POST", "/_emulator/reset", &[]),
    ("HEAD", "/api/v2/users", &[]),
    ("PUT", "/api/v2/users", &["users"]),
];

/// Settings of the app that change how users are treated.
const SETTINGS: &[&str] = &[
    "disable_auth_checks",
    "disable_permissions_checks",
    "enforce_unique_usernames",
    "event_hooks",
    "grants",
    "guest_user_creation_disabled",
    "multi_tenant_enabled",
    "permission_version",
    "revoke_tokens_issued_before",
    "user_response_time_enabled",
    "user_search_disallowed_roles",
    "webhook_url",
];

/// A line of a script.
pub(crate) fn line(rng: &mut Rng) -> String {
    match rng.u8(..16) {
        0 => format!(
            "advance {}",
            [0, 1, 31, 61, 3_600, 90_000_000, u64::MAX][rng.usize(..7)]
        ),
        1 => "check".to_owned(),
        2 => {
            let (method, target, named) = OTHERS[rng.usize(..OTHERS.len())];
            let target = surface(rng, target);
            let body = match (method, target.as_str()) {
                (_, "/_emulator/seed") => seed(rng),
                ("POST", "/_emulator/faults") => fault(rng),
                ("POST", "/_emulator/clock") => {
                    let moves = [
                        r#"{"advance":"90s"}"#,
                        r#"{"advance_ms":1}"#,
                        r#"{"set":"2100-01-01T00:00:00Z"}"#,
                        r#"{"freeze":true}"#,
                        r#"{"freeze":false}"#,
                    ];
                    pick(rng, &moves).to_owned()
                }
                _ if named.is_empty() => return format!("{} {method} {target}", sender(rng)),
                _ => {
                    let named: Vec<(&str, bool)> = named.iter().map(|name| (*name, false)).collect();
                    fields(rng, &named)
                }
            };
            format!("{} {method} {target} {body}", sender(rng))
        }
        _ => operation(rng),
    }
}

/// Who sends: the server, more often than not.
pub(crate) fn sender(rng: &mut Rng) -> String {
    match rng.u8(..12) {
        0..=2 => format!("user:{}", pick(rng, IDS).replace(' ', "_")),
        3 => "anonymous".to_owned(),
        4 => "nobody".to_owned(),
        5 => "guest".to_owned(),
        _ => "server".to_owned(),
    }
}

/// A path on the surface that it is on, or on the older one.
fn surface(rng: &mut Rng, target: &str) -> String {
    match target.strip_prefix("/api/v2") {
        Some(tail) if rng.u8(..4) == 0 => tail.strip_prefix("/chat").unwrap_or(tail).to_owned(),
        _ => target.to_owned(),
    }
}

fn operation(rng: &mut Rng) -> String {
    let operation = &ALL[rng.usize(..ALL.len())];
    let mut target = operation
        .path
        .replace("{user_id}", &encoded(pick(rng, IDS)))
        .replace("{id}", "{task}");
    target = surface(rng, &target);
    let mut joint = '?';
    for name in operation.query {
        if Some(*name) != operation.json_query && rng.u8(..4) == 0 {
            continue;
        }
        let text = match *name {
            name if Some(name) == operation.json_query => fields(rng, operation.fields),
            "user_id" => pick(rng, IDS).to_owned(),
            "endpoints" => "QueryUsers,GetTask".to_owned(),
            _ => "true".to_owned(),
        };
        target.push(joint);
        target.push_str(name);
        target.push('=');
        target.push_str(&encoded(&text));
        joint = '&';
    }
    let head = format!("{} {} {target}", sender(rng), operation.method.as_str());
    if operation.body {
        format!("{head} {}", body(rng, operation))
    } else {
        head
    }
}

fn body(rng: &mut Rng, operation: &Operation) -> String {
    match operation.name {
        "upsert_users" => json!({ "users": users(rng) }).to_string(),
        "update_users_partial" => {
            let count = rng.usize(1..4);
            let users: Vec<Value> = (0..count).map(|_| patch(rng)).collect();
            json!({ "users": users }).to_string()
        }
        _ => fields(rng, operation.fields),
    }
}

/// A document with these fields, each with whether it must be there.
fn fields(rng: &mut Rng, named: &[(&str, bool)]) -> String {
    let mut map = Map::new();
    for (name, required) in named {
        if *required || rng.bool() {
            map.insert((*name).to_owned(), field(rng, name));
        }
    }
    if rng.u8(..8) == 0 {
        map.insert(pick(rng, FIELDS).to_owned(), value(rng));
    }
    Value::Object(map).to_string()
}

/// A value that a field of this name could have.
fn field(rng: &mut Rng, name: &str) -> Value {
    if rng.u8(..16) == 0 {
        return value(rng);
    }
    match name {
        "user_ids" | "target_ids" => (0..rng.usize(1..4)).map(|_| json!(pick(rng, IDS))).collect(),
        "user" if rng.bool() => user(rng),
        "user" | "messages" | "conversations" | "calls" => json!(pick(rng, &["soft", "pruning", "hard", ""])),
        name if name.ends_with("_id") => json!(pick(rng, IDS)),
        "filter_conditions" => filter(rng, 3),
        "sort" => json!([{ "field": pick(rng, FILTERED), "direction": rng.choice([1, -1]) }]),
        "limit" | "offset" => json!(rng.choice([0, 1, 2, 100, 1_000, 1_001, -1])),
        "enforce_unique_usernames" => json!(pick(rng, &["no", "app", "team"])),
        "mode" => json!(pick(rng, &["off", "documented"])),
        "quotas" => json!({ ALL[rng.usize(..ALL.len())].id: rng.choice([0, 1, 2]) }),
        "permission_version" => json!(pick(rng, &["v1", "v2"])),
        "grants" => json!({ pick(rng, &["user", "guest", "speaker"]): [pick(rng, &["update-user", "x"])] }),
        "user_search_disallowed_roles" => json!([pick(rng, &["user", "guest"])]),
        "event_hooks" => {
            json!([{ "hook_type": "webhook", "webhook_url": "http://127.0.0.1:1/", "enabled": true }])
        }
        "webhook_url" => json!("http://127.0.0.1:1/"),
        "channel_cids" => json!(["messaging:general"]),
        "timeout" => json!(rng.choice([0, 1, 60, -1, i64::MAX])),
        "push_provider" => json!(pick(rng, &["apn", "firebase", "x"])),
        "event" => json!({ "type": pick(rng, &["knock", "a.b", ""]), "k": value(rng) }),
        "name" | "id" => json!(pick(rng, IDS)),
        "latitude" | "longitude" => json!(rng.choice([0.0, 90.0, -180.0, 180.5, 1e300])),
        "end_at" | "last_sync_at" | "revoke_tokens_issued_before" => {
            json!(pick(rng, &["2026-01-02T03:04:05Z", "2100-01-01T00:00:00Z", ""]))
        }
        _ => json!(rng.bool()),
    }
}

fn users(rng: &mut Rng) -> Value {
    let mut map = Map::new();
    for _ in 0..rng.usize(1..4) {
        let user = user(rng);
        let id = user["id"].as_str().unwrap_or_default().to_owned();
        map.insert(id, user);
    }
    Value::Object(map)
}

fn user(rng: &mut Rng) -> Value {
    let mut user = Map::from_iter([("id".to_owned(), json!(pick(rng, IDS)))]);
    for _ in 0..rng.usize(..4) {
        let (name, value) = property(rng);
        user.insert(name, value);
    }
    Value::Object(user)
}

fn patch(rng: &mut Rng) -> Value {
    let set: Map<String, Value> = (0..rng.usize(..4)).map(|_| property(rng)).collect();
    let unset: Vec<&str> = (0..rng.usize(..3)).map(|_| pick(rng, FIELDS)).collect();
    json!({ "id": pick(rng, IDS), "set": set, "unset": unset })
}

/// A field of a user and a value that it could have, or any.
fn property(rng: &mut Rng) -> (String, Value) {
    let name = pick(rng, FIELDS);
    let value = match name {
        _ if rng.u8(..4) == 0 => value(rng),
        "role" => json!(pick(rng, &["user", "admin", "speaker", "nobody"])),
        "teams" => json!([pick(rng, &["red", "blue", ""])]),
        "teams_role" => json!({ "red": "admin" }),
        "invisible" | "banned" => json!(rng.bool()),
        "language" => json!(pick(rng, &["en", "nl", "xx"])),
        "privacy_settings" => json!({ "typing_indicators": { "enabled": rng.bool() } }),
        "revoke_tokens_issued_before" => json!(pick(rng, &["2026-01-02T03:04:05Z", ""])),
        "custom" => json!({ pick(rng, FIELDS): value(rng) }),
        _ => value(rng),
    };
    (name.to_owned(), value)
}

/// A filter of at most this depth.
pub(crate) fn filter(rng: &mut Rng, depth: usize) -> Value {
    let mut map = Map::new();
    for _ in 0..rng.usize(..3) {
        if depth > 0 && rng.u8(..3) == 0 {
            let all: Vec<Value> = (0..rng.usize(..3)).map(|_| filter(rng, depth - 1)).collect();
            map.insert(pick(rng, &["$and", "$or", "$nor"]).to_owned(), json!(all));
            continue;
        }
        let field = pick(rng, FILTERED).to_owned();
        let condition = match rng.u8(..3) {
            0 => value(rng),
            _ => json!({ pick(rng, OPERATORS): value(rng) }),
        };
        map.insert(field, condition);
    }
    Value::Object(map)
}

fn fault(rng: &mut Rng) -> String {
    let operation = ALL[rng.usize(..ALL.len())].id;
    let mut fault = Map::from_iter([("operation".to_owned(), json!(operation))]);
    match rng.u8(..5) {
        0 => fault.insert(
            "connection".into(),
            json!(pick(rng, &["drop_before", "drop_after"])),
        ),
        1 => fault.insert("error".into(), json!({ "status": 503 })),
        2 => fault.insert("times".into(), value(rng)),
        3 => fault.insert("chance".into(), value(rng)),
        _ => fault.insert(
            "body".into(),
            json!(pick(rng, &["cut", "invalid_json", "not_json"])),
        ),
    };
    Value::Object(fault).to_string()
}

fn seed(rng: &mut Rng) -> String {
    let text = |rng: &mut Rng, words: &[&'static str]| json!(pick(rng, words));
    let cid = |rng: &mut Rng| text(rng, &["messaging:general", "messaging:ada-bob", "x", "a:b:c"]);
    let mut seed = Map::new();
    if rng.bool() {
        seed.insert(
            "users".into(),
            json!([user(rng), { "id": "ada" }, { "id": "bob", "banned": true }]),
        );
    }
    if rng.bool() {
        let members = json!([pick(rng, IDS), "bob"]);
        seed.insert(
            "channels".into(),
            json!([{ "cid": cid(rng), "created_by_id": pick(rng, IDS), "members": members }]),
        );
    }
    if rng.bool() {
        let message = json!({ "id": "m1", "cid": cid(rng), "user_id": pick(rng, IDS), "text": value(rng) });
        seed.insert("messages".into(), json!([message]));
    }
    if rng.bool() {
        let reaction =
            json!({ "message_id": "m1", "user_id": pick(rng, IDS), "type": "like", "score": value(rng) });
        seed.insert("reactions".into(), json!([reaction]));
    }
    if rng.bool() {
        let location =
            json!({ "message_id": "m1", "latitude": value(rng), "longitude": 4.5, "end_at": value(rng) });
        seed.insert("live_locations".into(), json!([location]));
    }
    if rng.bool() {
        seed.insert(
            "blocks".into(),
            json!([{ "user_id": "ada", "blocked_user_id": pick(rng, IDS) }]),
        );
    }
    if rng.u8(..4) == 0 {
        seed.insert(pick(rng, FIELDS).to_owned(), value(rng));
    }
    Value::Object(seed).to_string()
}

/// A text as it may stand in a target: what means something there is encoded, the rest is left to be read.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(byte @ (b'%' | b'&' | b'+' | b'#' | b'?' | ..=b' ')) => client::encode(byte, &mut encoded),
            _ => encoded.push(character),
        }
    }
    encoded
}
