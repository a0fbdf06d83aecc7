//! The methods of the blocking crate's `Users`.

use std::fmt::Write as _;

use super::docs;
use super::rust::{header, import, types};
use crate::contract::Operation;

/// One method per operation.
pub(super) fn generate(operations: &[Operation]) -> String {
    let mut out = header();
    out.push_str("//! Every operation, without async.\n\n");
    let mut names = types(operations);
    names.insert("CustomData");
    out.push_str(&import("stream_users_core::model", names));
    out.push_str(
        "use stream_users_core::{Response, Result};\n\nuse crate::Users;\n\nimpl<C: CustomData> Users<C> {\n",
    );
    let methods: Vec<String> = operations.iter().map(method).collect();
    out.push_str(&methods.join("\n"));
    out.push_str("}\n");
    out
}

fn method(operation: &Operation) -> String {
    let entry = &operation.entry;
    let name = &entry.name;
    let mut out = docs::of_blocking(operation);
    let _ = writeln!(
        out,
        "pub fn {name}(&self, request: {}) -> Result<Response<{}>> {{ \
         self.call(move |api| async move {{ api.{name}(request).await }}) }}",
        entry.request, entry.response
    );
    out
}
