//! Cursors: where they stand, what resumes them, and what is refused.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stream_users_core::{Cursor, ErrorKind, Pages, UsersApiExt};
use stream_users_model::{Custom, QueryUsers, Sort, User, UserRequest, field};
use stream_users_testing::Answer;

use super::ids;
use super::orders::{all, user, with};
use super::service::Service;
use crate::stage::Stage;

/// Users of whom every third has no name.
fn some(count: i64) -> Service {
    let users = (0..count).map(|n| {
        let user = with(user(&format!("u{n:05}"), n / 3), "score", n);
        if n % 3 == 0 {
            user
        } else {
            with(user, "name", format!("Name {}", n % 7))
        }
    });
    Service::new(users.collect())
}

fn saved(cursor: &Cursor) -> Cursor {
    let text = cursor.to_string();
    let read = text.parse().unwrap();
    assert_eq!(*cursor, read);
    read
}

#[tokio::test]
async fn every_place_can_be_resumed() {
    for (sort, unset_first) in [
        (Sort::asc("id"), true),
        (Sort::desc("created_at"), true),
        (Sort::asc("name"), true),
        (Sort::asc("name"), false),
        (Sort::desc("role"), true),
        (Sort::asc("score"), true),
    ] {
        let stage = some(23).unset_first(unset_first).stage();
        let users = stage.users::<Custom>();
        let query = |limit| all().sort(sort.clone()).limit(limit);
        let expected = ids(users.items(query(100))).await.unwrap();
        let mut items = users.items(query(5));
        for handed_out in 0..=23 {
            let cursor = saved(&items.cursor());
            // The limit may be another.
            let rest = users.items(query(7)).resume(&cursor).unwrap();
            assert_eq!(
                ids(rest).await.unwrap(),
                expected[handed_out..],
                "{sort:?} {handed_out}"
            );
            assert_eq!(items.next().await.is_none(), handed_out == 23);
        }
        let mut pages = users.pages(query(5));
        let mut handed_out = 0;
        while let Some(page) = pages.try_next().await.unwrap() {
            handed_out += page.len();
            let rest = users.pages(query(5)).resume(&saved(&pages.cursor())).unwrap();
            assert_eq!(ids(rest.items()).await.unwrap(), expected[handed_out..]);
        }
    }
}

#[tokio::test]
async fn a_place_near_the_wall_can_be_resumed() {
    let stage = some(1_095).stage();
    let users = stage.users::<Custom>();
    let query = || all().sort(field::custom("score").asc());
    let mut items = users.items(query());
    for _ in 0..1_042 {
        items.next().await.unwrap().unwrap();
    }
    for limit in [100, 9] {
        let rest = users.items(query().limit(limit)).resume(&items.cursor()).unwrap();
        let rest = ids(rest).await.unwrap();
        assert_eq!((rest.len(), rest[0].as_str()), (53, "u01042"));
    }
}

#[tokio::test]
async fn behind_the_end_are_those_who_have_come_since() {
    let service = some(10);
    let stage = service.stage();
    let users = stage.users::<Custom>();
    let mut pages = users.all_users();
    while pages.try_next().await.unwrap().is_some() {}
    let end = pages.cursor();
    assert!(users.all_users().resume(&end).unwrap().next().await.is_none());
    service.add(user("v", 99));
    let new = ids(users.all_users().resume(&end).unwrap().items())
        .await
        .unwrap();
    assert_eq!(new, ["v"]);
    // The same pages can go on as well.
    assert_eq!(ids(pages.resume(&end).unwrap().items()).await.unwrap(), ["v"]);
}

#[tokio::test]
async fn after_an_error_it_stands_behind_who_was_handed_out() {
    let page = |ids: &[&str]| {
        let users: Vec<Value> = ids.iter().map(|id| user(id, 1)).collect();
        Answer::json(200, json!({ "users": users }))
    };
    let refused = Answer::json(400, json!({"code": 4, "message": "no"}));
    let stage = Stage::new([page(&["a", "b"]), refused, page(&["c"]), page(&[])]);
    let users = stage.users::<Custom>();
    let mut items = users.items(all().limit(2));
    assert_eq!(items.next().await.unwrap().unwrap().id, "a");
    assert_eq!(items.next().await.unwrap().unwrap().id, "b");
    assert_eq!(items.next().await.unwrap().unwrap_err().status(), Some(400));
    let cursor = items.cursor();
    assert_eq!(ids(items.resume(&cursor).unwrap()).await.unwrap(), ["c"]);
    let last = stage.requests().remove(2);
    assert_eq!(
        super::payload(&last)["filter_conditions"],
        json!({"id": {"$gt": "b"}})
    );
}

