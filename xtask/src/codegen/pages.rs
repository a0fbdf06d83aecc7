//! The pages that list operations: `docs/operations.md`, and tables of the README and of the guide.

use std::fmt::Write as _;

use anyhow::Result;

use super::part;
use super::rust::MADE_BY;
use crate::contract::{Caller, Idempotency, OPERATIONS, Operation};

/// The page whose table is made.
pub(super) const README: &str = "README.md";
/// The page of the guide that says what is sent again.
pub(super) const RETRIES: &str = "docs/guide/retries.md";

/// The whole of `docs/operations.md`.
pub(super) fn reference(operations: &[Operation]) -> String {
    let mut out = format!("<!-- {MADE_BY} from {OPERATIONS}; do not edit. -->\n# Operations\n\n");
    let _ = writeln!(
        out,
        "The {} operations of the service that stream-users has. Each is one method of `UsersApi`, of its mock and of \
         the blocking `Users`, one word of `stream-users api`, and one route of the emulator.\n",
        operations.len()
    );
    out.push_str("| operation | the service's name | method and path | called by | sent again |\n|---|---|---|---|---|\n");
    for operation in operations {
        let entry = &operation.entry;
        let _ = writeln!(
            out,
            "| [`{name}`](#{name}) | `{}` | `{} {}` | {} | {} |",
            entry.id,
            operation.method,
            operation.path,
            who(entry.caller),
            match entry.idempotency {
                Idempotency::Idempotent => "yes",
                Idempotency::NotIdempotent => "no",
            },
            name = entry.name,
        );
    }
    for operation in operations {
        out.push('\n');
        out.push_str(&section(operation));
    }
    out
}

/// The README with its table made anew.
///
/// # Errors
/// Where the README lacks the marker lines.
pub(super) fn readme(text: &str, operations: &[Operation]) -> Result<String> {
    let mut table = String::from("| method | what it does |\n|---|---|\n");
    for operation in operations {
        let entry = &operation.entry;
        let _ = writeln!(table, "| `{}` | {} |", entry.name, entry.summary);
    }
    part::replace(README, text, "operations", &table)
}

/// The guide's page about retries with its table made anew.
///
/// # Errors
/// Where the page lacks the marker lines.
pub(super) fn retries(text: &str, operations: &[Operation]) -> Result<String> {
    let mut table = String::from("| operation | applied twice |\n|---|---|\n");
    for operation in operations {
        let twice = match operation.entry.idempotency {
            Idempotency::Idempotent => "idempotent",
            Idempotency::NotIdempotent => "not",
        };
        let _ = writeln!(table, "| `{}` | {twice} |", operation.entry.name);
    }
    part::replace(RETRIES, text, "operations", &table)
}

fn section(operation: &Operation) -> String {
    let entry = &operation.entry;
    let mut out = format!("## {}\n\n{}\n\n", entry.name, entry.summary);
    let _ = writeln!(
        out,
        "- service: `{}`, `{} {}`",
        entry.id, operation.method, operation.path
    );
    let _ = writeln!(out, "- takes `{}`, answers `{}`", entry.request, entry.response);
    if let Some(name) = &operation.json_query {
        let _ = writeln!(out, "- query: one JSON document in `{name}`");
    } else if !operation.query.is_empty() {
        let names: Vec<String> = operation.query.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(out, "- query: {}", names.join(", "));
    }
    if !operation.fields.is_empty() {
        let place = if operation.body { "body" } else { "document" };
        let fields = operation.fields.iter().map(|(name, required)| match required {
            true => format!("`{name}` (required)"),
            false => format!("`{name}`"),
        });
        let _ = writeln!(out, "- {place}: {}", fields.collect::<Vec<_>>().join(", "));
    }
    let _ = writeln!(out, "- called by: {}", who(entry.caller));
    out.push_str(match entry.idempotency {
        Idempotency::Idempotent => "- idempotent: sent again after a timeout or an interrupted answer\n",
        Idempotency::NotIdempotent => {
            "- not idempotent: sent again only where the first try never left or was refused\n"
        }
    });
    if let Some(batch) = &entry.batch {
        let source = match batch.source.as_str() {
            "contract" => "the contract".to_owned(),
            page => format!("<{page}>"),
        };
        let _ = writeln!(
            out,
            "- batch: at most {} entries in `{}` ({source})",
            batch.max, batch.field
        );
    }
    if let Some(task) = &entry.task {
        let _ = writeln!(out, "- starts a task of the kind `{task}`; `get_task` reads it");
    }
    out
}

fn who(caller: Caller) -> &'static str {
    match caller {
        Caller::Server => "a server",
        Caller::User => "a server or a user",
        Caller::Anyone => "anyone",
    }
}
