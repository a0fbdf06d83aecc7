//! What the service tells of users: both forms, what is unknown, and what does not fit. Every field of every type is
//! held against the contract in `contract/shapes.rs`.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stream_users_model::event::{Event, OtherEvent, RequestOrigin};
use stream_users_model::{Custom, Lenient};

use crate::contract::document::contract;
use crate::contract::instance::{Extent, Times, instance};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
}

const TIME: &str = "2026-01-02T03:04:05.000000007Z";

fn read(event: &Value) -> Event<Profile> {
    let text = Event::from_json(&event.to_string()).unwrap();
    assert_eq!(text, serde_json::from_value(event.clone()).unwrap());
    text
}

fn other(event: Event<Profile>) -> OtherEvent {
    match event {
        Event::Other(other) => *other,
        event => panic!("{event:?}"),
    }
}

/// The schemas of events with their types.
fn events() -> impl Iterator<Item = (&'static str, &'static str)> {
    contract().schemas().filter_map(|schema| {
        Some((
            schema,
            contract().properties(schema).get("type")?["default"].as_str()?,
        ))
    })
}

/// An event as the older form has it: custom data beside the other fields.
fn older(mut event: Value) -> Value {
    let object = event.as_object_mut().unwrap();
    let custom = object.remove("custom");
    for name in ["user", "me", "created_by", "target_user"] {
        if let Some(user) = object.get_mut(name) {
            *user = older(user.take());
        }
    }
    if let Some(users) = object.get_mut("target_users").and_then(Value::as_array_mut) {
        for user in users {
            *user = older(user.take());
        }
    }
    for (key, value) in custom.iter().filter_map(Value::as_object).flatten() {
        object.insert(format!("own_{key}"), value.clone());
    }
    event
}

#[test]
fn every_type_of_the_contract_is_known_and_no_other() {
    let mut stated: Vec<&str> = events().map(|(_, kind)| kind).collect();
    // The contract names the failure of an export of channels in its place; the service's pages name this.
    stated.push("export.users.error");
    stated.sort_unstable();
    let mut known = Event::<Custom>::KINDS.to_vec();
    known.sort_unstable();
    assert_eq!(known, stated);
}

#[test]
fn both_forms_of_every_event_are_the_same_event() {
    for (schema, kind) in events() {
        for extent in [Extent::Maximal, Extent::Minimal] {
            let newer = instance(schema, extent, Times::Nanoseconds);
            let text = instance(schema, extent, Times::Rfc3339);
            for form in [&newer, &text, &older(text.clone())] {
                let event: Event = serde_json::from_value(form.clone()).unwrap();
                assert!(!matches!(event, Event::Other(_)), "{form}: {event:?}");
                assert_eq!(event.kind(), kind);
                let time = serde_json::from_value(form["created_at"].clone()).unwrap();
                assert_eq!(event.created_at(), Some(time), "{form}");
                let user = form.get("user").or_else(|| form.get("me"));
                assert_eq!(
                    event.user().map(|user| user.id.as_str()),
                    user.map(|user| user["id"].as_str().unwrap())
                );
                if let Some(user) = event.user().filter(|_| extent == Extent::Maximal) {
                    assert!(!user.custom.is_empty(), "{form}: {event:?}");
                }
                let written = serde_json::to_value(&event).unwrap();
                assert_eq!(serde_json::from_value::<Event>(written).unwrap(), event, "{form}");
            }
            let names = |form: &Value| {
                let event: Event = serde_json::from_value(form.clone()).unwrap();
                let written = serde_json::to_value(&event).unwrap();
                written["custom"].as_object().map_or(0, serde_json::Map::len)
            };
            assert_eq!(
                names(&newer),
                names(&older(text)),
                "{kind}: nothing but the custom data is custom data"
            );
        }
    }
}

