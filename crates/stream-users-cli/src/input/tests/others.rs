use super::{failure, good, input, rows};
use crate::input::{Input, Location};

#[test]
fn a_format_is_known_by_name_option_or_first_byte() {
    let expected = [good(1, r#"{"id":"a"}"#)];
    assert_eq!(rows("users", "{\"id\":\"a\"}\n", &[]), expected);
    assert_eq!(rows("users", "[{\"id\":\"a\"}]", &[]), expected);
    assert_eq!(
        rows("users.csv", "{\"id\":\"a\"}\n", &["--format", "ndjson"]),
        expected
    );
    let found = failure("users", "id\na\n", &[]);
    assert!(found.contains("say --format"), "{found}");
    assert!(failure("users", "PAR1....", &[]).contains("Parquet"));
}

#[test]
fn ids_are_lines_cells_texts_or_objects() {
    let ids = |name: &str, text: &str| -> Vec<(u64, Result<String, String>)> {
        input(name, text, &[])
            .ids_here()
            .map(|row| {
                let row = row.unwrap();
                (
                    row.number,
                    row.item.map(String::from).map_err(|rejected| rejected.reason),
                )
            })
            .collect()
    };
    let expected = [(1, Ok("a".to_owned())), (3, Ok("b c".to_owned()))];
    assert_eq!(ids("ids.txt", "a\n\n b c \r\n"), expected);
    assert_eq!(ids("ids", "a\n\nb c"), expected);
    assert_eq!(
        ids("ids.ndjson", "\"a\"\n\n{\"id\":\"b c\",\"name\":7}\n"),
        expected
    );
    let elements = [(1, Ok("a".to_owned())), (2, Ok("b".to_owned()))];
    assert_eq!(ids("ids.json", "[\"a\",{\"id\":\"b\"}]"), elements);
    assert_eq!(ids("ids.csv", "name,id\nA,a\n"), [(2, Ok("a".to_owned()))]);
    assert_eq!(
        ids("ids.ndjson", "7\n"),
        [(1, Err("the row must be a JSON object; it is a number".to_owned()))]
    );
}

#[test]
fn patches_set_and_unset_and_columns_set() {
    let patches = |name: &str, text: &str| -> Vec<Result<String, String>> {
        input(name, text, &[])
            .patches_here()
            .map(|row| {
                let item = row.unwrap().item;
                item.map(|patch| serde_json::to_string(&patch).unwrap())
                    .map_err(|rejected| rejected.reason)
            })
            .collect()
    };
    assert_eq!(
        patches(
            "p.ndjson",
            r#"{"id":"a","set":{"name":"A","x.y":null},"unset":["z"]}"#
        ),
        [Ok(
            r#"{"id":"a","set":{"name":"A","x.y":null},"unset":["z"]}"#.to_owned()
        )]
    );
    assert_eq!(
        patches("p.csv", "id,name,plan,seats\na,A,pro,\nb,,,\n"),
        [
            Ok(r#"{"id":"a","set":{"name":"A","plan":"pro"}}"#.to_owned()),
            Err("the patch changes nothing; give it something to set or unset".to_owned())
        ]
    );
    assert_eq!(
        patches("p.ndjson", r#"{"id":"a","name":"A"}"#),
        [Err(
            "\"name\" is no part of a patch; a row is {\"id\": ..., \"set\": {...}, \"unset\": [...]}"
                .to_owned()
        )]
    );
}

#[test]
fn an_input_that_is_not_there_says_so() {
    for (name, expected) in [("no-such-file.csv", "cannot be opened"), ("src", "is a folder")] {
        let found = Input::open(&Location::new(name), &super::options(&[]))
            .err()
            .unwrap();
        assert!(found.to_string().contains(expected), "{found}");
    }
}
