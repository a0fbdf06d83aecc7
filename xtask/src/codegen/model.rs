//! The model's table of operations: `stream_users_model::operation`.

use std::fmt::Write as _;

use super::rust::{header, import, literal};
use crate::contract::{Caller, Idempotency, Method, Operation};

/// One constant per operation, and `ALL`.
pub(super) fn generate(operations: &[Operation]) -> String {
    let mut out = header();
    out.push_str("//! Every operation, as a constant.\n\n");
    out.push_str(&import("crate::operation", ["Caller", "Method", "Operation"]));
    for operation in operations {
        constant(&mut out, operation);
    }
    let names: Vec<String> = operations
        .iter()
        .map(|operation| operation.entry.name.to_uppercase())
        .collect();
    let _ = writeln!(
        out,
        "\n/// Every operation, in the order of the contract's `operations.toml`.\npub const ALL: &[Operation] = &[{}];",
        names.join(", ")
    );
    out
}

fn constant(out: &mut String, operation: &Operation) {
    let entry = &operation.entry;
    let method = match operation.method {
        Method::Get => "Get",
        Method::Post => "Post",
        Method::Put => "Put",
        Method::Patch => "Patch",
        Method::Delete => "Delete",
    };
    let _ = write!(
        out,
        "\n/// {}\n///\n/// `{} {}`, the service's `{}`.\npub const {}: Operation = Operation::new({}, {}, Method::{method}, {})",
        entry.summary,
        operation.method,
        operation.path,
        entry.id,
        entry.name.to_uppercase(),
        literal(&entry.name),
        literal(&entry.id),
        literal(&operation.path),
    );
    if !operation.query.is_empty() {
        let names: Vec<String> = operation.query.iter().map(|name| literal(name)).collect();
        let _ = write!(out, ".with_query(&[{}])", names.join(", "));
    }
    if let Some(name) = &operation.json_query {
        let _ = write!(out, ".with_json_query({})", literal(name));
    }
    if operation.body {
        out.push_str(".with_body()");
    }
    if !operation.fields.is_empty() {
        let fields = operation
            .fields
            .iter()
            .map(|(name, required)| format!("({}, {required})", literal(name)));
        let _ = write!(out, ".with_fields(&[{}])", fields.collect::<Vec<_>>().join(", "));
    }
    if entry.idempotency == Idempotency::Idempotent {
        out.push_str(".idempotent()");
    }
    if entry.read_only {
        out.push_str(".read_only()");
    }
    let caller = match entry.caller {
        Caller::Server => "Server",
        Caller::User => "User",
        Caller::Anyone => "Anyone",
    };
    let _ = write!(out, ".caller(Caller::{caller})");
    if let Some(batch) = &entry.batch {
        let _ = write!(out, ".batch({}, {})", literal(&batch.field), batch.max);
    }
    if let Some(task) = &entry.task {
        let _ = write!(out, ".task({})", literal(task));
    }
    if entry.secret_answer {
        out.push_str(".secret_answer()");
    }
    let _ = writeln!(out, ".summary({});", literal(&entry.summary));
}
