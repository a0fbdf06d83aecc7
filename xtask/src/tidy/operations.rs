//! Every operation has its file, of the same name, in each crate that treats operations one by one, and its place in the
//! tests and in the changelog: one run names all that a new operation still lacks. What is made of the list of operations
//! is held by `codegen --check`; what a file holds, by the tests themselves.

use crate::contract::{OPERATIONS, Operation};
use crate::violation::{Violation, line_of};

/// The file of the trait.
pub(super) const API: &str = "crates/stream-users-core/src/api.rs";

/// The folders that hold one file per operation, and how one comes about.
pub(super) const ROOMS: &[(&str, &str)] = &[
    (
        "crates/stream-users-model/src/operations",
        "write the types of the request and the answer, and the rules of the request",
    ),
    (
        "crates/stream-users-core/src/endpoints",
        "write the `Endpoint` implementation",
    ),
    (
        "crates/stream-users-emulator/src/routes",
        "write the emulator's `ROUTE`, and run `cargo xtask codegen`, which lists it",
    ),
];

/// What the trait does besides: codegen writes its mirrors by this name.
const BESIDES: [&str; 1] = ["read_export"];

/// The files that operations lack.
pub(crate) fn files<'a>(
    names: impl IntoIterator<Item = &'a str>,
    exists: impl Fn(&str) -> bool,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    for name in names {
        for (room, fix) in ROOMS {
            let path = format!("{room}/{name}.rs");
            if !exists(&path) {
                let what = format!("the operation `{name}` has no file here");
                violations.push(Violation::new(path, what, *fix));
            }
        }
    }
    violations
}

/// The files of a room that its `mod.rs` does not declare: nobody compiles them.
pub(super) fn strays(room: &str, modules: &str, files: &[String]) -> Vec<Violation> {
    let in_room = files.iter().filter_map(|path| {
        let name = path.strip_prefix(room)?.strip_prefix('/')?.strip_suffix(".rs")?;
        (name != "mod" && !name.contains('/')).then_some((path, name))
    });
    in_room
        .filter(|(_, name)| {
            let declared = format!("mod {name};");
            !modules.lines().any(|line| line == declared)
        })
        .map(|(path, name)| {
            let fix = format!(
                "add the operation `{name}` to {OPERATIONS} and run `cargo xtask codegen`, or delete the file"
            );
            Violation::new(path.as_str(), "no module of this name is declared", fix)
        })
        .collect()
}

/// A file by hand that has to name an operation: any of these words, and what to do where it has none.
pub(super) struct Place {
    pub(super) path: &'static str,
    words: Vec<String>,
    fix: String,
}

