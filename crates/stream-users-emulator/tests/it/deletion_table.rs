//! The table of what a deletion does: each cell with what it leaves alone, seen in the state, in queries and in exports.

use serde_json::{Map, Value, json};
use stream_users_emulator::Emulator;

use crate::stream::Stream;

/// Ada and Bob have a conversation, a call and a group with Eve; Ada writes, reacts, flags and uploads in them.
pub(crate) fn chat_with(stream: Stream) -> Stream {
    stream
        .0
        .seed(&json!({
            "users": [
                { "id": "ada", "name": "Ada", "role": "admin", "image": "ada.png", "language": "en", "teams": ["red"],
                  "custom": { "color": "red" } },
                { "id": "bob" }, { "id": "eve" },
            ],
            "channels": [
                { "cid": "messaging:group", "created_by_id": "ada", "members": ["ada", "bob", "eve"] },
                { "cid": "messaging:pair", "created_by_id": "ada", "members": ["ada", "bob"] },
                { "cid": "messaging:others", "created_by_id": "bob", "members": ["bob", "eve"] },
                { "cid": "messaging:alone", "created_by_id": "ada", "members": ["ada"] },
            ],
            "calls": [
                { "cid": "default:group", "created_by_id": "ada", "members": ["ada", "bob", "eve"] },
                { "cid": "default:pair", "created_by_id": "ada", "members": ["ada", "bob"] },
                { "cid": "default:others", "created_by_id": "bob", "members": ["bob", "eve"] },
                { "cid": "default:alone", "created_by_id": "ada", "members": ["ada"] },
            ],
            "messages": [
                { "id": "hers", "cid": "messaging:group", "user_id": "ada", "text": "hi",
                  "attachments": [{ "type": "image" }], "custom": { "k": 1 } },
                { "id": "his", "cid": "messaging:group", "user_id": "bob", "text": "ho" },
                { "id": "to-him", "cid": "messaging:pair", "user_id": "ada", "text": "psst",
                  "attachments": [{ "type": "file" }], "custom": { "k": 2 } },
                { "id": "to-her", "cid": "messaging:pair", "user_id": "bob", "text": "shh" },
            ],
            "reactions": [
                { "message_id": "hers", "user_id": "bob", "type": "like" },
                { "message_id": "his", "user_id": "ada", "type": "like" },
                { "message_id": "to-her", "user_id": "ada", "type": "like" },
            ],
            "flags": [
                { "message_id": "hers", "user_id": "bob", "reason": "spam" },
                { "message_id": "his", "user_id": "ada" },
                { "message_id": "to-her", "user_id": "ada" },
            ],
            "files": [
                { "url": "https://files.test/a.png", "user_id": "ada", "size": 10, "message_id": "hers" },
                { "url": "https://files.test/b.png", "user_id": "ada", "size": 20 },
                { "url": "https://files.test/c.png", "user_id": "bob", "size": 30, "message_id": "his" },
            ],
            "live_locations": [
                { "message_id": "hers", "latitude": 1, "longitude": 2, "end_at": "2100-01-01T00:00:00Z" },
                { "message_id": "his", "latitude": 1, "longitude": 2, "end_at": "2100-01-01T00:00:00Z" },
            ],
            "blocks": [{ "user_id": "bob", "blocked_user_id": "ada" }, { "user_id": "ada", "blocked_user_id": "eve" }],
            "mutes": [{ "user_id": "bob", "target_id": "ada" }, { "user_id": "ada", "target_id": "eve" }],
            "devices": [{ "id": "phone", "user_id": "ada", "push_provider": "apn" }],
        }))
        .unwrap();
    stream
}

pub(crate) fn chat() -> Stream {
    chat_with(Stream::new())
}

/// Deletes Ada as the options say and gives the state afterwards.
#[track_caller]
pub(crate) fn delete(stream: &Stream, options: &Value) -> Value {
    let mut body = json!({ "user_ids": ["ada"] });
    body.as_object_mut()
        .unwrap()
        .extend(options.as_object().unwrap().clone());
    let task = stream.finish(stream.post("/api/v2/users/delete", body));
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(task["result"], json!({ "ada": { "status": "ok" } }));
    stream.0.state().unwrap()
}