#[test]
fn a_webhook_as_the_service_was_seen_to_send_it() {
    let event = read(&json!({
        "type": "user.updated",
        "created_at": "2026-04-08T14:23:35.879421674Z",
        "user": {
            "id": "ada", "name": "Ada", "language": "", "role": "user", "teams": [], "plan": "pro",
            "created_at": TIME, "updated_at": TIME, "banned": false, "online": false,
            "blocked_user_ids": [], "invisible": false
        },
        "members": [],
        "request_info": {"type": "server", "ip": "203.0.113.7", "user_agent": "curl", "sdk": "stream-go-client-9", "ext": "a=1"}
    }));
    let Event::UserUpdated(updated) = &event else {
        panic!("{event:?}")
    };
    assert_eq!(updated.user.custom.plan, "pro");
    assert!(updated.custom.is_empty());
    assert_eq!(updated.created_at.subsec_nanos(), 879_421_674);
    let info = event.request_info().unwrap();
    assert_eq!(info.origin, Some(RequestOrigin::Server));
    assert_eq!(
        (info.ip.as_str(), info.sdk.as_str(), info.ext.as_str()),
        ("203.0.113.7", "stream-go-client-9", "a=1")
    );
}

#[test]
fn what_is_said_of_the_request_never_spoils_an_event() {
    for info in [
        json!(1),
        json!(null),
        json!({"ip": 7, "type": "robot"}),
        json!("x"),
    ] {
        let event = read(&json!({"type": "bought", "request_info": info}));
        assert_eq!(event.request_info().is_some(), info.is_object(), "{info}");
    }
}

#[test]
fn an_unknown_type_is_kept_byte_for_byte() {
    let text = r#"{ "type" : "reaction.new", "created_at": 1538713200000000001, "n": 1.50, "deep": [{"a": "\ud83d\ude00"}] }"#;
    let event: Event<Profile> = Event::from_json(text).unwrap();
    assert_eq!((event.kind(), event.user()), ("reaction.new", None));
    assert_eq!(
        event.created_at().unwrap().unix_nanos(),
        1_538_713_200_000_000_001
    );
    assert_eq!(serde_json::to_string(&event).unwrap(), text);
    let other = other(event);
    assert_eq!((other.json.as_json(), other.problem()), (text, None));
}

#[test]
fn custom_data_and_the_user_of_a_custom_event_are_read_in_both_forms() {
    let newer = json!({
        "type": "bought", "created_at": 1, "custom": {"plan": "max"}, "request_info": {"ip": "::1"},
        "user": {"id": "ada", "custom": {"plan": "pro"}, "created_at": 1, "updated_at": 1}
    });
    let older = json!({
        "type": "bought", "created_at": TIME, "plan": "max", "received_at": TIME, "request_info": {"ip": "::1"},
        "user": {"id": "ada", "plan": "pro", "created_at": TIME, "updated_at": TIME}
    });
    for event in [newer, older] {
        let other = other(read(&event));
        assert_eq!(other.custom::<Value>().unwrap(), json!({"plan": "max"}));
        assert_eq!(other.custom::<Profile>().unwrap().plan, "max");
        let user = other.user::<Profile>().unwrap().unwrap();
        assert_eq!((user.id.as_str(), user.custom.plan.as_str()), ("ada", "pro"));
        assert!(other.custom::<Vec<u8>>().is_err());
        assert!(other.user::<Vec<u8>>().is_err());
    }
    let bare = other(read(&json!({"type": "bought"})));
    assert_eq!(
        (bare.created_at, bare.custom::<Value>().unwrap()),
        (None, json!({}))
    );
    assert!(bare.user::<Profile>().unwrap().is_none());
}

