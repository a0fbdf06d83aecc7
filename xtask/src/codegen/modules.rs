//! Which files of operations are modules of the model, the core and the emulator.

use anyhow::Result;

use super::part;
use crate::contract::Operation;

pub(super) const MODEL: &str = "crates/stream-users-model/src/operations/mod.rs";
pub(super) const CORE: &str = "crates/stream-users-core/src/endpoints/mod.rs";
pub(super) const EMULATOR: &str = "crates/stream-users-emulator/src/routes/mod.rs";

/// The model's types are public.
///
/// # Errors
/// Where the file lacks the marker lines.
pub(super) fn model(text: &str, operations: &[Operation]) -> Result<String> {
    let names = sorted(operations);
    let body = format!(
        "{}\n{}",
        declared(&names),
        each(&names, "pub use self::", "::*;\n")
    );
    part::replace(MODEL, text, "operations", &body)
}

/// # Errors
/// Where the file lacks the marker lines.
pub(super) fn core(text: &str, operations: &[Operation]) -> Result<String> {
    part::replace(CORE, text, "operations", &declared(&sorted(operations)))
}

/// The emulator's list of routes too. Of the operations only those that have a [`route`], so that the emulator can be
/// built before the route of a new one is written.
///
/// # Errors
/// Where the file lacks the marker lines.
pub(super) fn emulator(text: &str, operations: &[&Operation]) -> Result<String> {
    let names = sorted(operations.iter().copied());
    let text = part::replace(EMULATOR, text, "operations", &declared(&names))?;
    let in_order: Vec<&str> = operations
        .iter()
        .map(|operation| operation.entry.name.as_str())
        .collect();
    part::replace(
        EMULATOR,
        &text,
        "routes",
        &each(
            &in_order,
            "",
            "::ROUTE,
",
        ),
    )
}

/// The emulator's file for an operation.
pub(super) fn route(operation: &Operation) -> String {
    EMULATOR.replace("mod.rs", &format!("{}.rs", operation.entry.name))
}

fn sorted<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Vec<&'a str> {
    let mut names: Vec<&str> = operations
        .into_iter()
        .map(|operation| operation.entry.name.as_str())
        .collect();
    names.sort_unstable();
    names
}

fn declared(names: &[&str]) -> String {
    each(names, "mod ", ";\n")
}

/// Every name, with what stands before and behind it.
fn each(names: &[&str], before: &str, behind: &str) -> String {
    names.iter().flat_map(|name| [before, name, behind]).collect()
}