/// The field that tells the items of a list apart.
const LISTS: [(&str, &str); 9] = [
    ("users", "id"),
    ("channels", "cid"),
    ("calls", "cid"),
    ("messages", "id"),
    ("reactions", "message_id"),
    ("flags", "message_id"),
    ("files", "url"),
    ("live_locations", "message_id"),
    ("blocks", "user_id"),
];

/// The item of a list in the state whose field has this value.
pub(crate) fn item<'a>(state: &'a Value, list: &str, id: &str) -> Option<&'a Value> {
    let (_, field) = LISTS.iter().find(|(name, _)| *name == list).unwrap();
    let items = state[list].as_array().unwrap();
    items.iter().find(|item| item[field] == id)
}

/// What one thing is after a deletion.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    /// Marked as deleted, and as it was otherwise.
    Marked,
    /// Marked as deleted and emptied.
    Pruned,
    /// Gone.
    Gone,
    /// Somebody else's now.
    PassedOn,
    /// A file whose message is gone.
    Detached,
}
use Fate::{Detached, Gone, Marked, PassedOn, Pruned};

/// The state with the ids of those who are muted, rather than with all that is known of them and of who mutes.
fn flat(mut state: Value) -> Value {
    for user in state["users"].as_array_mut().unwrap() {
        for mute in user["mutes"].as_array_mut().unwrap() {
            *mute = mute["target"]["id"].clone();
        }
    }
    state
}

/// What differs between an item before and after, and what it is then.
fn changes(before: &Value, after: &Value) -> Map<String, Value> {
    let keys = before.as_object().unwrap().keys();
    let keys = keys.chain(after.as_object().unwrap().keys());
    keys.filter(|key| before.get(key) != after.get(key))
        .map(|key| (key.clone(), after.get(key).cloned().unwrap_or(Value::Null)))
        .collect()
}

/// Holds that the item has had this fate.
#[track_caller]
fn check(list: &str, id: &str, before: &Value, after: Option<&Value>, fate: Fate) {
    let Some(after) = after else {
        assert_eq!(fate, Gone, "{list} {id} is gone");
        return;
    };
    let mut changes = changes(before, after);
    // Members who leave are another row's concern, and so is the time of a change.
    changes.remove("members");
    changes.remove("updated_at");
    let marked = changes.remove("deleted_at").is_some_and(|time| time.is_i64());
    assert_eq!(
        marked,
        matches!(fate, Marked | Pruned),
        "{list} {id}: {changes:?}"
    );
    let expected = match (list, fate) {
        ("messages", Marked) => json!({ "type": "deleted" }),
        ("messages", Pruned) => json!({ "type": "deleted", "text": "", "attachments": [], "custom": {} }),
        ("users", Pruned) => json!({
            "name": null, "image": null, "role": "user", "language": "", "teams": [], "custom": {}, "mutes": [],
            "devices": [], "blocked_user_ids": [],
        }),
        (_, Marked) => json!({}),
        ("files", Detached) => json!({ "message_id": null }),
        (_, PassedOn) => {
            let owner = changes["created_by_id"].clone();
            assert_ne!(owner, "ada");
            json!({ "created_by_id": owner })
        }
        _ => panic!("{list} {id} has changed: {changes:?}"),
    };
    assert_eq!(Value::Object(changes), expected, "{list} {id}");
}

