//! The core's mirrors of `UsersApi`: its implementation for the handle `Users`, and the forwarding ones for pointers
//! to an implementation.

use std::fmt::Write as _;

use super::rust::{READ_EXPORT, header, import, signature, types};
use crate::contract::Operation;

/// The pointers that forward.
const POINTERS: [&str; 3] = ["&T", "Arc<T>", "Box<T>"];

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
        out.push_str("fn clock(&self) -> Result<Arc<dyn Clock>> { (**self).clock() }\n}\n");
    }
    out
}