#[tokio::test]
async fn a_page_that_is_not_here_does_not_count() {
    let mut pages = Pages::<User>::of_users(all(), |_| Box::pin(std::future::pending()));
    let start = pages.cursor();
    assert!(pages.next().now_or_never().is_none());
    assert_eq!(pages.cursor(), start);
}

#[tokio::test]
async fn another_query_is_refused() {
    let stage = some(10).stage();
    let users = stage.users::<Custom>();
    let query = || {
        QueryUsers::new(field::role().eq("user"))
            .sort(field::name().asc())
            .user_id("ada")
    };
    let mut pages = users.pages(query().limit(3));
    pages.next().await.unwrap().unwrap();
    let cursor = pages.cursor();
    let changed = |change: fn(&mut QueryUsers)| {
        let mut query = query();
        change(&mut query);
        users.pages(query).resume(&cursor)
    };
    for (what, same) in [
        ("limit", changed(|query| query.limit = Some(50))),
        ("presence", changed(|query| query.presence = Some(false))),
        ("no offset", changed(|query| query.offset = Some(0))),
        (
            "active ones",
            changed(|query| query.include_deactivated_users = Some(false)),
        ),
        (
            "the same user",
            changed(|query| {
                query.user_id = None;
                query.user = Some(UserRequest::new("ada").name("Ada"));
            }),
        ),
    ] {
        assert!(same.is_ok(), "{what}");
    }
    for (what, other) in [
        (
            "filter",
            changed(|query| query.filter = field::role().eq("admin")),
        ),
        ("field", changed(|query| query.sort = vec![Sort::asc("role")])),
        (
            "direction",
            changed(|query| query.sort = vec![Sort::desc("name")]),
        ),
        ("offset", changed(|query| query.offset = Some(1))),
        (
            "deactivated",
            changed(|query| query.include_deactivated_users = Some(true)),
        ),
        ("user", changed(|query| query.user_id = Some("bob".into()))),
        ("no user", changed(|query| query.user_id = None)),
    ] {
        let error = other.expect_err(what);
        assert!(
            error.is_invalid() && error.to_string().contains("another query"),
            "{what}: {error}"
        );
    }
}

