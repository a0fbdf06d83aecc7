//! Random users, filters, sorts and pages: the emulator finds the same users in the same order as a plain reference
//! does, and refuses what the reference refuses.
//!
//! `STREAM_USERS_QUERY_CASES` sets how many cases are tried; each is a set of users and a few queries.

mod cases;
mod queries;
mod reference;
mod values;

use proptest::prop_assert_eq;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::Value;
use stream_users_emulator::Emulator;

use crate::stream::{Stream, ids};

const CASES: u32 = 200;

#[test]
fn finds_what_a_plain_reference_finds() {
    let cases = std::env::var("STREAM_USERS_QUERY_CASES").map_or(CASES, |text| text.parse().unwrap());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&cases::case(), |case| compare(&case))
        .unwrap_or_else(|failure| panic!("{failure}"));
}

fn compare(case: &cases::Case) -> Result<(), TestCaseError> {
    let stream = Stream::with(Emulator::builder().role("speaker"));
    stream
        .0
        .seed(&serde_json::json!({ "users": case.users }))
        .unwrap();
    if !case.deleted.is_empty() {
        let deleted = serde_json::json!({ "user_ids": case.deleted });
        stream.post("/api/v2/users/delete", deleted).ok(201);
    }
    let there: Vec<&Value> = case
        .users
        .iter()
        .filter(|user| !case.deleted.iter().any(|id| user["id"] == id.as_str()))
        .collect();
    for query in &case.queries {
        let answer = stream.query(query);
        if let Some(expected) = reference::query(&there, query) {
            prop_assert_eq!(answer.status, 200, "{}: {}", query, answer.body);
            prop_assert_eq!(ids(&answer.body), expected, "{}", query);
        } else {
            prop_assert_eq!(answer.status, 400, "{}", query);
            prop_assert_eq!(&answer.body["code"], 4, "{}", answer.body);
        }
    }
    Ok(())
}
