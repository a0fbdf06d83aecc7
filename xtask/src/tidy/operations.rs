//! Every operation has its file, of the same name, in each crate that treats operations one by one; and the trait has
//! a method for each and no other.

use crate::violation::{Violation, line_of};

/// The file of the trait.
pub(super) const API: &str = "crates/stream-users-core/src/api.rs";

/// The folders that hold one file per operation, and what such a file holds.
const ROOMS: &[(&str, &str)] = &[
    (
        "crates/stream-users-model/src/operations",
        "the types of the request and the answer",
    ),
    (
        "crates/stream-users-core/src/endpoints",
        "the `Endpoint` implementation",
    ),
    ("crates/stream-users-emulator/src/routes", "the emulator's route"),
];

/// What the trait does besides: codegen writes its mirrors by this name.
const BESIDES: [&str; 1] = ["read_export"];

/// What is missing, and what the trait has without an operation.
pub(super) fn check(names: &[String], api: &str, exists: impl Fn(&str) -> bool) -> Vec<Violation> {
    let mut violations = Vec::new();
    for name in names {
        for (room, content) in ROOMS {
            let path = format!("{room}/{name}.rs");
            if !exists(&path) {
                let what = format!("the operation `{name}` has no file here");
                violations.push(Violation::new(path, what, format!("write {content}")));
            }
        }
    }
    let methods = methods(api);
    for name in names {
        let count = methods.iter().filter(|method| *method == name).count();
        if count != 1 {
            let what = format!("`UsersApi` has {count} methods `{name}`");
            violations.push(Violation::new(API, what, format!("have one `async fn {name}`")));
        }
    }
    for method in methods
        .iter()
        .filter(|method| !names.iter().any(|name| name == *method) && !BESIDES.contains(method))
    {
        let what = format!("`async fn {method}` is no operation");
        let fix = "add it to contract/operations.toml, or move it to `UsersApiExt`";
        violations.push(Violation::new(API, what, fix).at(line_of(api, &format!("async fn {method}("))));
    }
    violations
}

/// The names of the methods that the trait `UsersApi` has: each `async fn` from its head to the brace that closes it.
fn methods(api: &str) -> Vec<&str> {
    let lines = api
        .lines()
        .skip_while(|line| !line.starts_with("pub trait UsersApi<"));
    let body = lines.take_while(|line| *line != "}");
    body.filter_map(|line| {
        line.trim_start()
            .strip_prefix("async fn ")?
            .split(['(', '<'])
            .next()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::check;

    const API: &str = "pub trait UsersApi<C>: Send {\n    async fn get(&self, request: Get) -> Result<()> {\n        x\n    }\n}\n\nasync fn helper() {}\n";

    fn found(api: &str, exists: bool) -> Vec<String> {
        check(&["get".to_owned()], api, |_| exists)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn each_operation_has_a_method_and_its_files() {
        assert_eq!(found(API, true), Vec::<String>::new());
    }

    #[test]
    fn a_missing_file_is_named() {
        let lines = found(API, false);
        assert_eq!(lines.len(), 3);
        assert!(
            lines[0].starts_with("crates/stream-users-model/src/operations/get.rs: "),
            "{lines:?}"
        );
    }

    #[test]
    fn a_missing_and_a_foreign_method_are_named() {
        let lines = found(&API.replace("async fn get(", "async fn put("), true);
        assert!(lines[0].contains("0 methods `get`"), "{lines:?}");
        assert!(
            lines[1].contains("api.rs:2: `async fn put` is no operation"),
            "{lines:?}"
        );
    }
}