#[test]
fn a_cursor_is_a_text() {
    let stage = some(1).stage();
    let cursor = stage.users::<Custom>().all_users().cursor();
    let text = cursor.to_string();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    assert!(text.starts_with("v1.") && text.chars().all(allowed), "{text}");
    assert_eq!(serde_json::to_value(&cursor).unwrap(), json!(text));
    assert_eq!(serde_json::from_value::<Cursor>(json!(text)).unwrap(), cursor);
    assert_eq!(HashSet::from([cursor.clone(), saved(&cursor)]).len(), 1);
    // Texts that were saved must stay readable: the digest is that of the operation and the query's parts, as JSON with
    // sorted keys.
    let parts = r#"{"operation":"query_users","query":{"deactivated":false,"filter":{},"offset":0,"sort":[],"user":null}}"#;
    let digest = URL_SAFE_NO_PAD.encode(&Sha256::digest(parts)[..16]);
    let content = format!(r#"{{"query":"{digest}","at":"start"}}"#);
    assert_eq!(text, format!("v1.{}", URL_SAFE_NO_PAD.encode(content)));
}

#[tokio::test]
async fn nothing_about_a_person_is_in_debug_or_errors() {
    let users = vec![with(user("ada-lovelace", 1), "name", "Ada King")];
    let stage = Service::new(users).stage();
    let users = stage.users::<Custom>();
    let mut items = users.items(all().sort(field::name().asc()));
    items.next().await.unwrap().unwrap();
    let cursor = items.cursor();
    let refused = users.items(all()).resume(&cursor).unwrap_err();
    for shown in [
        format!("{cursor:?}"),
        format!("{items:?}"),
        format!("{refused} {refused:?}"),
    ] {
        assert!(!shown.contains("ada") && !shown.contains("Ada"), "{shown}");
    }
    assert_eq!(format!("{cursor:?}"), "Cursor { .. }");
}

/// The text of a cursor with another place in it.
pub(super) fn forged(text: &str, at: &Value) -> String {
    let content = URL_SAFE_NO_PAD.decode(&text[3..]).unwrap();
    let mut content: Value = serde_json::from_slice(&content).unwrap();
    content["at"] = at.clone();
    format!("v1.{}", URL_SAFE_NO_PAD.encode(content.to_string()))
}

#[test]
fn hostile_texts_are_refused() {
    let stage = some(1).stage();
    let users = stage.users::<Custom>();
    let cursor = users.all_users().cursor();
    let text = cursor.to_string();
    let deep = format!("v1.{}", URL_SAFE_NO_PAD.encode("[".repeat(40_000)));
    let texts = [
        String::new(),
        "v1.".to_owned(),
        "v1".to_owned(),
        text.replace("v1", "v2"),
        text.to_uppercase(),
        format!("{text}="),
        format!(" {text}"),
        format!("{text}\n"),
        text[..text.len() - 1].to_owned(),
        "v1.\u{e9}\u{0}".to_owned(),
        deep,
        "v1.".repeat(Cursor::MAX_LEN),
        format!("v1.{}", URL_SAFE_NO_PAD.encode(r#"{"query":1,"at":"start"}"#)),
        format!("v1.{}", URL_SAFE_NO_PAD.encode(r#"{"query":"x"}"#)),
        format!("v1.{}", URL_SAFE_NO_PAD.encode([0xff, 0xfe])),
    ];
    for text in texts {
        let error = text.parse::<Cursor>().unwrap_err();
        let start: String = text.chars().take(50).collect();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{start}");
        assert!(error.to_string().len() < 200, "{start}");
        assert!(serde_json::from_value::<Cursor>(json!(text)).is_err(), "{start}");
    }
    assert!(serde_json::from_value::<Cursor>(json!(7)).is_err());
    for at in [
        json!("end"),
        json!(null),
        json!({"skipped": -1}),
        json!({"skipped": 5_000_000_000_u64}),
        json!({"behind": {}}),
        json!({"behind": {"id": "a", "value": 1}}),
        json!({"behind": {"id": "a", "more": 1}}),
        json!({"behind": {"id": "a", "value": {"time": "yesterday"}}}),
        json!({"behind": {"id": "a"}, "skipped": 1}),
    ] {
        let forged = forged(&text, &at).parse().unwrap();
        let error = users.all_users().resume(&forged).unwrap_err();
        assert!(
            error.is_invalid() && error.to_string().len() < 200,
            "{at}: {error}"
        );
    }
}

#[tokio::test]
async fn a_place_of_another_order_is_refused() {
    let stage = some(3).stage();
    let users = stage.users::<Custom>();
    let time = json!({"time": "2026-01-01T00:00:00Z"});
    let text = json!({"text": "x"});
    let behind =
        |value: &Value, turned: bool| json!({"behind": {"id": "a", "value": value, "turned": turned}});
    for (sort, allowed) in [
        // By id, by a time that all have, by a time that not all have, by a text, by any other.
        ("id", [true, true, false, false, false, false]),
        ("created_at", [true, false, true, false, false, false]),
        ("last_active", [true, true, true, false, true, false]),
        ("name", [true, true, false, true, true, false]),
        ("role", [true, false, false, true, false, false]),
        ("score", [false, false, false, false, false, true]),
    ] {
        let pages = || users.pages(all().sort(Sort::asc(sort)));
        let start = pages().cursor().to_string();
        let places = [
            json!("start"),
            behind(&Value::Null, false),
            behind(&time, false),
            behind(&text, false),
            behind(if sort == "name" { &text } else { &time }, true),
            json!({"skipped": 4_000_000_000_u64}),
        ];
        for (at, allowed) in places.iter().zip(allowed) {
            let cursor = forged(&start, at).parse().unwrap();
            let pages = pages().resume(&cursor).unwrap();
            match pages.try_collect::<Vec<_>>().await {
                // However far ahead, it neither fails in an odd way nor goes on for ever.
                Ok(pages) => assert!(
                    allowed && pages.len() <= 2,
                    "those with a value, and those without"
                ),
                Err(error) => {
                    assert!(error.is_invalid(), "{error}");
                    assert_eq!(
                        error.to_string().contains("another order"),
                        !allowed,
                        "{sort} {at}: {error}"
                    );
                }
            }
        }
    }
}
