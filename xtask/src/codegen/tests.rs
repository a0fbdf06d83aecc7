use super::{Made, all, blocking, core, difference, mock, model, modules, pages, part, rust, strays};
use crate::contract::{Document, Operation, combine, parse};
use crate::repo::Repo;

/// An operation of each kind: custom data in both, a task, a JSON document in the query, a path and a query without a
/// body, nothing at all.
const OPERATIONS: &str = r#"
[[operation]]
name = "upsert_users"
id = "UpdateUsers"
request = "UpsertUsers<C>"
response = "UpsertedUsers<C>"
summary = "Creates users."
doc = """
All or none: see [`get_user`](Self::get_user).

[`UsersApiExt::upsert_user`](UsersApiExt::upsert_user) creates one."""
errors = "`Api` with code 16 for a user that was deleted"
idempotency = "idempotent"
caller = "user"
batch = { field = "users", max = 100, source = "https://example.org/limits" }

[[operation]]
name = "delete_users"
id = "DeleteUsers"
request = "DeleteUsers"
response = "StartedTask<TaskUsers<C>>"
summary = "Starts a task that deletes users."
errors = "`Api` where the service refuses"
idempotency = "not-idempotent"
caller = "server"
batch = { field = "user_ids", max = 25, source = "contract" }
task = "delete_users"

[[operation]]
name = "query_users"
id = "QueryUsers"
request = "QueryUsers"
response = "UpsertedUsers<C>"
summary = "Finds users."
errors = "`Api` where the service refuses"
idempotency = "idempotent"
caller = "anyone"

[[operation]]
name = "get_user"
id = "GetUser"
request = "GetUser"
response = "GotUser"
summary = "Reads a user."
errors = "`Api` where the service refuses"
idempotency = "idempotent"
caller = "user"

[[operation]]
name = "ping"
id = "Ping"
request = "Ping"
response = "Pong"
summary = "Answers."
errors = "`Api` where the service refuses"
idempotency = "idempotent"
read_only = true
caller = "anyone"
"#;

const SLICE: &str = r#"{"openapi": "3.0.3", "paths": {
    "/users": {
        "post": {"operationId": "UpdateUsers", "requestBody": {}},
        "get": {"operationId": "QueryUsers", "parameters": [{"in": "query", "name": "payload", "content": {}}]}
    },
    "/users/{id}": {"get": {"operationId": "GetUser", "parameters": [
        {"in": "path", "name": "id"}, {"in": "query", "name": "fields"}]}},
    "/users/{id}/delete": {"post": {"operationId": "DeleteUsers", "requestBody": {}, "parameters": [
        {"in": "path", "name": "id"}, {"in": "query", "name": "hard"}, {"in": "query", "name": "calls"}]}},
    "/ping": {"post": {"operationId": "Ping"}}
}}"#;

fn operations() -> Vec<Operation> {
    combine(&parse(OPERATIONS).unwrap(), &Document::parse(SLICE).unwrap()).unwrap()
}

fn formatted(source: &str) -> String {
    rust::format(&Repo::here().unwrap(), "a.rs", source).unwrap()
}

/// Compares with a file of the folder `golden`, or writes it where `XTASK_BLESS` is set.
#[track_caller]
fn golden(name: &str, made: &str) {
    let path = format!("xtask/src/codegen/golden/{name}.txt");
    let repo = Repo::here().unwrap();
    if std::env::var_os("XTASK_BLESS").is_some() {
        repo.write(&path, made).unwrap();
    }
    let wanted = repo.read(&path).unwrap();
    let fix = "look at the difference and, if it is meant, run `XTASK_BLESS=1 cargo test -p xtask`";
    assert!(
        wanted == made,
        "{path} differs; {fix}\n{}",
        difference(&wanted, made)
    );
}

#[test]
fn the_table_of_the_model() {
    golden("operations.rs", &formatted(&model::generate(&operations())));
}

#[test]
fn the_trait_keeps_what_is_written_by_hand() {
    let by_hand = "//! The trait.\n\n// types: made by cargo xtask codegen\nuse old::Old;\n// /types\n\npub trait UsersApi {\n    \
                   // operations: made by cargo xtask codegen\n    fn old();\n    // /operations\n\n    /// Stays.\n    \
                   fn clock();\n}\n";
    golden("api.rs", &formatted(&core::api(by_hand, &operations()).unwrap()));
}

