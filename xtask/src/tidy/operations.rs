//! Every operation has its file, of the same name, in each crate that treats operations one by one, and its word in the
//! changelog. What is made of the list of operations is held by `codegen --check`, what a file holds by tests.

use crate::contract::OPERATIONS;
use crate::violation::{Violation, line_of};

/// The file of the trait.
pub(super) const API: &str = "crates/stream-users-core/src/api.rs";
pub(super) const CHANGELOG: &str = "CHANGELOG.md";

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

/// The operations that the changelog does not name.
pub(super) fn changelog(names: &[String], text: &str) -> Vec<Violation> {
    let unnamed = names.iter().filter(|name| !text.contains(&format!("`{name}`")));
    unnamed
        .map(|name| {
            let what = format!("the operation `{name}` is not named");
            Violation::new(CHANGELOG, what, "add a line that says what it is for")
        })
        .collect()
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
    use super::{changelog, files, methods, strays};
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

    #[test]
    fn an_operation_without_a_word_in_the_changelog_is_named() {
        assert!(changelog(&names(), "- `get`: reads.\n").is_empty());
        let found = lines(&changelog(&names(), "- `get_all`: reads.\n"));
        assert!(
            found[0].starts_with("CHANGELOG.md: the operation `get` "),
            "{found:?}"
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
