use std::path::Path;

use super::{good, options, rows_of};
use crate::input::{Input, Location};

fn fixture() -> Input {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/users.parquet");
    Input::open(&Location::File(path), &options(&[])).unwrap()
}

/// `users_parquet.py` beside the file says what is in it, and what wrote it.
#[test]
fn a_file_of_another_tool_is_read_with_its_types() {
    let (rows, failure) = rows_of(fixture());
    assert_eq!(failure, None);
    assert_eq!(
        rows,
        [
            good(
                1,
                r#"{"id":"ada","name":"Ada Lovelace","teams":["red","blue"],"privacy_settings":{"read_receipts":{"enabled":false}},"custom":{"address":{"city":"London"},"born":"1815-12-10","exact":"2026-01-02T03:04:05.000000006Z","joined":"2026-01-02T03:04:05Z","labels":{"a":"x"},"plan":"pro","raw":"bytes","score":0.1,"seats":9007199254740993,"vip":true,"zip":"01067"}}"#
            ),
            good(
                2,
                r#"{"id":"bob","teams":[],"custom":{"plan":"free","seats":-3,"vip":false,"zip":"10115"}}"#
            ),
            good(3, r#"{"id":"007","name":"James","custom":{"labels":{},"score":2.5}}"#),
            (
                4,
                Err((None, "id is missing; give each row the id of its user".to_owned()))
            ),
            (
                5,
                Err((
                    None,
                    "the column \"raw\" has bytes that are not UTF-8; write it as text, or pass it over with --column \
                     raw=-"
                        .to_owned()
                ))
            ),
        ]
    );
}

#[test]
fn parquet_needs_a_file_and_a_whole_one() {
    let found = super::failure("u.parquet", "PAR1 and not more", &[]);
    assert!(found.contains("put it into a file"), "{found}");
}