#[test]
fn modules_are_declared_in_the_order_of_the_alphabet() {
    let marked = "mod raw;\n\n// operations: made by cargo xtask codegen\n// /operations\n";
    let declared =
        "mod raw;\n\n// operations: made by cargo xtask codegen\nmod delete_users;\nmod get_user;\n";
    let operations = &operations()[1..4];
    assert_eq!(
        modules::core(marked, operations).unwrap(),
        format!("{declared}mod query_users;\n// /operations\n")
    );
    assert_eq!(
        modules::model(marked, operations).unwrap(),
        format!(
            "{declared}mod query_users;\n\npub use self::delete_users::*;\npub use self::get_user::*;\n\
             pub use self::query_users::*;\n// /operations\n"
        )
    );
    let routes = "// routes: made by cargo xtask codegen\nold::ROUTE,\n// /routes\n";
    let answered = [&operations[2], &operations[0]];
    assert_eq!(
        modules::emulator(&format!("{marked}{routes}"), &answered).unwrap(),
        "mod raw;\n\n// operations: made by cargo xtask codegen\nmod delete_users;\nmod get_user;\n// /operations\n\
         // routes: made by cargo xtask codegen\nget_user::ROUTE,\ndelete_users::ROUTE,\n// /routes\n"
    );
}

#[test]
fn the_implementations_of_the_core() {
    golden("users_api.rs", &formatted(&core::generate(&operations()[1..2])));
}

#[test]
fn the_mock() {
    golden("mock.rs", &formatted(&mock::generate(&operations())));
}

#[test]
fn the_blocking_methods() {
    golden("blocking.rs", &formatted(&blocking::generate(&operations())));
}

#[test]
fn the_page_of_operations() {
    golden("operations.md", &pages::reference(&operations()));
}

#[test]
fn the_readme_keeps_what_stands_around_the_table() {
    let readme =
        "# x\n\n<!-- operations: made by cargo xtask codegen -->\nold\n<!-- /operations -->\n\nend\n";
    assert_eq!(
        pages::readme(readme, &operations()[1..2]).unwrap(),
        "# x\n\n<!-- operations: made by cargo xtask codegen -->\n| method | what it does |\n|---|---|\n\
         | `delete_users` | Starts a task that deletes users. |\n<!-- /operations -->\n\nend\n"
    );
}

#[test]
fn the_guide_says_of_each_operation_whether_it_may_be_applied_twice() {
    let page = "# x\n<!-- operations: made by cargo xtask codegen -->\n<!-- /operations -->\n";
    assert_eq!(
        pages::retries(page, &operations()[1..3]).unwrap(),
        "# x\n<!-- operations: made by cargo xtask codegen -->\n| operation | applied twice |\n|---|---|\n\
         | `delete_users` | not |\n| `query_users` | idempotent |\n<!-- /operations -->\n"
    );
}

#[test]
fn missing_markers_are_named() {
    let (open, close) = ("// x: made by cargo xtask codegen", "// /x");
    let error = part::replace("a.rs", "text", "x", "").unwrap_err().to_string();
    assert!(
        error.contains("a.rs") && error.contains(open) && error.contains(close),
        "{error}"
    );
    assert!(part::replace("a.rs", &format!("{close}\n{open}\n"), "x", "").is_err());
    assert!(part::replace("a.rs", &format!("{open}\n"), "x", "").is_err());
    assert_eq!(
        part::replace("a.rs", &format!("{open}\nold\n{close}\n"), "x", "new\n").unwrap(),
        format!("{open}\nnew\n{close}\n")
    );
}

#[test]
fn a_difference_shows_the_lines_that_differ() {
    assert_eq!(
        difference("a\nb\nz\n", "a\nc\nd\nz\n"),
        "  @@ line 2\n  - b\n  + c\n  + d"
    );
    assert_eq!(difference("", "a\n"), "  @@ line 1\n  + a");
}

#[test]
fn a_file_that_no_generator_makes_is_a_stray() {
    let made = [Made {
        path: "a/src/generated/made.rs",
        text: String::new(),
    }];
    let files = [
        "a/src/generated/made.rs",
        "a/src/generated/old.rs",
        "a/src/lib.rs",
    ]
    .map(str::to_owned);
    assert_eq!(strays(&files, &made), ["a/src/generated/old.rs"]);
}

#[test]
fn every_generated_file_says_so_in_its_first_line() {
    let operations = operations();
    for text in [
        model::generate(&operations),
        core::generate(&operations),
        mock::generate(&operations),
        blocking::generate(&operations),
        pages::reference(&operations),
    ] {
        assert!(text.lines().next().unwrap().contains(super::MADE_BY), "{text}");
    }
}

#[test]
fn the_generated_files_of_this_repository_are_up_to_date() {
    let repo = Repo::here().unwrap();
    for file in all(&repo, &crate::contract::load(&repo).unwrap()).unwrap() {
        let there = repo.read_if_there(file.path).unwrap();
        assert!(
            there.as_deref() == Some(&file.text),
            "{} is stale; run `cargo xtask codegen`",
            file.path
        );
    }
}
