use super::{failure, good, input, options, reason, rows};
use crate::input::DuplicateIds;

#[test]
fn columns_are_fields_and_others_are_custom_data() {
    let text = "\u{feff}id,name,teams,invisible,plan,custom.seats,address.city,created_at\r\n\
                ada,\"Ada, \"\"Countess\"\"\",red;blue,true,pro,3,London,2026-01-01\r\n\
                bob,,,,,,,\r\n";
    assert_eq!(
        rows("u.csv", text, &[]),
        [
            good(
                2,
                r#"{"id":"ada","name":"Ada, \"Countess\"","invisible":true,"teams":["red","blue"],"custom":{"address":{"city":"London"},"plan":"pro","seats":3}}"#
            ),
            good(3, r#"{"id":"bob"}"#),
        ]
    );
}

#[test]
fn only_what_json_would_write_just_so_becomes_a_number() {
    let cells = [
        ("7", "7"),
        ("-7", "-7"),
        ("0", "0"),
        ("1.5", "1.5"),
        ("-0.25", "-0.25"),
        ("9007199254740992", "9007199254740992"),
        ("true", "true"),
        ("false", "false"),
        ("007", "\"007\""),
        ("1e5", "\"1e5\""),
        ("1E5", "\"1E5\""),
        ("+49", "\"+49\""),
        ("1.50", "\"1.50\""),
        (".5", "\".5\""),
        ("5.", "\"5.\""),
        ("1.0", "\"1.0\""),
        ("-0", "\"-0\""),
        ("1_000", "\"1_000\""),
        ("1,000", "\"1,000\""),
        ("12345678901234567890", "\"12345678901234567890\""),
        ("9007199254740993", "\"9007199254740993\""),
        ("0.1000000000000000055", "\"0.1000000000000000055\""),
        ("True", "\"True\""),
        ("null", "\"null\""),
        ("NaN", "\"NaN\""),
        ("inf", "\"inf\""),
        (" 7", "\" 7\""),
        ("0x10", "\"0x10\""),
        ("2026-01-01", "\"2026-01-01\""),
        ("{}", "\"{}\""),
    ];
    for (cell, json) in cells {
        let text = format!("id,x\na,\"{cell}\"\n");
        let expected = format!(r#"{{"id":"a","custom":{{"x":{json}}}}}"#);
        assert_eq!(rows("u.csv", text, &[]), [good(2, &expected)], "{cell}");
    }
    // What has a field of its own has the field's type: the id 007 is a text as any other.
    assert_eq!(
        rows("u.csv", "id,name\n007,42\n", &[]),
        [good(2, r#"{"id":"007","name":"42"}"#)]
    );
}

#[test]
fn a_column_goes_where_it_is_told_with_the_type_that_it_is_told() {
    let text = "Id,Zip,Age,Score,Vip,Tags,Extra,Secret\n7,10115,42,1e2,yes,a;b,\"{\"\"k\"\":[1]}\",x\n";
    let arguments = [
        "--column",
        "Id=id",
        "--column",
        "Zip=custom.zip:string",
        "--column",
        "Age=custom.age:int",
        "--column",
        "Score=custom.score:float",
        "--column",
        "Vip=custom.vip:bool",
        "--column",
        "Tags=tags:list",
        "--column",
        "Extra=custom.extra:json",
        "--column",
        "Secret=-",
    ];
    assert_eq!(
        rows("u.csv", text, &arguments),
        [good(
            2,
            r#"{"id":"7","custom":{"age":42,"extra":{"k":[1]},"score":100.0,"tags":["a","b"],"vip":true,"zip":"10115"}}"#
        )]
    );
    assert_eq!(
        reason("u.csv", "id,age\na,old\n", &["--column", "age=custom.age:int"]),
        "custom.age must be a whole number, and the cell of the column \"age\" is not; mend it, or give the column \
         another type with --column"
    );
}

#[test]
fn lists_are_cut_where_it_is_said_or_are_json() {
    let teams =
        |cell: &str, arguments: &[&str]| rows("u.csv", format!("id,teams\na,\"{cell}\"\n"), arguments);
    let expected = [good(2, r#"{"id":"a","teams":["red","blue"]}"#)];
    assert_eq!(teams("red; blue", &[]), expected);
    assert_eq!(teams("red|blue", &["--list-separator", "|"]), expected);
    assert_eq!(teams("[\"\"red\"\",\"\"blue\"\"]", &[]), expected);
    assert_eq!(teams("red", &[]), [good(2, r#"{"id":"a","teams":["red"]}"#)]);
    assert_eq!(
        reason("u.csv", "id,teams\na,\"red,blue\"\n", &[]),
        "teams has `,`, and lists are cut at `;`; say --list-separator ',', or write a JSON list where it belongs to a \
         name"
    );
}

#[test]
fn a_row_begins_where_its_first_cell_does() {
    let text = "id,name\na,\"one\ntwo\nthree\"\n\nb,B\rc,C\r\nd,D";
    assert_eq!(
        rows("u.csv", text, &[]),
        [
            good(2, r#"{"id":"a","name":"one\ntwo\nthree"}"#),
            good(6, r#"{"id":"b","name":"B"}"#),
            good(7, r#"{"id":"c","name":"C"}"#),
            good(8, r#"{"id":"d","name":"D"}"#),
        ]
    );
}

#[test]
fn a_row_that_is_cut_wrong_is_a_bad_row() {
    let few = "the row has 2 cells and the header 3; put cells with delimiters in quotes";
    let found = rows(
        "u.csv",
        b"id,name,x\na,A\nb,B,1,2\nc,\xff,\nd,\"D\"D,\ne,E,\n",
        &[],
    );
    let found: Vec<_> = found
        .iter()
        .map(|(number, row)| {
            (
                *number,
                row.as_ref()
                    .map_err(|(id, reason)| (id.as_deref(), reason.as_str())),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (2, Err((Some("a"), few))),
            (
                3,
                Err((
                    Some("b"),
                    "the row has 4 cells and the header 3; put cells with delimiters in quotes"
                ))
            ),
            (
                4,
                Err((None, "cell 2 is not UTF-8; convert the input to UTF-8 first"))
            ),
            (
                5,
                Err((
                    None,
                    "something stands behind a closing quote; write a quote in a cell as two"
                ))
            ),
            (6, Ok(&r#"{"id":"e","name":"E"}"#.to_owned())),
        ]
    );
    assert_eq!(
        reason("u.csv", "id,name\na,\"A\nb,B\nc,C\n", &[]),
        "a quote is opened and not closed before the end of the input; close it; lines 2 to 5 belong to it: is a quote \
         missing?"
    );
    let open = format!("id,name\na,\"A\n{}", "b,B\n".repeat(300_000));
    assert_eq!(
        failure("u.csv", open, &[]),
        "u.csv: line 2 opens a quote that is not closed within 1 MiB; close it, or write a quote in a cell as two"
    );
}

#[test]
fn a_header_that_does_not_do_is_a_failure() {
    for (text, arguments, expected) in [
        ("", &[][..], "is empty"),
        ("id,\na,b\n", &[], "has no name in its first line for column 2"),
        (
            "id,plan,custom.plan\n",
            &[],
            "two columns for one field: \"plan\" and \"custom.plan\"",
        ),
        ("id,id\n", &[], "two columns for one field"),
        ("id,custom,custom.plan\n", &[], "two columns for one field"),
        ("id,a.b,a\n", &[], "two columns for one field"),
        (
            "ID;name\n",
            &[],
            "has no column `id`; its columns are \"ID;name\"",
        ),
        (
            "id\n",
            &["--column", "x=name"],
            "has no column \"x\", which --column x=name names",
        ),
        (
            "id,x\n",
            &["--column", "x=online"],
            "which the service sets itself",
        ),
    ] {
        let found = failure("u.csv", text, arguments);
        assert!(found.contains(expected), "{text:?}: {found}");
    }
}

#[test]
fn the_delimiter_is_given_or_known_from_the_name() {
    let expected = [good(2, r#"{"id":"a","name":"A,B"}"#)];
    assert_eq!(rows("u.tsv", "id\tname\na\tA,B\n", &[]), expected);
    assert_eq!(
        rows("u.csv", "id\tname\na\tA,B\n", &["--delimiter", "tab"]),
        expected
    );
    assert_eq!(rows("u.csv", "id;name\na;A,B\n", &["--delimiter", ";"]), expected);
}

#[test]
fn a_column_of_texts_and_numbers_is_noted() {
    let input = input("u.csv", "id,zip,plan\na,10115,x\nb,01067,y\n", &[]);
    let notes = input.notes();
    assert_eq!(input.users_here(DuplicateIds::Refuse).count(), 2);
    assert_eq!(
        notes.take(),
        [
            "the column \"zip\" held texts and numbers or truth values; say which it is with --column \
             zip=custom.zip:string"
        ]
    );
    assert_eq!(
        options(&["--column", "a=b=c:int"]).column[0].to_string(),
        "a=b=c:int"
    );
}

#[test]
fn the_header_again_is_no_user() {
    let again = "the row is the header again, as in files that were put together; take the line out";
    assert_eq!(
        rows("u.csv", "id,name\na,A\nid,name\nb,B\n\u{feff}id, name\n", &[]),
        [
            good(2, r#"{"id":"a","name":"A"}"#),
            (3, Err((None, again.to_owned()))),
            good(4, r#"{"id":"b","name":"B"}"#),
            (5, Err((None, again.to_owned()))),
        ]
    );
}

#[test]
fn columns_that_are_passed_over_may_have_one_name() {
    let expected = [good(2, r#"{"id":"a"}"#)];
    let text = "id,notes,notes,online,online\na,x,y,1,2\n";
    assert_eq!(rows("u.csv", text, &["--column", "notes=-"]), expected);
    assert!(failure("u.csv", text, &[]).contains("two columns for one field"));
}

#[test]
fn a_field_in_too_many_objects_is_refused() {
    let text = format!("id,{}a\nx,1\n", "a.".repeat(100_000));
    let found = failure("u.csv", text, &[]);
    assert!(
        found.contains("100001 objects deep") && found.len() < 300,
        "{found}"
    );
}