/// Deletes Ada as the options say; what is not named has to be as it was before.
#[track_caller]
fn cell(options: &Value, fates: &[(&str, &str, Fate)]) {
    let stream = chat();
    let before = flat(stream.0.state().unwrap());
    let after = flat(delete(&stream, options));
    for (list, field) in LISTS {
        for earlier in before[list].as_array().unwrap() {
            let id = earlier[field].as_str().unwrap();
            let later = item(&after, list, id);
            match fates.iter().find(|(l, i, _)| (*l, *i) == (list, id)) {
                Some((_, _, fate)) => check(list, id, earlier, later, *fate),
                None if (list, id) == ("users", "ada") => check(list, id, earlier, later, Marked),
                None => {
                    let later = later.unwrap_or_else(|| panic!("{options}: {list} {id} is gone"));
                    let mut changes = changes(earlier, later);
                    changes.remove("members");
                    // A block or a mute by somebody else is not shown any more, because its target is deleted.
                    if list == "users" {
                        changes.remove("blocked_user_ids");
                        changes.remove("mutes");
                    }
                    assert!(changes.is_empty(), "{options}: {list} {id}: {changes:?}");
                }
            }
        }
    }
    // In no mode is a deleted user found, nor can it be exported.
    assert_eq!(stream.find(&json!({})), ["eve", "bob"]);
    assert_eq!(stream.get("/api/v2/users/ada/export").status, 404);
}

#[test]
fn user_soft() {
    for options in [
        json!({}),
        json!({ "user": "soft" }),
        json!({ "user": "", "messages": "", "conversations": null, "calls": "", "files": null }),
        json!({ "user": null, "files": false, "new_channel_owner_id": "bob", "new_call_owner_id": "" }),
    ] {
        cell(&options, &[("users", "ada", Marked)]);
    }
}

#[test]
fn user_pruning() {
    let fates = [
        ("users", "ada", Pruned),
        ("blocks", "bob", Gone),
        ("blocks", "ada", Gone),
        ("live_locations", "hers", Gone),
    ];
    cell(&json!({ "user": "pruning" }), &fates);
}

#[test]
fn user_hard() {
    let options = json!({ "user": "hard", "messages": "hard", "conversations": "hard" });
    cell(
        &options,
        &[
            ("users", "ada", Gone),
            ("blocks", "bob", Gone),
            ("blocks", "ada", Gone),
            ("channels", "messaging:group", PassedOn),
            ("channels", "messaging:alone", PassedOn),
            ("channels", "messaging:pair", Gone),
            ("calls", "default:group", PassedOn),
            ("calls", "default:pair", PassedOn),
            ("calls", "default:alone", PassedOn),
            ("messages", "hers", Gone),
            ("messages", "to-him", Gone),
            ("messages", "to-her", Gone),
            ("reactions", "hers", Gone),
            ("reactions", "his", Gone),
            ("reactions", "to-her", Gone),
            ("flags", "hers", Gone),
            ("flags", "his", Gone),
            ("flags", "to-her", Gone),
            ("live_locations", "hers", Gone),
            // Uploads are another option's; this one's message is gone.
            ("files", "https://files.test/a.png", Detached),
        ],
    );
}

#[test]
fn messages_soft() {
    let fates = [("messages", "hers", Marked), ("messages", "to-him", Marked)];
    cell(&json!({ "messages": "soft" }), &fates);
}

#[test]
fn messages_pruning() {
    let fates = [
        ("messages", "hers", Pruned),
        ("messages", "to-him", Pruned),
        ("reactions", "hers", Gone),
        ("flags", "hers", Gone),
        ("live_locations", "hers", Gone),
    ];
    cell(&json!({ "messages": "pruning" }), &fates);
}

#[test]
fn messages_hard() {
    let fates = [
        ("messages", "hers", Gone),
        ("messages", "to-him", Gone),
        ("reactions", "hers", Gone),
        ("flags", "hers", Gone),
        ("live_locations", "hers", Gone),
        ("files", "https://files.test/a.png", Detached),
    ];
    cell(&json!({ "messages": "hard" }), &fates);
}

#[test]
fn conversations_soft() {
    cell(
        &json!({ "conversations": "soft" }),
        &[("channels", "messaging:pair", Marked)],
    );
}

