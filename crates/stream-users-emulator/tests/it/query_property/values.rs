//! Values of users and of queries. They come from small sets, so that queries find somebody and users are often equal.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

pub(super) const IDS: [&str; 20] = [
    "guest-1",
    "user-10",
    "user-9",
    "B",
    "b_b",
    "ada-lovelace",
    "2",
    "@",
    "a",
    "A",
    "ada",
    "ada-l",
    "b",
    "bob_1",
    "@c",
    "-",
    "0",
    "1a2b-3c4d",
    "z",
    "Zoe",
];
pub(super) const TEXTS: [&str; 20] = [
    "",
    " ",
    "Roxy",
    "roxy",
    "Curiosity Rover",
    "curiosity_rover",
    "rover curiosity",
    "Ада Ловлас",
    "ада",
    "İstanbul",
    "straße",
    "日本 語",
    "é",
    "e\u{301}",
    "👩‍🚀 moon",
    "it's \"quoted\" \\ %_*",
    "nul\u{0}byte",
    "\u{ffff}\u{10ffff}",
    "10",
    "9",
];
const TIMES: [i64; 5] = [
    0,
    1,
    1_767_225_600_000_000_000,
    1_767_225_600_000_000_001,
    4_000_000_000_000_000_000,
];
/// The same as the third and the fourth of [`TIMES`], and one of nobody.
const TIME_TEXTS: [&str; 4] = [
    "2026-01-01T00:00:00Z",
    "2026-01-01T01:00:00.000000001+01:00",
    "1970-01-01T00:00:00Z",
    "2030-05-06T07:08:09.123Z",
];
pub(super) const TEAMS: [&str; 4] = ["red", "blue", "Red", "équipe"];
const KEYS: [&str; 12] = [
    "score",
    "tags",
    "username",
    "email",
    "deep",
    "a b",
    "odd \"key\"",
    "back\\slash",
    "ключ",
    "custom",
    "0",
    "a.b",
];
/// What custom fields are asked for by: keys, and ways into objects.
pub(super) const PATHS: [&str; 16] = [
    "score",
    "tags",
    "deep",
    "a b",
    "odd \"key\"",
    "back\\slash",
    "ключ",
    "custom",
    "0",
    "a.b",
    "deep.er",
    "deep.score",
    "deep.er.er",
    "tags.0",
    "nobody",
    "Name",
];
/// What cannot be asked for.
pub(super) const NOWHERE: [&str; 5] = ["online", "deactivated_at", "deleted_at", "a..b", ".a"];

pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![9 => select(TEXTS.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => select(vec![
            json!(0), json!(1), json!(-1), json!(9), json!(10), json!(9.0), json!(9.5), json!(-0.5), json!(1e19),
            json!(1e300), json!(5e-324), json!(0.1), json!(i64::MAX), json!(i64::MIN), json!(9_007_199_254_740_993_i64),
            json!(9_007_199_254_740_992.0),
        ]),
        1 => any::<i64>().prop_map(Value::from),
        1 => (-1e9..1e9).prop_map(|number: f64| json!(number)),
        1 => proptest::num::f64::NORMAL.prop_map(|number| json!(number)),
    ]
}

pub(super) fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::from),
        4 => number(),
        2 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

/// Any value that JSON has.
pub(super) fn any_value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(select(vec!["er", "score", "$eq", "0"]), inner, 0..3).prop_map(|map| Value::Object(
                map.into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()
            )),
        ]
    })
}

pub(super) fn custom() -> impl Strategy<Value = Value> {
    btree_map(select(KEYS.to_vec()), any_value(), 0..6).prop_map(|map| {
        Value::Object(
            map.into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    })
}

pub(super) fn time() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(TIMES.to_vec()).prop_map(Value::from),
        select(TIME_TEXTS.to_vec()).prop_map(Value::from)
    ]
}

pub(super) fn teams() -> impl Strategy<Value = Value> {
    subsequence(TEAMS.to_vec(), 0..=TEAMS.len()).prop_map(|teams| json!(teams))
}

pub(super) fn role() -> impl Strategy<Value = Value> {
    select(vec![json!("user"), json!("admin"), json!("speaker")])
}