/// Where an operation has to be named.
pub(super) fn places(operation: &Operation) -> Vec<Place> {
    let entry = &operation.entry;
    let place = |path, word: String, fix: String| Place {
        path,
        words: vec![word],
        fix,
    };
    let quoted = format!("\"{}\"", entry.name);
    let shape = |written: &str| {
        let name = written.split('<').next().unwrap_or_default();
        Place {
            path: "crates/stream-users-model/tests/it/contract/registry.rs",
            words: vec![format!("=> {name},"), format!("=> {name}<")],
            fix: format!("say which schema `{name}` stands for"),
        }
    };
    let mut places = vec![
        place(
            "CHANGELOG.md",
            format!("`{}`", entry.name),
            "add a line that says what it is for".to_owned(),
        ),
        shape(&entry.response),
        place(
            "crates/stream-users-core/tests/it/wire/requests.rs",
            quoted.clone(),
            "make the recorded requests of it, or say in `UNRECORDED` why there is none".to_owned(),
        ),
        place(
            "crates/stream-users-emulator/tests/it/surfaces.rs",
            quoted.clone(),
            "call it in `drive`".to_owned(),
        ),
        place(
            "crates/stream-users-testing/src/conformance/users_api/rules/inventory.rs",
            quoted.clone(),
            "call it in `call`, for the rules that are about every operation".to_owned(),
        ),
    ];
    // Conveniences may call it there: then its name stands in a comment.
    places.push(Place {
        path: "crates/stream-users/tests/it/cassettes/program.rs",
        words: vec![format!(".{}(", entry.name), format!("`{}`", entry.name)],
        fix: "call it in `program`, the run that is recorded and played".to_owned(),
    });
    if entry.task.is_some() {
        places.push(place(
            "crates/stream-users-emulator/src/jobs.rs",
            format!("operation::{}.name", entry.name.to_uppercase()),
            "make a `kind` of it and do it in `perform`: a task of no kind fails".to_owned(),
        ));
    }
    if entry.batch.is_some() {
        places.push(place(
            "crates/stream-users-testing/src/conformance/users_api/rules/refusals.rs",
            quoted.clone(),
            "call it in `call_batch`, for the rule about batches that are too large".to_owned(),
        ));
    }
    places.push(if operation.body || operation.json_query.is_some() {
        shape(&entry.request)
    } else {
        place(
            "crates/stream-users-model/tests/it/contract/operations.rs",
            format!("\"{}\"", entry.id),
            "name its request in `requests_without_a_body_have_the_contracts_parameters`".to_owned(),
        )
    });
    if operation.path.contains('{') {
        places.push(place(
            "crates/stream-users/tests/it/hostile_ids.rs",
            quoted,
            "call it in `typed_calls_of_every_operation`".to_owned(),
        ));
    }
    places
}

/// What of the places of an operation is missing in their texts.
pub(super) fn unnamed(operation: &Operation, place: Place, text: &str) -> Option<Violation> {
    let named = place.words.iter().any(|word| text.contains(word));
    (!named).then(|| {
        let what = format!("the operation `{}` is not here", operation.entry.name);
        Violation::new(place.path, what, place.fix)
    })
}