/// As for users: `null` is no custom data.
#[test]
fn custom_data_that_are_null_are_none() {
    #[derive(Deserialize)]
    struct Bought {
        #[serde(default)]
        item: Option<String>,
    }
    for (event, item) in [
        (json!({"type": "bought", "custom": null}), None),
        (
            json!({"type": "bought", "custom": null, "item": "sword"}),
            Some("sword"),
        ),
    ] {
        let bought: Bought = other(read(&event)).custom().unwrap();
        assert_eq!(bought.item.as_deref(), item);
    }
    let event: Event = Event::from_json(r#"{"type":"health.check","created_at":1,"custom":null}"#).unwrap();
    let Event::HealthCheck(check) = &event else {
        panic!("{event:?}")
    };
    assert_eq!(check.custom.as_json(), "{}");
}

#[test]
fn a_known_type_that_does_not_fit_is_kept_whole_with_the_reason() {
    let user = json!({"id": "ada", "custom": {"plan": "pro"}, "created_at": 1, "updated_at": 1});
    let with = |name: &str, value: Value| {
        let mut event = json!({"type": "user.banned", "created_at": 1, "custom": {}, "user": user});
        event[name] = value;
        event
    };
    for (event, reasons) in [
        (
            with(
                "user",
                json!({"id": "ada", "custom": {"plan": 1}, "created_at": 1, "updated_at": 1}),
            ),
            ["`user`", "string"],
        ),
        (
            with(
                "user",
                json!({"id": "ada", "plane": "x", "created_at": 1, "updated_at": 1}),
            ),
            ["`user`", "`plan`"],
        ),
        (
            with(
                "user",
                json!({"custom": {"plan": "x"}, "created_at": 1, "updated_at": 1}),
            ),
            ["`user`", "`id`"],
        ),
        (with("user", Value::Null), ["missing", "`user`"]),
        (with("user", json!([])), ["`user`", "a user"]),
        (with("created_at", Value::Null), ["missing", "`created_at`"]),
        (
            with("created_at", json!("yesterday")),
            ["`created_at`", "yesterday"],
        ),
        (with("expiration", json!({})), ["`expiration`", "a time"]),
        (with("shadow", json!("no")), ["`shadow`", "boolean"]),
        (with("created_by", json!({"id": 1})), ["`created_by`", "string"]),
    ] {
        let time = event["created_at"] == 1;
        let other = other(read(&event));
        assert_eq!(
            serde_json::from_str::<Value>(other.json.as_json()).unwrap(),
            event
        );
        assert_eq!(
            (other.kind.as_str(), other.created_at.is_some()),
            ("user.banned", time)
        );
        let problem = other.problem().unwrap();
        assert!(
            reasons.iter().all(|reason| problem.contains(reason)),
            "{event}: {problem}"
        );
    }
    assert!(matches!(read(&with("shadow", json!(true))), Event::UserBanned(_)));
}

#[test]
fn others_who_are_named_may_have_any_custom_data() {
    let user = json!({"id": "ada", "custom": {"plan": "pro"}, "created_at": 1, "updated_at": 1});
    let bot = json!({"id": "bot", "kind": ["robot"], "created_at": 1, "updated_at": 1});
    let muted = read(&json!({"type": "user.muted", "created_at": 1, "user": user, "target_user": bot}));
    let both =
        read(&json!({"type": "user.unmuted", "created_at": 1, "user": user, "target_users": [user, bot]}));
    let banned = read(&json!({"type": "user.banned", "created_at": 1, "user": user, "created_by": bot}));
    let (Event::UserMuted(muted), Event::UserUnmuted(both), Event::UserBanned(banned)) =
        (muted, both, banned)
    else {
        panic!()
    };
    let ids: Vec<&str> = muted
        .targets()
        .chain(both.targets())
        .map(|user| user.id.as_str())
        .collect();
    assert_eq!(ids, ["bot", "ada", "bot"]);
    let custom = banned.created_by.unwrap().custom;
    assert_eq!(custom.as_json(), r#"{"kind":["robot"]}"#);
}

#[test]
fn lenient_custom_data_keep_the_event_typed() {
    let event: Event<Lenient<Profile>> = serde_json::from_value(
        json!({"type": "user.deleted", "created_at": 1, "user": {"id": "bot", "created_at": 1, "updated_at": 1}}),
    )
    .unwrap();
    let Event::UserDeleted(deleted) = event else {
        panic!("{event:?}")
    };
    assert!(deleted.user.custom.reason().is_some() && !deleted.hard_delete);
}

#[test]
fn the_last_of_two_members_of_one_name_counts() {
    let event: Event = Event::from_json(
        r#"{"type":"x","created_at":1,"type":"health.check","connection_id":"a","connection_id":"b","own":1,"own":2}"#,
    )
    .unwrap();
    let Event::HealthCheck(check) = event else {
        panic!("{event:?}")
    };
    assert_eq!(
        (check.connection_id.as_str(), check.custom.as_json()),
        ("b", r#"{"own":2}"#)
    );
}

#[test]
fn the_failure_of_an_export_is_read() {
    let event =
        read(&json!({"type": "export.users.error", "created_at": 1, "task_id": "t-1", "error": "too many"}));
    let Event::ExportUsersFailed(failed) = event else {
        panic!("{event:?}")
    };
    assert_eq!(
        (failed.task_id.as_str(), failed.error.as_str(), failed.started_at),
        ("t-1", "too many", None)
    );
}

#[test]
fn the_address_of_an_export_is_written_and_does_not_print() {
    let address = "https://files.example/secret";
    let event = read(&json!({
        "type": "export.users.success", "created_at": 1, "task_id": "t-1", "url": address, "started_at": 1, "finished_at": 2
    }));
    assert!(!format!("{event:?}").contains("secret"));
    assert_eq!(serde_json::to_value(&event).unwrap()["url"], address);
    let misfit = read(&json!({"type": "export.users.success", "url": address}));
    assert!(!format!("{misfit:?}").contains("secret"));
}

#[test]
fn without_a_type_there_is_no_event() {
    for text in [
        "",
        "{",
        "null",
        "[]",
        "1",
        r#""user.banned""#,
        "{}",
        r#"{"type":1}"#,
        r#"{"type":null}"#,
        r#"{"type":"x"}{}"#,
    ] {
        assert!(Event::<Custom>::from_json(text).is_err(), "{text}");
        assert!(serde_json::from_str::<Event>(text).is_err(), "{text}");
    }
    let error = Event::<Custom>::from_json(r#"{"kind":"x"}"#).unwrap_err();
    assert!(error.to_string().contains("missing field `type`"), "{error}");
}

#[test]
fn however_deep_it_is_it_is_kept() {
    let deep = format!(
        r#"{{"type":"user.updated","user":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let event: Event = Event::from_json(&deep).unwrap();
    assert_eq!(serde_json::to_string(&event).unwrap(), deep);
}

/// Pieces of which events that nearly fit are made.
fn pieces() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(1)),
        Just(json!(null)),
        Just(json!(TIME)),
        Just(json!({"id": "ada", "plan": "pro", "created_at": 1, "updated_at": TIME})),
        Just(json!([{"id": "bot", "custom": {"a": 1}, "created_at": 1, "updated_at": 1}])),
        Just(json!({"code": 40})),
        ".{0,8}".prop_map(Value::from),
    ]
}

proptest! {
    /// Whatever an event of any type holds, it is read, nothing of it is lost, and it is the same after writing.
    #[test]
    fn no_event_is_lost(
        kind in proptest::sample::select([Event::<Custom>::KINDS, &["mine", "message.new"]].concat()),
        members in proptest::collection::btree_map(
            proptest::sample::select(vec![
                "created_at", "user", "me", "created_by", "target_users", "error", "connection_id", "custom", "url",
                "task_id", "own", "shadow", "channels", "request_info", "received_at",
            ]),
            pieces(),
            0..8,
        ),
    ) {
        let mut sent = json!(members);
        sent["type"] = json!(kind);
        let event = read(&sent);
        prop_assert_eq!(event.kind(), kind);
        let written = serde_json::to_value(&event).unwrap();
        prop_assert_eq!(read(&written), event.clone());
        if let Event::Other(other) = &event {
            prop_assert_eq!(&written, &sent);
            prop_assert_eq!(other.problem().is_some(), Event::<Custom>::KINDS.contains(&kind));
            let _ = (other.custom::<Profile>(), other.user::<Profile>());
        }
    }
}
