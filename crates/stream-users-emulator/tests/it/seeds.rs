//! Seeds: lines and documents, what a user may have, and what is refused.

use std::fmt::Write;
use std::io::{BufReader, Read};

use bytes::Bytes;
use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::Stream;

/// Plants a text.
pub(crate) fn plant(stream: &Stream, text: &str) -> Result<(), String> {
    stream
        .0
        .seed_from(text.as_bytes())
        .map_err(|error| error.to_string())
}

/// A user with every field of the service's user responses, times as integers.
pub(crate) fn full() -> Value {
    json!({
        "id": "ada",
        "name": "Ada",
        "image": "https://files.test/ada.png",
        "role": "admin",
        "language": "en",
        "teams": ["red"],
        "teams_role": { "red": "admin" },
        "custom": { "color": "red", "nested": { "a": [1, 2.5, null] } },
        "banned": true,
        "ban_expires": 4_102_444_800_000_000_000_i64,
        "shadow_banned": true,
        "bypass_moderation": true,
        "invisible": true,
        "online": true,
        "created_at": 1_577_836_800_000_000_000_i64,
        "updated_at": 1_577_836_800_500_000_000_i64,
        "last_active": 1_577_836_800_000_001_000_i64,
        "deactivated_at": 1_577_836_801_000_000_000_i64,
        "revoke_tokens_issued_before": 1_577_836_802_000_000_000_i64,
        "avg_response_time": 7,
        "privacy_settings": { "typing_indicators": { "enabled": false }, "read_receipts": { "enabled": true } },
        "devices": [
            { "id": "phone", "user_id": "ada", "push_provider": "apn", "created_at": 1_577_836_803_000_000_000_i64 },
            { "id": "tablet", "user_id": "ada", "push_provider": "firebase", "push_provider_name": "mine",
              "created_at": 1_577_836_803_000_000_000_i64 },
        ],
        "mutes": [{
            "user": { "id": "ada" }, "target": { "id": "bob", "role": "user" },
            "created_at": 1_577_836_804_000_000_000_i64, "updated_at": 1_577_836_804_000_000_000_i64,
            "expires": 4_102_444_800_000_000_000_i64,
        }],
        "channel_mutes": [{
            "user": { "id": "ada" },
            "channel": {
                "id": "general", "type": "messaging", "cid": "messaging:general", "custom": { "topic": "all" },
                "created_at": 1_577_836_805_000_000_000_i64, "updated_at": 1_577_836_805_000_000_000_i64,
                "frozen": false, "disabled": false, "member_count": 0,
            },
            "created_at": 1_577_836_806_000_000_000_i64, "updated_at": 1_577_836_806_000_000_000_i64,
        }],
        "blocked_user_ids": ["bob"],
        "latest_hidden_channels": ["messaging:general"],
        "total_unread_count": 4,
        "unread_count": 4,
        "unread_channels": 2,
        "unread_threads": 1,
    })
}

#[test]
fn a_line_takes_every_field_that_an_answered_user_has() {
    let stream = Stream::new();
    let mut user = full();
    let line = {
        let mut line = user.clone();
        line["push_notifications"] =
            json!({ "disabled": true, "disabled_until": 4_102_444_800_000_000_000_i64 });
        line["deleted_at"] = Value::Null;
        line
    };
    plant(&stream, &format!("{line}\n{{\"id\":\"bob\"}}\n")).unwrap();
    let answered = stream.user("ada");
    let bob = stream.user("bob");
    // What is nested is answered in full.
    let mut nested = user.clone();
    for key in [
        "devices",
        "mutes",
        "channel_mutes",
        "latest_hidden_channels",
        "total_unread_count",
        "unread_count",
        "unread_channels",
        "unread_threads",
    ] {
        nested.as_object_mut().unwrap().remove(key);
    }
    nested["push_notifications"] = line["push_notifications"].clone();
    let mut target = bob.clone();
    for key in [
        "devices",
        "mutes",
        "channel_mutes",
        "total_unread_count",
        "unread_count",
        "unread_channels",
        "unread_threads",
    ] {
        target.as_object_mut().unwrap().remove(key);
    }
    user["mutes"][0]["user"] = nested.clone();
    user["mutes"][0]["target"] = target;
    user["channel_mutes"][0]["user"] = nested;
    assert_eq!(answered, user);
    let state = stream.0.state().unwrap();
    assert_eq!(
        state["users"][0]["push_notifications"],
        line["push_notifications"]
    );
}