/// The methods of the trait that are no operation.
pub(super) fn methods(names: &[String], api: &str) -> Vec<Violation> {
    let body = api
        .lines()
        .skip_while(|line| !line.starts_with("pub trait UsersApi<"))
        .take_while(|line| *line != "}");
    body.filter_map(|line| {
        line.trim_start()
            .strip_prefix("async fn ")?
            .split(['(', '<'])
            .next()
    })
    .filter(|method| !names.iter().any(|name| name == *method) && !BESIDES.contains(method))
    .map(|method| {
        let what = format!("`async fn {method}` is no operation");
        let fix = format!("add it to {OPERATIONS}, or move it to `UsersApiExt`");
        Violation::new(API, what, fix).at(line_of(api, &format!("async fn {method}(")))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{files, methods, places, strays, unnamed};
    use crate::contract::{Document, Operation, combine, parse};
    use crate::violation::Violation;

    fn lines(violations: &[Violation]) -> Vec<String> {
        violations.iter().map(ToString::to_string).collect()
    }

    fn names() -> Vec<String> {
        vec!["get".to_owned()]
    }

    #[test]
    fn a_missing_file_is_named_with_what_to_write() {
        assert!(files(["get"], |_| true).is_empty());
        let found = lines(&files(["get"], |path| path.contains("model")));
        assert_eq!(
            found,
            [
                "crates/stream-users-core/src/endpoints/get.rs: the operation `get` has no file here; \
                 fix: write the `Endpoint` implementation",
                "crates/stream-users-emulator/src/routes/get.rs: the operation `get` has no file here; \
                 fix: write the emulator's `ROUTE`, and run `cargo xtask codegen`, which lists it",
            ]
        );
    }

    #[test]
    fn a_file_that_nobody_compiles_is_named() {
        let there = [
            "a/ops/mod.rs",
            "a/ops/get.rs",
            "a/ops/put.rs",
            "a/ops/get/x.rs",
            "a/b.rs",
        ]
        .map(str::to_owned);
        let found = lines(&strays("a/ops", "mod get;\n// mod put;\n", &there));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("a/ops/put.rs: ") && found[0].contains("add the operation `put`"),
            "{found:?}"
        );
    }

    fn operation(path: &str, described: &str) -> Operation {
        entered(path, described, "")
    }

    /// With more keys in its entry.
    fn entered(path: &str, described: &str, more: &str) -> Operation {
        let entry = "[[operation]]\nname = 'get'\nid = 'Get'\nrequest = 'Get'\nresponse = 'Got<C>'\nsummary = 'Gets.'\n\
                     errors = '`Api`'\nidempotency = 'idempotent'\ncaller = 'server'\n";
        let entry = format!("{entry}{more}");
        let slice = format!(
            r#"{{"openapi": "3.0.3", "paths": {{"{path}": {{"post": {{"operationId": "Get"{described}}}}}}}}}"#
        );
        combine(&parse(&entry).unwrap(), &Document::parse(&slice).unwrap())
            .unwrap()
            .remove(0)
    }

    /// What is missing where the files hold this text.
    fn missing(operation: &Operation, text: &str) -> Vec<String> {
        let places = places(operation).into_iter();
        let found: Vec<Violation> = places
            .filter_map(|place| unnamed(operation, place, text))
            .collect();
        lines(&found)
    }

    #[test]
    fn an_operation_is_named_wherever_it_must_be() {
        let with_body = operation("/users/{id}", r#", "requestBody": {}"#);
        let found = missing(&with_body, "`get_all` \"get_all\" => GetAll, => GotAll<C>");
        let files: Vec<&str> = found
            .iter()
            .map(|line| line.split(':').next().unwrap().rsplit('/').next().unwrap())
            .collect();
        assert_eq!(
            files,
            [
                "CHANGELOG.md",
                "registry.rs",
                "requests.rs",
                "surfaces.rs",
                "inventory.rs",
                "program.rs",
                "registry.rs",
                "hostile_ids.rs"
            ]
        );
        assert_eq!(
            missing(&with_body, "`get` \"get\" => Get, => Got<C>"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_request_without_a_body_is_named_beside_its_parameters() {
        let found = missing(&operation("/users", ""), "`get` \"get\" => Got<C>");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("contract/operations.rs: the operation `get` is not here"),
            "{found:?}"
        );
    }

    #[test]
    fn a_batch_is_called_where_batches_are_too_large() {
        let batch = "batch = { field = 'ids', max = 9, source = 'contract' }\n";
        let found = missing(&entered("/users", "", batch), ".get( `get` \"Get\" => Got,");
        assert!(
            found.iter().any(|line| line.contains("refusals.rs: ")),
            "{found:?}"
        );
        let found = missing(
            &entered("/users", "", batch),
            ".get( `get` \"get\" \"Get\" => Got,",
        );
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_task_is_done_by_the_emulator() {
        let operation = entered("/users", "", "task = 'get'\n");
        let text = "`get` \"get\" \"Get\" => Got,";
        let found = missing(&operation, text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("jobs.rs: the operation `get` is not here"),
            "{found:?}"
        );
        let found = missing(&operation, &format!("{text} operation::GET.name"));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_violation_of_a_place_says_what_to_do() {
        let found = missing(&operation("/users", ""), ".get( \"get\" \"Get\" => Got,");
        assert_eq!(
            found,
            ["CHANGELOG.md: the operation `get` is not here; fix: add a line that says what it is for"]
        );
    }

    #[test]
    fn a_method_that_is_no_operation_is_named() {
        let api = "pub trait UsersApi<C>: Send {\n    async fn get(&self, request: Get) -> Result<()> {\n        x\n    \
                   }\n    async fn read_export(&self) {}\n}\n\nasync fn helper() {}\n";
        assert!(methods(&names(), api).is_empty());
        let found = lines(&methods(&names(), &api.replace("async fn get(", "async fn put(")));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("api.rs:2: `async fn put` is no operation"),
            "{found:?}"
        );
    }
}
