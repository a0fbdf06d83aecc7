use super::{good, reason, rows};
use crate::input::rows::LONGEST_ROW;

#[test]
fn lines_have_their_numbers_and_blank_ones_count() {
    let text = "\u{feff}{\"id\":\"a\"}\r\n\r\n  \n{\"id\":\"b\",\"name\":\"B\"}\n{\"id\":\"c\"}";
    assert_eq!(
        rows("u.ndjson", text, &[]),
        [
            good(1, r#"{"id":"a"}"#),
            good(4, r#"{"id":"b","name":"B"}"#),
            good(5, r#"{"id":"c"}"#)
        ]
    );
    assert_eq!(rows("u.ndjson", "", &[]), []);
    assert_eq!(rows("u.ndjson", "\n\n", &[]), []);
}

#[test]
fn a_line_of_a_dump_is_a_user_without_what_the_service_sets() {
    let line = r#"{"id":"ada","name":"Ada","role":"admin","language":"","teams":["red"],"teams_role":{"red":"x"},
        "custom":{"plan":"pro","n":1.50},"privacy_settings":{"read_receipts":{"enabled":false}},"online":true,
        "invisible":false,"banned":false,"shadow_banned":false,"blocked_user_ids":["eve"],"devices":[],
        "last_active":"2026-01-01T00:00:00Z","created_at":1538713200000000000,"updated_at":1538713200000000000,
        "mutes":[],"total_unread_count":3,"image":null}"#
        .replace('\n', " ");
    assert_eq!(
        rows("u.ndjson", line, &[]),
        [good(
            1,
            r#"{"id":"ada","name":"Ada","role":"admin","invisible":false,"teams":["red"],"teams_role":{"red":"x"},"privacy_settings":{"read_receipts":{"enabled":false}},"custom":{"plan":"pro","n":1.50}}"#
        )]
    );
}

#[test]
fn a_field_that_is_wrong_is_named_with_the_rule_and_without_its_value() {
    for (line, id, expected) in [
        (
            r#"{"id":"a","teams":7}"#,
            Some("a"),
            "teams must be a list of texts; it is a number",
        ),
        (
            r#"{"id":"a","teams":["x",7]}"#,
            Some("a"),
            "teams must be a list of texts; something in it is not",
        ),
        (
            r#"{"id":"a","name":7}"#,
            Some("a"),
            "name must be a text; it is a number; put it in quotes",
        ),
        (
            r#"{"id":"a","invisible":"yes"}"#,
            Some("a"),
            "invisible must be true or false; it is a text",
        ),
        (
            r#"{"id":"a","custom":[1]}"#,
            Some("a"),
            "custom must be an object; it is a list",
        ),
        (
            r#"{"id":"a","teams_role":"x"}"#,
            Some("a"),
            "teams_role must be an object of roles by team; it is a text",
        ),
        (
            r#"{"id":7}"#,
            None,
            "id must be a text; it is a number; put it in quotes",
        ),
        (
            r#"{"name":"A"}"#,
            None,
            "id is missing; give each row the id of its user",
        ),
        (
            r#"{"id":null}"#,
            None,
            "id is missing; give each row the id of its user",
        ),
        (r#"{"id":""}"#, None, "id must not be empty; give the id"),
        (
            r#"{"id":".."}"#,
            Some(".."),
            "id must not be \"..\": in a URL it names another place; use another id",
        ),
        (
            r#"{"id":"a","id":"b"}"#,
            None,
            "\"id\" stands twice in the row; keep one",
        ),
        ("[1]", None, "the row must be a JSON object; it is a list"),
        ("\"ada\"", None, "the row must be a JSON object; it is a text"),
        (
            r#"{"id":"a","name":"A"#,
            None,
            "the row is no valid JSON: it ends too soon, in column 19",
        ),
        (
            r#"{"id":"a" "name":"A"}"#,
            None,
            "the row is no valid JSON: expected `,` or `}`, in column 11",
        ),
    ] {
        let found = rows("u.ndjson", line, &[]);
        assert_eq!(
            found,
            [(1, Err((id.map(str::to_owned), expected.to_owned())))],
            "{line}"
        );
    }
    let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(256));
    assert_eq!(
        reason("u.ndjson", long, &[]),
        "id must have at most 255 characters; it has 256"
    );
}

#[test]
fn a_field_of_no_user_is_refused_or_goes_where_it_is_told() {
    let line = r#"{"id":"a","plan":"pro","custom":{"seats":3}}"#;
    assert_eq!(
        reason("u.ndjson", line, &[]),
        "\"plan\" is no field of a user; put it into custom, or say --extra-fields custom or ignore"
    );
    assert_eq!(
        rows("u.ndjson", line, &["--extra-fields", "custom"]),
        [good(1, r#"{"id":"a","custom":{"seats":3,"plan":"pro"}}"#)]
    );
    assert_eq!(
        rows("u.ndjson", line, &["--extra-fields", "ignore"]),
        [good(1, r#"{"id":"a","custom":{"seats":3}}"#)]
    );
    let both = r#"{"id":"a","plan":"pro","custom":{"plan":3}}"#;
    assert_eq!(
        reason("u.ndjson", both, &["--extra-fields", "custom"]),
        "\"plan\" stands in custom and beside it; keep one"
    );
}

#[test]
fn a_bad_line_is_a_bad_row_and_the_next_one_is_read() {
    let mut bytes = b"{\"id\":\"a\"}\n{\"id\":\"\xff\"}\n".to_vec();
    bytes.extend(format!("{{\"id\":\"long\",\"name\":\"{}\"}}\n", "x".repeat(LONGEST_ROW)).bytes());
    bytes.extend(b"{\"id\":\"b\"}\n");
    let found = rows("u.ndjson", bytes, &[]);
    let reasons: Vec<_> = found
        .iter()
        .map(|(number, row)| (*number, row.as_ref().err().map(|(_, reason)| reason.as_str())))
        .collect();
    assert_eq!(
        reasons,
        [
            (1, None),
            (
                2,
                Some("the row is not UTF-8 (byte 8 of it); convert the input to UTF-8 first")
            ),
            (
                3,
                Some(
                    "the row is longer than 1 MiB, and a user may be about 5 kB; look at where it should end"
                )
            ),
            (4, None)
        ]
    );
}

#[test]
fn an_id_that_stands_twice_is_refused_with_the_line_of_the_first() {
    let text = "{\"id\":\"a\"}\n\n{\"id\":\"b\"}\n{\"id\":\"a\",\"name\":\"A\"}\n";
    let found = rows("u.ndjson", text, &[]);
    assert_eq!(
        found[2],
        (
            4,
            Err((
                Some("a".to_owned()),
                "the id stands in line 1 already; keep one, or say --duplicates last".to_owned()
            ))
        )
    );
}

#[test]
fn reasons_are_short_however_long_the_names_are() {
    let long = "x".repeat(900_000);
    for line in [
        format!(r#"{{"id":"a","{long}":1}}"#),
        format!(r#"{{"id":"a","{long}":1,"{long}":1}}"#),
        format!(r#"{{"id":"{long}"}}"#),
    ] {
        let (_, found) = rows("u.ndjson", line, &[]).remove(0);
        let (id, reason) = found.unwrap_err();
        assert!(reason.chars().count() < 510, "{}", reason.len());
        assert!(id.is_none_or(|id| id.len() < 310));
    }
}

/// What no parser of the service takes is its word alone; what it would lose on the way is not touched.
#[test]
fn custom_data_are_carried_as_they_stand() {
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    for value in [
        r#""\ud800""#,
        "1e999",
        "123456789012345678901234567890",
        "1.50",
        r#"{"a":1,"a":2}"#,
        r#""\u0000\u00e9""#,
        &deep,
    ] {
        let line = format!(r#"{{"id":"a","custom":{{"x":{value}}}}}"#);
        assert_eq!(rows("u.ndjson", &line, &[]), [good(1, &line)]);
    }
}
