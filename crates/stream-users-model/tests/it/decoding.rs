//! What the service may answer beyond what its document says, and what becomes of it.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stream_users_model::{
    ApiError, Custom, Device, EndpointLimit, ErrorCode, ExportedUser, Lenient, QueriedUsers, RawJson,
    RestoredUsers, StartedTask, Str, StrMap, Task, TaskStatus, TaskUsers, Timestamp, UpsertUsers,
    UpsertedUsers, User, UserBlocks, UserRequest, Validate, Violations,
};

/// Custom data that must have a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
}

/// Custom data of which nothing must be there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Preferences {
    theme: Option<String>,
    tags: Vec<String>,
}

fn user_with(fields: &Value) -> Value {
    let mut user = json!({"id": "ada", "created_at": 1, "updated_at": 2});
    user.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    user
}

fn user(fields: &Value) -> User {
    serde_json::from_value(user_with(fields)).unwrap()
}

#[test]
fn unknown_fields_are_passed_over() {
    let odd = user(&json!({"quantum_state": {"up": [1, 2, {"deep": null}]}, "name": "Ada"}));
    assert_eq!(odd.name.as_deref(), Some("Ada"));
    assert_eq!(odd, user(&json!({"name": "Ada"})));
    let answer: QueriedUsers = serde_json::from_str(r#"{"users":[],"next":"x","duration":"1ms"}"#).unwrap();
    assert_eq!(answer.duration, "1ms");
}

#[test]
fn unknown_values_of_enums_survive() {
    let json = r#"{"task_id":"t","status":"paused","created_at":1,"updated_at":2,"duration":""}"#;
    let task: Task = serde_json::from_str(json).unwrap();
    assert!(!task.status.is_known() && !task.status.is_terminal());
    assert_eq!(serde_json::to_value(&task).unwrap()["status"], "paused");
    assert_eq!(TaskStatus::from("completed"), TaskStatus::Completed);
}

#[test]
fn what_is_missing_or_null_and_may_be_empty_is_empty() {
    let bare = user(&json!({}));
    assert_eq!(bare.role, "");
    assert!(bare.teams.is_empty() && bare.devices.is_empty() && bare.teams_role.is_empty());
    assert!(bare.custom.is_empty() && bare.chat.is_none() && !bare.online);
    let nulls = user(&json!({
        "name": null, "role": null, "teams": null, "teams_role": null, "custom": null, "devices": null,
        "blocked_user_ids": null, "online": null, "ban_expires": null, "privacy_settings": null,
    }));
    assert_eq!(nulls, bare);
    for json in ["{}", r#"{"users":null,"duration":null}"#] {
        assert!(
            serde_json::from_str::<QueriedUsers>(json)
                .unwrap()
                .users
                .is_empty()
        );
        assert!(
            serde_json::from_str::<UpsertedUsers>(json)
                .unwrap()
                .users
                .is_empty()
        );
        assert!(serde_json::from_str::<TaskUsers>(json).unwrap().users.is_empty());
    }
    assert!(
        serde_json::from_str::<UserBlocks>(r#"{"blocks":null}"#)
            .unwrap()
            .blocks
            .is_empty()
    );
    assert!(
        serde_json::from_str::<ExportedUser>(r#"{"messages":null}"#)
            .unwrap()
            .messages
            .is_empty()
    );
    assert_eq!(
        serde_json::from_str::<RestoredUsers>("{}").unwrap(),
        RestoredUsers::new()
    );
}

#[test]
fn null_for_a_field_of_chat_is_its_empty_value() {
    let chat = user(&json!({"mutes": null, "unread_count": null, "unread_channels": 3}))
        .chat
        .unwrap();
    assert!(chat.mutes.is_empty());
    assert_eq!((chat.unread_count, chat.unread_channels), (0, 3));
}

#[test]
fn a_missing_id_or_time_is_an_error_that_says_so() {
    for field in ["id", "created_at", "updated_at"] {
        for gone in [None, Some(Value::Null)] {
            let mut json = user_with(&json!({}));
            match gone {
                Some(null) => json[field] = null,
                None => drop(json.as_object_mut().unwrap().remove(field)),
            }
            let error = serde_json::from_value::<User>(json).unwrap_err().to_string();
            assert!(error.contains(&format!("missing field `{field}`")), "{error}");
        }
    }
    let error = serde_json::from_str::<StartedTask<TaskUsers>>(r#"{"duration":"1ms"}"#).unwrap_err();
    assert!(error.to_string().contains("missing field `task_id`"), "{error}");
    assert!(
        serde_json::from_str::<User>("[]")
            .unwrap_err()
            .to_string()
            .contains("a user")
    );
}

#[test]
fn times_are_read_in_both_forms_and_mixed() {
    let mixed = user(&json!({
        "created_at": 1_538_713_200_000_000_000_i64,
        "updated_at": "2018-10-05T06:20:00+02:00",
        "last_active": "2018-10-05T04:20:00.000000Z",
    }));
    assert_eq!(mixed.created_at, mixed.updated_at);
    assert_eq!(mixed.last_active, Some(mixed.created_at));
    assert_eq!(
        serde_json::to_value(mixed.created_at).unwrap(),
        "2018-10-05T04:20:00Z"
    );
    assert!(serde_json::from_value::<Timestamp>(json!(u64::MAX)).is_ok());
    for bad in [
        json!("yesterday"),
        json!(1.5),
        json!(true),
        json!(["2018-10-05T04:20:00Z"]),
        json!(""),
    ] {
        assert!(serde_json::from_value::<Timestamp>(bad.clone()).is_err(), "{bad}");
    }
    assert!(serde_json::from_str::<Timestamp>("1e18").is_err());
    assert!(serde_json::from_str::<Timestamp>("123456789012345678901234567890").is_err());
}

/// Ninety-nine users who fit and one guest who does not, as one page.
fn page() -> String {
    let mut page = String::from(r#"{"duration":"9ms","users":["#);
    for index in 0..99 {
        let custom = format!(r#"{{"plan":"p{index}"}}"#);
        write!(
            page,
            r#"{{"id":"u{index}","custom":{custom},"created_at":1,"updated_at":1}},"#
        )
        .unwrap();
    }
    page.push_str(r#"{"id":"guest","custom":{},"created_at":1,"updated_at":1}]}"#);
    page
}

#[test]
fn one_odd_user_does_not_lose_a_lenient_page() {
    let page: QueriedUsers<Lenient<Profile>> = serde_json::from_str(&page()).unwrap();
    assert_eq!(page.users.len(), 100);
    assert_eq!(page.users[7].custom.get().unwrap().plan, "p7");
    let odd: Vec<_> = page
        .users
        .iter()
        .filter(|user| user.custom.get().is_none())
        .collect();
    assert_eq!(odd.len(), 1);
    assert_eq!(odd[0].id, "guest");
    assert!(odd[0].custom.reason().unwrap().contains("missing field `plan`"));
    assert!(matches!(&odd[0].custom, Lenient::Raw { json, .. } if json.as_json() == "{}"));
}

#[test]
fn one_odd_user_fails_a_strict_page() {
    let error = serde_json::from_str::<QueriedUsers<Profile>>(&page())
        .unwrap_err()
        .to_string();
    assert!(error.contains("missing field `plan`"), "{error}");
}

#[test]
fn missing_custom_data_are_an_empty_object_to_every_type() {
    for json in [
        user_with(&json!({})),
        user_with(&json!({"custom": null})),
        user_with(&json!({"custom": {}})),
    ] {
        let text = json.to_string();
        assert!(serde_json::from_str::<User>(&text).unwrap().custom.is_empty());
        assert_eq!(
            serde_json::from_str::<User<Preferences>>(&text).unwrap().custom,
            Preferences::default()
        );
        assert!(
            serde_json::from_str::<User<Lenient<Profile>>>(&text)
                .unwrap()
                .custom
                .reason()
                .is_some()
        );
        assert_eq!(
            serde_json::from_str::<User<Value>>(&text).unwrap().custom,
            json!({})
        );
        let error = serde_json::from_str::<User<Profile>>(&text)
            .unwrap_err()
            .to_string();
        assert!(error.contains("missing field `plan`"), "{error}");
    }
}

#[test]
fn custom_data_that_is_no_object_is_kept_and_cannot_be_sent_back() {
    let json = user_with(&json!({"custom": [1]})).to_string();
    let user: User = serde_json::from_str(&json).unwrap();
    assert!(!user.custom.is_object() && !user.custom.is_empty());
    assert_eq!(user.custom.as_json(), "[1]");
    assert!(user.custom.get::<u8>("key").is_err());
    let mut violations = Violations::new();
    UpsertUsers::new([UserRequest::from(user)]).validate(&mut violations);
    assert!(
        violations
            .to_string()
            .contains("users[0].custom must be written as a JSON object"),
        "{violations}"
    );
    let lenient: User<Lenient<Profile>> = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_value(&lenient).unwrap()["custom"], json!([1]));
}

#[test]
fn users_nested_in_mutes_and_blocks_may_have_any_custom_data() {
    for custom in [
        json!({}),
        json!(null),
        json!({"plan": 5}),
        json!({"plan": {"a": []}, "x": "y"}),
    ] {
        let nested = user_with(&json!({"id": "bob", "custom": custom}));
        let mute = json!({"user": nested, "target": nested, "created_at": 1, "updated_at": 1});
        let channel_mute = json!({"user": nested, "channel": {"cid": 5}, "created_at": 1, "updated_at": 1});
        let json = user_with(&json!({
            "custom": {"plan": "pro"}, "mutes": [mute], "channel_mutes": [channel_mute],
        }));
        let typed: User<Profile> = serde_json::from_value(json).unwrap();
        let chat = typed.chat.unwrap();
        assert_eq!(chat.mutes[0].target.as_ref().unwrap().id, "bob");
        assert_eq!(
            chat.channel_mutes[0].channel.as_ref().unwrap().as_json(),
            r#"{"cid":5}"#
        );
        let block = json!({"user_id": "ada", "blocked_user_id": "bob", "created_at": 1, "user": nested,
                           "blocked_user": nested});
        let blocks: UserBlocks = serde_json::from_value(json!({"blocks": [block]})).unwrap();
        assert_eq!(blocks.blocks[0].blocked_user.as_ref().unwrap().id, "bob");
    }
}

#[test]
fn raw_parts_are_read_from_every_source() {
    let text = user_with(&json!({"custom": {"plan": "pro"}, "mutes": []})).to_string();
    let expected = serde_json::from_str::<User>(&text).unwrap();
    assert_eq!(expected.custom.as_json(), r#"{"plan":"pro"}"#);
    assert_eq!(serde_json::from_slice::<User>(text.as_bytes()).unwrap(), expected);
    assert_eq!(
        serde_json::from_reader::<_, User>(text.as_bytes()).unwrap(),
        expected
    );
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(User::deserialize(&value).unwrap(), expected);
    assert_eq!(serde_json::from_value::<User>(value).unwrap(), expected);
    let lenient: User<Lenient<Profile>> = serde_json::from_reader(text.as_bytes()).unwrap();
    assert_eq!(lenient.custom.get().unwrap().plan, "pro");
    let task = r#"{"task_id":"t","status":"completed","created_at":1,"updated_at":1,"result":{ "ada" : 1 }}"#;
    let task: Task = serde_json::from_reader(task.as_bytes()).unwrap();
    assert_eq!(task.result.unwrap().as_json(), r#"{ "ada" : 1 }"#);
}

#[test]
fn strings_are_unescaped_in_fields_and_kept_in_custom_data() {
    let json = "{\"id\":\"\\u0061da\",\"n\\u0061me\":\"\\ud83d\\ude80 Ada\",\"custom\":{\"k\\u0065y\":\"\\u0076\"},\
                \"created_at\":1,\"updated_at\":1}";
    let user: User = serde_json::from_str(json).unwrap();
    assert_eq!((user.id.as_str(), user.display_name()), ("ada", "🚀 Ada"));
    assert_eq!(user.custom.as_json(), r#"{"k\u0065y":"\u0076"}"#);
    assert_eq!(user.custom.get::<String>("key").unwrap().as_deref(), Some("v"));
}

#[test]
fn deep_nesting_is_kept_or_refused_but_never_panics() {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let text = format!(
        r#"{{"id":"ada","created_at":1,"updated_at":1,"unknown":{deep},"custom":{{"a":{deep},"b":1}}}}"#
    );
    let user: User = serde_json::from_str(&text).unwrap();
    assert_eq!(user.custom.get::<u8>("b").unwrap(), Some(1));
    assert!(user.custom.get::<Value>("a").is_err() && user.custom.to_map().is_err());
    assert!(serde_json::to_string(&user).unwrap().contains(&deep));
    // A mute holds a user, who has mutes: that is decoded, and so it is bounded.
    let open = r#"{"id":"a","created_at":1,"updated_at":1,"mutes":[{"created_at":1,"updated_at":1,"target":"#;
    let mutes = format!("{}null{}", open.repeat(5_000), "}]}".repeat(5_000));
    assert!(
        serde_json::from_str::<User>(&mutes)
            .unwrap_err()
            .to_string()
            .contains("recursion limit")
    );
}

#[test]
fn huge_numbers_are_kept_or_refused_but_never_panic() {
    let digits = "9".repeat(400);
    for number in [
        &digits,
        "1e999",
        "-1e999",
        "18446744073709551616",
        "123456789012345678901234567890",
    ] {
        let text = format!(r#"{{"id":"ada","created_at":1,"updated_at":1,"custom":{{"n":{number},"m":2}}}}"#);
        let user: User = serde_json::from_str(&text).unwrap();
        assert_eq!(user.custom.as_json(), format!(r#"{{"n":{number},"m":2}}"#));
        assert!(user.custom.get::<u64>("n").is_err());
        assert_eq!(user.custom.get::<u64>("m").unwrap(), Some(2));
        let text = format!(r#"{{"id":"ada","created_at":{number},"updated_at":1}}"#);
        assert!(serde_json::from_str::<User>(&text).is_err());
        let text = format!(r#"{{"limit":{number},"remaining":0,"reset":0}}"#);
        assert!(serde_json::from_str::<EndpointLimit>(&text).is_err());
    }
}

#[test]
fn custom_data_that_no_map_can_hold_are_neither_lost_nor_equal() {
    let huge: Custom = serde_json::from_str(r#"{"n":1e999,"a":1}"#).unwrap();
    assert_ne!(huge, Custom::new());
    assert_ne!(
        huge,
        serde_json::from_str::<Custom>(r#"{"n":2e999,"a":1}"#).unwrap()
    );
    assert_eq!(huge, huge.clone());
    assert_eq!(
        huge.with("a", 2).with("b", "c").as_json(),
        r#"{"n":1e999,"a":2,"b":"c"}"#
    );
}

#[test]
fn of_a_key_that_stands_twice_the_last_counts() {
    let text = r#"{"id":"a","id":"b","name":"x","name":null,"created_at":1,"created_at":2,"updated_at":3,
                   "custom":{"k":1},"custom":{"k":2},"unread_count":1,"unread_count":2}"#;
    let user: User = serde_json::from_str(text).unwrap();
    assert_eq!((user.id.as_str(), user.name.as_deref()), ("b", None));
    assert_eq!(user.custom.get::<u8>("k").unwrap(), Some(2));
    assert_eq!(user.chat.unwrap().unread_count, 2);
    let custom: Custom = serde_json::from_str(r#"{"k":1,"k":2}"#).unwrap();
    assert_eq!(custom.get::<u8>("k").unwrap(), Some(2));
    let mut map: StrMap<u8> = serde_json::from_str(r#"{"k":1,"k":2}"#).unwrap();
    assert_eq!((map.len(), map.get("k")), (2, Some(&2)));
    assert_eq!(map.insert("k", 3), Some(2));
    assert_eq!(map.get("k"), Some(&3));
    let twice = format!(
        r#"{{"users":{{"a":{},"a":{}}}}}"#,
        user_with(&json!({})),
        user_with(&json!({"name": "x"}))
    );
    assert_eq!(
        serde_json::from_str::<UpsertedUsers>(&twice).unwrap().users.len(),
        2
    );
}

#[test]
fn users_by_id_keep_the_order_of_the_answer() {
    let text = r#"{"users":{"zoe":{"id":"zoe","created_at":1,"updated_at":1},
                            "ada":{"id":"ada","created_at":1,"updated_at":1}}}"#;
    let answer: UpsertedUsers = serde_json::from_str(text).unwrap();
    let ids: Vec<_> = answer.users.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(ids, ["zoe", "ada"]);
    assert!(answer.users.get("ada").is_some() && answer.users.get("bob").is_none());
    let request: UpsertUsers = serde_json::from_str(r#"{"users":{"b":{"id":"b"},"a":{"id":"a"}}}"#).unwrap();
    assert_eq!(
        request,
        UpsertUsers::new([UserRequest::new("b"), UserRequest::new("a")])
    );
}

#[test]
fn refusals_are_read_with_what_there_is() {
    let error: ApiError = serde_json::from_str(r#"{"code":-7}"#).unwrap();
    assert_eq!(
        (error.code, error.code.name(), error.status),
        (ErrorCode::from(-7), None, 0)
    );
    let text = r#"{"code":4,"message":"no","StatusCode":400,"details":null,"exception_fields":{"users[a].id":"bad"}}"#;
    let error: ApiError = serde_json::from_str(text).unwrap();
    assert_eq!(error.to_string(), "stream api error 4 (http 400): no");
    assert_eq!(
        (error.code.name(), error.exception_fields.len()),
        (Some("INPUT"), 1)
    );
}

#[test]
fn small_types_refuse_what_they_are_not() {
    assert!(
        serde_json::from_str::<Str>("1")
            .unwrap_err()
            .to_string()
            .contains("a string")
    );
    assert!(
        serde_json::from_str::<StrMap<u8>>("[]")
            .unwrap_err()
            .to_string()
            .contains("an object")
    );
    assert!(serde_json::from_str::<RawJson>("{").is_err());
    assert!(
        serde_json::from_str::<Device>(r#"{"id":"d"}"#)
            .unwrap_err()
            .to_string()
            .contains("`created_at`")
    );
    let spaced: RawJson = serde_json::from_str(r#"  {"b" : 1, "a":2}  "#).unwrap();
    assert_eq!(
        spaced,
        serde_json::from_str::<RawJson>(r#"{"a":2,"b":1}"#).unwrap()
    );
    assert_ne!(spaced, serde_json::from_str::<RawJson>(r#"{"a":2}"#).unwrap());
}

#[test]
fn a_refusal_is_read_whatever_its_lesser_fields_hold() {
    for odd in [
        json!({"details": [{"a": 1}]}),
        json!({"duration": 0}),
        json!({"StatusCode": "404"}),
        json!({"more_info": {}}),
        json!({"exception_fields": {"a": ["x"]}}),
        json!({"unrecoverable": "yes"}),
        json!({"message": null}),
        json!({"message": {"text": "gone"}}),
    ] {
        let mut envelope = json!({"code": 16, "message": "gone"});
        envelope
            .as_object_mut()
            .unwrap()
            .extend(odd.as_object().unwrap().clone());
        let error: ApiError =
            serde_json::from_value(envelope).unwrap_or_else(|error| panic!("{odd}: {error}"));
        assert_eq!(error.code, ErrorCode::DOES_NOT_EXIST);
    }
}

#[test]
fn setting_a_key_loses_no_other_that_cannot_be_read() {
    let custom: Custom = serde_json::from_str(r#"{"\ud800":1,"nested":{"plan":"pro"}}"#).unwrap();
    let json = custom.with("a", 1).as_json().to_owned();
    assert_eq!(json, r#"{"\ud800":1,"nested":{"plan":"pro"},"a":1}"#);
    let list: Custom = serde_json::from_str("[1]").unwrap();
    assert_eq!(list.with("a", 1).as_json(), r#"{"a":1}"#);
}

#[test]
fn the_order_of_a_maps_entries_does_not_count() {
    let one: StrMap<u8> = [("a", 1), ("b", 2)].into_iter().collect();
    let other: StrMap<u8> = [("b", 2), ("a", 1)].into_iter().collect();
    let third: StrMap<u8> = [("b", 2), ("a", 2)].into_iter().collect();
    assert_eq!(one, other);
    assert_ne!(one, third);
}

#[test]
fn a_map_with_a_key_twice_equals_only_its_like() {
    let doubled: StrMap<u8> = serde_json::from_str(r#"{"a":1,"a":2}"#).unwrap();
    let other: StrMap<u8> = serde_json::from_str(r#"{"a":2,"b":3}"#).unwrap();
    let single: StrMap<u8> = serde_json::from_str(r#"{"a":2}"#).unwrap();
    assert_ne!(doubled, other);
    assert_ne!(other, doubled);
    assert_eq!(doubled, single);
    assert_eq!(single, doubled);
}
