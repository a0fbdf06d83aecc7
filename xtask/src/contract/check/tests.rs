use super::{Sources, check};
use crate::contract::{ALLOW, OPERATIONS, SLICE};
use crate::repo::Repo;

const SLICE_TEXT: &str = r##"{
  "openapi": "3.0.3",
  "paths": {
    "/users/{id}": {
      "post": {
        "operationId": "DeleteUser",
        "parameters": [{"in": "path", "name": "id", "required": true}],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Delete"}}}}
      }
    }
  },
  "components": {
    "schemas": {
      "Delete": {
        "properties": {
          "ids": {"type": "array", "maxItems": 100, "items": {"$ref": "#/components/schemas/Id"}},
          "mode": {"type": "string", "enum": ["soft"]},
          "tags": {"type": "array"},
          "filter": {"x-stream-filter-fields": {"role": {"operators": ["$eq"]}}}
        },
        "required": ["ids"]
      },
      "Id": {"type": "string", "maxLength": 255}
    }
  }
}
"##;

const OPERATIONS_TEXT: &str = r#"[[operation]]
name = "delete_user"
id = "DeleteUser"
request = "DeleteUser<C>"
response = "Deleted"
summary = "Deletes a user."
errors = "`Api` where the service refuses"
idempotency = "idempotent"
caller = "server"
batch = { field = "ids", max = 100, source = "contract" }
task = "delete_user"
"#;

fn found(operations: &str, allow: &str, slice: &str) -> Vec<String> {
    let sources = Sources {
        operations: operations.into(),
        allow: allow.into(),
        slice: slice.into(),
    };
    check(&sources).unwrap().iter().map(ToString::to_string).collect()
}

#[track_caller]
fn one(lines: &[String], expected: &str) {
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains(expected), "{lines:?}");
    assert!(lines[0].contains("; fix: "), "{lines:?}");
}

/// The finding after a word of `operations.toml` is another one.
fn with_operations(from: &str, to: &str) -> Vec<String> {
    assert!(OPERATIONS_TEXT.contains(from));
    found(&OPERATIONS_TEXT.replace(from, to), "", SLICE_TEXT)
}

fn with_slice(from: &str, to: &str) -> Vec<String> {
    assert!(SLICE_TEXT.contains(from));
    found(OPERATIONS_TEXT, "", &SLICE_TEXT.replace(from, to))
}

fn with_allow(entry: &str) -> Vec<String> {
    found(OPERATIONS_TEXT, entry, SLICE_TEXT)
}

#[test]
fn files_that_agree_are_silent() {
    assert_eq!(found(OPERATIONS_TEXT, "", SLICE_TEXT), Vec::<String>::new());
}

#[test]
fn the_contract_of_this_repository_agrees() {
    let repo = Repo::here().unwrap();
    let read = |path| repo.read(path).unwrap();
    assert_eq!(
        found(&read(OPERATIONS), &read(ALLOW), &read(SLICE)),
        Vec::<String>::new()
    );
}

#[test]
fn names_types_summaries_and_tasks() {
    one(
        &with_operations("name = \"delete_user\"", "name = \"deleteUser\"")[..1],
        "operations.toml:2: `deleteUser` is not",
    );
    one(
        &with_operations("\"Deleted\"", "\"Vec<Deleted\""),
        "response `Vec<Deleted` is not a type's name",
    );
    one(&with_operations("a user.", "a user"), "not one sentence");
    one(
        &with_operations("\"idempotent\"", "\"not-idempotent\"\nread_only = true"),
        "changes nothing and yet",
    );
    one(
        &with_operations("service refuses", "service refuses."),
        "not one clause",
    );
    one(
        &with_operations("errors =", "doc = \"\"\nerrors ="),
        "the doc of `delete_user` is empty",
    );
    one(
        &with_operations("task = \"delete_user\"", "task = \"remove\""),
        "task `remove`",
    );
}

#[test]
fn two_operations_of_one_name() {
    let lines = found(&format!("{OPERATIONS_TEXT}\n{OPERATIONS_TEXT}"), "", SLICE_TEXT);
    assert!(
        lines
            .iter()
            .any(|line| line.contains("two operations with name `delete_user`")),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("two operations with id `DeleteUser`")),
        "{lines:?}"
    );
}

#[test]
fn an_operation_on_one_side_only() {
    let lines = with_operations("\"DeleteUser\"", "\"DropUser\"");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].contains("the document has no operation `DropUser`"),
        "{lines:?}"
    );
    assert!(
        lines[1].contains("users.openapi.json:6: operation `DeleteUser` is not in operations.toml"),
        "{lines:?}"
    );
}

