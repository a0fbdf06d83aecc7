//! The core's trait `UsersApi`, of which the operations are made, and its mirrors: the implementation for the handle
//! `Users`, and the forwarding ones for pointers to an implementation.

use std::fmt::Write as _;

use anyhow::Result;

use super::rust::{READ_EXPORT, header, import, literal, signature, types};
use super::{docs, part};
use crate::contract::Operation;

/// The file of the trait, where what is no operation is written by hand.
pub(super) const API: &str = "crates/stream-users-core/src/api.rs";

/// The pointers that forward.
const POINTERS: [&str; 3] = ["&T", "Arc<T>", "Box<T>"];

/// The trait with a method for every operation. Each has a body, which goes to the inner implementation where there is
/// one, so that an implementation may leave any out and one that is added breaks nobody.
///
/// # Errors
/// Where the file lacks the marker lines.
pub(super) fn api(text: &str, operations: &[Operation]) -> Result<String> {
    let mut names = types(operations);
    names.extend(["Custom", "CustomData"]);
    let text = part::replace(API, text, "types", &import("stream_users_model", names))?;
    let methods = operations.iter().map(|operation| {
        let name = &operation.entry.name;
        format!(
            "{}{} {{ match self.inner() {{ Some(inner) => inner.{name}(request).await, None => \
             Err(Error::unimplemented({})) }} }}\n",
            docs::of_trait(operation),
            signature(operation),
            literal(name)
        )
    });
    part::replace(API, &text, "operations", &methods.collect::<Vec<_>>().join("\n"))
}

/// Every implementation of the trait in the core.
pub(super) fn generate(operations: &[Operation]) -> String {
    let mut out = header();
    out.push_str(
        "//! `UsersApi` for the handle `Users`, and for pointers to whatever implements it. A forwarding\n\
         //! implementation that left out a method would silently run that method's default body.\n\n",
    );
    out.push_str("use std::sync::Arc;\n\nuse async_trait::async_trait;\n");
    let mut names = types(operations);
    names.insert("CustomData");
    out.push_str(&import("stream_users_model", names));
    out.push('\n');
    out.push_str(&import(
        "crate",
        [
            "Clock",
            "ExportPart",
            "ReadExport",
            "Response",
            "Result",
            "Users",
            "UsersApi",
        ],
    ));

    out.push_str("\n#[async_trait]\nimpl<C: CustomData> UsersApi<C> for Users<C> {\n");
    for operation in operations {
        let _ = writeln!(
            out,
            "{} {{ self.execute(&request).await }}\n",
            signature(operation)
        );
    }
    let _ = writeln!(out, "{READ_EXPORT} {{ self.fetch_export(request).await }}\n");
    out.push_str("fn clock(&self) -> Result<Arc<dyn Clock>> { Ok(Users::clock(self)) }\n}\n");

    for pointer in POINTERS {
        let _ = writeln!(
            out,
            "\n#[async_trait]\nimpl<C: CustomData, T: UsersApi<C> + ?Sized> UsersApi<C> for {pointer} {{"
        );
        for operation in operations {
            let name = &operation.entry.name;
            let _ = writeln!(
                out,
                "{} {{ (**self).{name}(request).await }}\n",
                signature(operation)
            );
        }
        let _ = writeln!(out, "{READ_EXPORT} {{ (**self).read_export(request).await }}\n");
        out.push_str("fn inner(&self) -> Option<&dyn UsersApi<C>> { (**self).inner() }\n\n");
        out.push_str("fn clock(&self) -> Result<Arc<dyn Clock>> { (**self).clock() }\n}\n");
    }
    out
}
