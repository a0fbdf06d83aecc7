use super::{failure, good, rows};

#[test]
fn an_array_and_an_object_by_id_are_read_element_by_element() {
    let array = " [ {\"id\":\"a\"} ,\n{\"id\":\"b\",\"custom\":{\"x\":\"],[\\\"\"}}\n]\n";
    assert_eq!(
        rows("u.json", array, &[]),
        [
            good(1, r#"{"id":"a"}"#),
            good(2, r#"{"id":"b","custom":{"x":"],[\""}}"#)
        ]
    );
    let object = r#"{"a":{"id":"a","name":"A"},"b":{"name":"B"},"c":{"id":"d"}}"#;
    assert_eq!(
        rows("u.json", object, &[]),
        [
            good(1, r#"{"id":"a","name":"A"}"#),
            good(2, r#"{"id":"b","name":"B"}"#),
            (
                3,
                Err((
                    Some("c".to_owned()),
                    "id is another than the one under which the user stands; make them the same".to_owned()
                ))
            )
        ]
    );
    assert_eq!(rows("u.json", "[]", &[]), []);
    assert_eq!(rows("u.json", " {} ", &[]), []);
}

#[test]
fn what_is_wrong_inside_an_element_is_wrong_with_that_row_alone() {
    let found = rows(
        "u.json",
        "[{\"id\":\"a\"},\n7,\n{\"id\":\"b\",},\n{\"id\":\"c\"}]",
        &[],
    );
    assert_eq!(found.len(), 4);
    assert_eq!(
        found[1].1.as_ref().unwrap_err().1,
        "the row must be a JSON object; it is a number"
    );
    assert!(
        found[2]
            .1
            .as_ref()
            .unwrap_err()
            .1
            .starts_with("the row is no valid JSON: ")
    );
    assert_eq!(found[3], good(4, r#"{"id":"c"}"#));
}

#[test]
fn a_document_that_is_none_is_a_failure_and_says_where() {
    for (text, expected) in [
        (
            "[{\"id\":\"a\"}",
            "ends in the middle of the JSON document (line 1)",
        ),
        (
            "[{\"id\":\"a\"},\n{\"id\":",
            "ends in the middle of the JSON document (line 2)",
        ),
        (
            "[{\"id\":\"a\"}\n{\"id\":\"b\"}]",
            "line 2 should have `,` or the end of the list",
        ),
        (
            "[{\"id\":\"a\"},]",
            "line 1 should have another element behind the comma",
        ),
        ("[{\"id\":\"a\"}] x", "line 1 should have nothing more"),
        ("id,name\n", "line 1 should have `[` or `{`"),
        (
            "{\"id\":\"a\",\"name\":\"A\"}\n{\"id\":\"b\"}\n",
            "is a JSON object whose first value is no user",
        ),
    ] {
        let found = failure("u.json", text, &[]);
        assert!(found.contains(expected), "{text}: {found}");
    }
}

#[test]
fn an_empty_document_is_a_failure() {
    for text in ["", " \n"] {
        assert!(failure("u.json", text, &[]).contains("is empty"), "{text:?}");
    }
}

#[test]
fn an_id_above_a_user_that_is_no_text_is_wrong_with_that_row_alone() {
    assert_eq!(
        rows("u.json", r#"{"a":{},"\ud800":{"id":"b"},"c":{}}"#, &[]),
        [
            good(1, r#"{"id":"a"}"#),
            (
                2,
                Err((
                    None,
                    "the id under which the user stands is no valid text; mend it (line 1)".to_owned()
                ))
            ),
            good(3, r#"{"id":"c"}"#),
        ]
    );
}

/// Their numbers are places, and are called so.
#[test]
fn rows_of_a_document_have_no_lines() {
    let found = rows(
        "u.json",
        "[\n{\"id\":\"a\"},\n\n{\"id\":\"a\"},\n{\n\"id\": \"b\"\n\"x\":1}]",
        &[],
    );
    let reason = |index: usize| found[index].1.as_ref().unwrap_err().1.as_str();
    assert_eq!(
        reason(1),
        "the id stands in row 1 already; keep one, or say --duplicates last"
    );
    assert_eq!(
        reason(2),
        "the row is no valid JSON: expected `,` or `}`, in column 1 of its line 3"
    );
}