#[test]
fn conversations_hard() {
    let fates = [
        ("channels", "messaging:pair", Gone),
        ("messages", "to-him", Gone),
        ("messages", "to-her", Gone),
        ("reactions", "to-her", Gone),
        ("flags", "to-her", Gone),
    ];
    cell(&json!({ "conversations": "hard" }), &fates);
}

#[test]
fn calls_soft() {
    cell(&json!({ "calls": "soft" }), &[("calls", "default:pair", Marked)]);
}

#[test]
fn calls_hard() {
    cell(&json!({ "calls": "hard" }), &[("calls", "default:pair", Gone)]);
}

#[test]
fn all_files() {
    let fates = [
        ("files", "https://files.test/a.png", Gone),
        ("files", "https://files.test/b.png", Gone),
    ];
    cell(&json!({ "files": true }), &fates);
}

/// Who owns a channel or a call in the state.
fn owner<'a>(state: &'a Value, list: &str, cid: &str) -> &'a str {
    item(state, list, cid).unwrap()["created_by_id"].as_str().unwrap()
}

#[test]
fn what_is_owned_by_who_is_removed_gets_the_heirs_that_are_named() {
    let mut options = json!({ "user": "hard", "messages": "hard", "conversations": "hard" });
    let state = delete(&chat(), &options);
    let generated = owner(&state, "channels", "messaging:group");
    let digits = generated
        .strip_prefix("delete-user-")
        .and_then(|rest| rest.strip_suffix('g'));
    let digits = digits.unwrap_or_else(|| panic!("{generated}"));
    assert_eq!(digits.len(), 14, "{generated}");
    assert!(
        digits.chars().all(|letter| letter.is_ascii_hexdigit()),
        "{generated}"
    );
    assert_eq!(owner(&state, "calls", "default:group"), generated);
    assert_eq!(
        item(&state, "users", generated),
        None,
        "the generated owner is no user"
    );

    options["new_channel_owner_id"] = json!("eve");
    let state = delete(&chat(), &options);
    assert_eq!(owner(&state, "channels", "messaging:group"), "eve");
    assert!(owner(&state, "calls", "default:group").starts_with("delete-user-"));

    options["new_call_owner_id"] = json!("bob");
    let state = delete(&chat(), &options);
    assert_eq!(owner(&state, "channels", "messaging:group"), "eve");
    assert_eq!(owner(&state, "calls", "default:group"), "bob");
    assert_eq!(owner(&state, "calls", "default:others"), "bob");
}

#[test]
fn who_is_deleted_leaves_channels_and_calls() {
    for user in ["soft", "pruning"] {
        let state = delete(&chat(), &json!({ "user": user }));
        for (list, cid) in [("channels", "messaging:group"), ("calls", "default:group")] {
            assert_eq!(
                item(&state, list, cid).unwrap()["members"],
                json!(["bob", "eve"]),
                "{user}"
            );
            assert_eq!(owner(&state, list, cid), "ada");
        }
    }
    let keeps = Emulator::builder().settings(|settings| settings.soft_delete_ends_memberships = false);
    let state = delete(&chat_with(Stream::with(keeps)), &json!({}));
    let group = item(&state, "channels", "messaging:group").unwrap();
    assert_eq!(group["members"], json!(["ada", "bob", "eve"]));
}

/// Two users of a group of three go in one request: for neither of them it is a conversation.
#[test]
fn a_group_is_no_conversation_because_somebody_has_left_it_in_the_same_request() {
    let stream = chat();
    let body = json!({ "user_ids": ["ada", "eve"], "conversations": "hard", "calls": "hard" });
    stream.finish(stream.post("/api/v2/users/delete", body));
    let state = stream.0.state().unwrap();
    for (list, group, pairs) in [
        (
            "channels",
            "messaging:group",
            ["messaging:pair", "messaging:others"],
        ),
        ("calls", "default:group", ["default:pair", "default:others"]),
    ] {
        assert_eq!(item(&state, list, group).unwrap()["deleted_at"], Value::Null);
        assert_eq!(pairs.map(|cid| item(&state, list, cid)), [None, None]);
    }
}