#[test]
fn the_size_of_a_batch_is_the_contracts() {
    one(
        &with_operations("max = 100", "max = 50"),
        "the contract takes 100 `ids`, not 50; fix: write `max = 100`",
    );
    one(&with_operations("\"ids\"", "\"uids\""), "has no field `uids`");
    one(&with_operations("\"ids\"", "\"tags\""), "does not bound `tags`");
    one(
        &with_operations("\"contract\"", "\"https://example.org\""),
        "itself bounds `ids`",
    );
    one(
        &with_operations(
            "\"ids\", max = 100, source = \"contract\"",
            "\"tags\", max = 1, source = \"me\"",
        ),
        "no source",
    );
}

#[test]
fn references_and_what_they_reach() {
    one(
        &with_slice(
            "\"items\": {\"$ref\": \"#/components/schemas/Id\"}",
            "\"items\": {}",
        ),
        "reaches the schema Id",
    );
    let event = r##""Told": {"properties": {"type": {"default": "told", "type": "string"}, "who": {"$ref": "#/components/schemas/Who"}}},
      "Who": {}, "Id": {"type""##;
    assert_eq!(with_slice("\"Id\": {\"type\"", event), Vec::<String>::new());
    one(
        &with_slice(
            "\"Id\": {\"type\"",
            &event
                .replace("default", "example")
                .replace("schemas/Who", "schemas/Id")
                .replace("\"Who\": {}, ", ""),
        ),
        "no event reaches the schema",
    );
    let lines = with_slice("schemas/Id\"", "schemas/Uid\"");
    assert!(
        lines[0].contains("`$ref` to #/components/schemas/Uid"),
        "{lines:?}"
    );
    let lines = with_slice("\"name\": \"id\"", "\"name\": \"user_id\"");
    assert!(lines[0].contains("one side only"), "{lines:?}");
}

#[test]
fn entries_that_name_what_is_there_are_silent() {
    for entry in [
        "[[raw]]\nschema = \"Id\"\nreason = \"r\"\n",
        "[[bound]]\nschema = \"Delete\"\nproperty = \"ids\"\nbound = \"maxItems\"\nvalue = 50\nreason = \"r\"\n",
        "[[property]]\nschema = \"Delete\"\nproperty = \"tags\"\nreason = \"r\"\n",
        "[[required]]\nschema = \"Delete\"\nproperty = \"ids\"\nreason = \"r\"\n",
        "[[enum]]\nschema = \"Delete\"\nproperty = \"mode\"\nvalue = \"soft\"\nreason = \"r\"\n",
        "[[filter]]\nfield = \"role\"\noperator = \"$eq\"\nreason = \"r\"\n",
    ] {
        assert_eq!(with_allow(entry), Vec::<String>::new(), "{entry}");
    }
}

#[test]
fn entries_that_name_nothing_or_change_nothing() {
    for (entry, expected) in [
        (
            "[[raw]]\nschema = \"Id\"\n",
            "allow.toml:2: [[raw]] Id has no reason",
        ),
        (
            "[[raw]]\nschema = \"Uid\"\nreason = \"r\"\n",
            "there is no schema Uid",
        ),
        ("[[raw]]\nreason = \"r\"\n", "names neither"),
        (
            "[[bound]]\nschema = \"Delete\"\nproperty = \"ids\"\nbound = \"maxItems\"\nvalue = 100\nreason = \"r\"\n",
            "not needed",
        ),
        (
            "[[bound]]\nschema = \"Delete\"\nproperty = \"ids\"\nbound = \"minItems\"\nvalue = 1\nreason = \"r\"\n",
            "states no `minItems`",
        ),
        (
            "[[property]]\nschema = \"Delete\"\nproperty = \"uid\"\nreason = \"r\"\n",
            "has no property `uid`",
        ),
        (
            "[[required]]\nschema = \"Delete\"\nproperty = \"mode\"\nreason = \"r\"\n",
            "is not required",
        ),
        (
            "[[enum]]\nschema = \"Delete\"\nproperty = \"mode\"\nvalue = \"hard\"\nreason = \"r\"\n",
            "no enum value `hard`",
        ),
        (
            "[[filter]]\nfield = \"age\"\nreason = \"r\"\n",
            "no filter has the field `age`",
        ),
        (
            "[[filter]]\nfield = \"role\"\noperator = \"$in\"\nreason = \"r\"\n",
            "has no operator $in",
        ),
    ] {
        one(&with_allow(entry), expected);
    }
    let twice = "[[raw]]\nschema = \"Id\"\nreason = \"r\"\n".repeat(2);
    one(&with_allow(&twice), "stands twice");
}