#[test]
fn both_forms_of_times_and_of_custom_data_are_taken() {
    let stream = Stream::new();
    let text = r#"
{"id":"two","custom":{"color":"red"},"created_at":1577836800000000000,"last_active":"2020-01-01T00:00:00.5Z"}

{"id":"one","color":"red","custom_field":{"a":1},"created_at":"2020-01-01T00:00:00Z","last_active":1577836800500000000,"birth":"2000-01-01T00:00:00Z"}
{"type":"user","data":{"id":"three","type":"bird","data":{"wings":2}}}
"#;
    plant(&stream, text).unwrap();
    let (two, one) = (stream.user("two"), stream.user("one"));
    assert_eq!(two["custom"], json!({ "color": "red" }));
    assert_eq!(
        one["custom"],
        json!({ "color": "red", "custom_field": { "a": 1 }, "birth": "2000-01-01T00:00:00Z" })
    );
    for time in ["created_at", "last_active"] {
        assert!(two[time].is_i64());
        assert_eq!(one[time], two[time], "{time}");
    }
    assert_eq!(
        stream.user("three")["custom"],
        json!({ "type": "bird", "data": { "wings": 2 } })
    );
}

#[test]
fn a_list_that_is_there_replaces_and_one_that_is_not_leaves() {
    let stream = Stream::new();
    plant(&stream, &format!("{}\n{{\"id\":\"bob\"}}", full())).unwrap();
    let lists = |user: &Value| {
        let count = |name: &str| user[name].as_array().map_or(0, Vec::len);
        [
            count("devices"),
            count("mutes"),
            count("channel_mutes"),
            count("blocked_user_ids"),
            count("latest_hidden_channels"),
        ]
    };
    plant(&stream, r#"{"id":"ada","custom":{}}"#).unwrap();
    let ada = stream.user("ada");
    assert_eq!((lists(&ada), ada.get("name")), ([2, 1, 1, 1, 1], None));
    plant(
        &stream,
        r#"{"id":"ada","devices":[],"mutes":[],"channel_mutes":["messaging:a","messaging:b"],"blocked_user_ids":[],"latest_hidden_channels":[]}"#,
    )
    .unwrap();
    assert_eq!(lists(&stream.user("ada")), [0, 0, 2, 0, 0]);
}

#[test]
fn lines_hold_everything_in_any_order() {
    let stream = Stream::new();
    let text = [
        json!({ "type": "member", "data": { "channel_type": "messaging", "channel_id": "general", "user_id": "bob" } }),
        json!({ "type": "message", "data": { "id": "m", "channel_type": "messaging", "channel_id": "general",
            "user": "ada", "text": "hi", "mood": "good" } }),
        json!({ "type": "channel", "data": { "type": "messaging", "id": "general", "created_by": "ada", "topic": "all",
            "members": [{ "user_id": "ada" }, "eve"] } }),
        json!({ "type": "flag", "data": { "message_id": "m", "user": { "id": "bob" } } }),
        json!({ "type": "file", "data": { "url": "https://files.test/a", "user_id": "ada", "message_id": "m" } }),
        json!({ "type": "call", "data": { "cid": "default:call", "created_by": { "id": "bob" }, "members": ["bob"] } }),
        json!({ "type": "block", "data": { "user_id": "ada", "blocked_user_id": "eve" } }),
        json!({ "type": "mute", "data": { "user_id": "ada", "target_id": "eve" } }),
        json!({ "type": "device", "data": { "id": "phone", "user_id": "ada", "push_provider": "apn" } }),
        json!({ "users": [{ "id": "ada" }, { "id": "bob" }] }),
        json!({ "id": "eve" }),
        json!({ "type": "deleted_id", "data": { "id": "gone", "mode": "hard" } }),
    ];
    let text: String = text.iter().fold(String::new(), |mut text, line| {
        writeln!(text, "{line}").unwrap();
        text
    });
    plant(&stream, &format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
    let state = stream.0.state().unwrap();
    assert_eq!(state["channels"][0]["members"], json!(["ada", "eve"]));
    assert_eq!(state["channels"][0]["custom"], json!({ "topic": "all" }));
    assert_eq!(state["messages"][0]["custom"], json!({ "mood": "good" }));
    assert_eq!(
        (&state["flags"][0]["user_id"], &state["files"][0]["message_id"]),
        (&json!("bob"), &json!("m"))
    );
    assert_eq!(state["calls"][0]["created_by_id"], "bob");
    assert_eq!(stream.user("ada")["devices"][0]["id"], "phone");
    assert_eq!(
        stream
            .post("/api/v2/users", json!({ "users": { "gone": { "id": "gone" } } }))
            .status,
        404
    );
}

#[test]
fn errors_name_the_line_the_field_and_the_rule() {
    for (line, sentence) in [
        (
            r#"{"id":"a","created_at":"today"}"#,
            "field `user.created_at` contains type string. expecting date",
        ),
        (
            r#"{"id":"a","custom":[]}"#,
            "field `user.custom` contains type array. expecting object",
        ),
        (
            r#"{"id":"a","custom":{},"colour":1}"#,
            "user.colour is not a known field",
        ),
        (
            r#"{"id":"a b"}"#,
            "user.id is invalid: only a-z, A-Z, 0-9, @, _ and - are allowed",
        ),
        (
            r#"{"id":"a","devices":[{"id":"d","user_id":"b","push_provider":"apn"}]}"#,
            "user.devices[0].user_id must be a",
        ),
        (r#"{"id":"a","mutes":[5]}"#, "user.mutes[0] must be an object"),
        (r#"{"type":"user","data":{}}"#, "user.id is a required field"),
        (r#"{"type":"user","data":5}"#, "user must be an object"),
        (
            r#"{"type":"bird","data":{}}"#,
            "type must be one of [role user deleted_id channel call member message reaction flag file live_location \
             block mute device task] and is bird",
        ),
        (
            r#"{"name":"Ada"}"#,
            "it must be a user with an id, an object {\"type\": ..., \"data\": {...}} or a document of lists",
        ),
        ("[]", "it must be an object"),
        ("{]", "column 2: it is not JSON: key must be a string"),
        (
            r#"{"users":[{"id":"a"},{"id":""}]}"#,
            "users[1].id is a required field",
        ),
        (
            r#"{"type":"message","data":{"id":"m","cid":"a:b","user_id":"nobody"}}"#,
            "message.user_id names the user nobody, who does not exist",
        ),
        (
            r#"{"type":"message","data":{"id":"m","cid":"a:b","custom":{}}}"#,
            "message.user_id is a required field",
        ),
        (
            r#"{"type":"flag","data":{"message_id":"m","user_id":"first"}}"#,
            "flag.message_id names the message m, which does not exist",
        ),
        (
            r#"{"type":"deleted_id","data":{"id":"a","mode":"gently"}}"#,
            "deleted_id.mode must be one of [soft pruning hard]",
        ),
        (
            r#"{"type":"channel","data":{"cid":"general"}}"#,
            "channel.cid must be of the form type:id",
        ),
        (
            r#"{"type":"file","data":{"url":"u","user_id":"first","size":-1}}"#,
            "file.size must be 0 or greater",
        ),
    ] {
        let stream = Stream::new();
        // The first line is right, and is not kept all the same.
        let text = format!("{{\"id\":\"first\"}}\n\n{line}\n");
        let error = plant(&stream, &text).unwrap_err();
        assert_eq!(error, format!("the seed is not valid: line 3: {sentence}"));
        assert_eq!(stream.0.state().unwrap()["users"], json!([]), "{line}");
        let answer = {
            let token = stream.token(&json!({}));
            let mut request = stream.request("POST", "/_emulator/seed", Some(&token), None);
            *request.body_mut() = Bytes::from(text);
            stream.send(request)
        };
        answer.fails(400, 4, &format!("Request failed with error: \"{error}\""));
    }
}

#[test]
fn an_emulator_can_start_with_a_seed() {
    let seed = json!({ "users": [{ "id": "ada" }] });
    let stream = Stream::with(Emulator::builder().seed(seed));
    assert_eq!(stream.find(&json!({})), ["ada"]);
    let error = Emulator::builder()
        .seed(json!({ "users": [{}] }))
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the seed is not valid: users[0].id is a required field"
    );
}

#[test]
fn many_errors_are_told_and_not_all() {
    let stream = Stream::new();
    let text = "{\"id\":\"\"}\n".repeat(1_000);
    let error = plant(&stream, &text).unwrap_err();
    assert_eq!(
        error.matches("user.id is a required field").count(),
        20,
        "{error}"
    );
    assert!(error.contains("line 20: "), "{error}");
}

#[test]
fn a_document_over_many_lines_is_one() {
    let stream = Stream::new();
    plant(&stream, "\n{\n  \"users\": [\n    { \"id\": \"ada\" }\n  ]\n}\n").unwrap();
    assert_eq!(stream.find(&json!({})), ["ada"]);
    let error = plant(&stream, "\n{\n  \"users\": [\n    { \"id\": oops }\n  ]\n}\n").unwrap_err();
    assert_eq!(
        error,
        "the seed is not valid: line 4, column 13: it is not JSON: expected value"
    );
    // In a document nothing stands beside what is known, and what is named has to be there.
    for (seed, sentence) in [
        (
            json!({ "users": [{ "id": "a", "nmae": "A" }] }),
            "users[0].nmae is not a known field",
        ),
        (json!({ "usres": [] }), "usres is not a known field"),
        (
            json!({ "users": {} }),
            "field `users` contains type object. expecting array",
        ),
        (
            json!({ "messages": [{ "id": "m", "cid": "a:b", "user_id": "ada" }] }),
            "messages[0].cid names the channel a:b, which does not exist",
        ),
    ] {
        let error = stream.0.seed(&seed).unwrap_err();
        assert_eq!(error.to_string(), format!("the seed is not valid: {sentence}"));
    }
}

/// Users without end, made while they are read.
struct Users {
    next: usize,
    count: usize,
    line: Vec<u8>,
}

impl Read for Users {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.line.is_empty() && self.next < self.count {
            let n = self.next;
            self.next += 1;
            let user = json!({ "id": format!("u{n}"), "name": format!("User {n}"), "custom": { "n": n } });
            self.line = format!("{user}\n").into_bytes();
        }
        let taken = self.line.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&self.line[..taken]);
        self.line.drain(..taken);
        Ok(taken)
    }
}

/// What breaks off before it has begun.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the disk is gone"))
    }
}

#[test]
fn lines_are_read_one_after_the_other() {
    let users = |count| {
        BufReader::with_capacity(
            16,
            Users {
                next: 0,
                count,
                line: Vec::new(),
            },
        )
    };
    let stream = Stream::new();
    stream.0.seed_from(users(2_000)).unwrap();
    assert_eq!(stream.find(&json!({ "n": 1_999 })), ["u1999"]);
    // What is wrong at the end undoes what was right before.
    let empty = Stream::new();
    let error = empty.0.seed_from(users(2_000).chain(&b"{}\n"[..])).unwrap_err();
    assert!(error.to_string().contains("line 2001: "), "{error}");
    assert_eq!(empty.0.state().unwrap()["users"], json!([]));
    // So does a source that breaks off.
    let broken = users(10).chain(BufReader::new(Broken));
    let error = empty.0.seed_from(broken).unwrap_err();
    assert_eq!(error.to_string(), "the seed cannot be read");
    assert_eq!(empty.0.state().unwrap()["users"], json!([]));
}
