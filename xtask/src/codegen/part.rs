//! Files of which only a marked part is made; the rest is written by hand.

use std::path::Path;

use anyhow::{Result, bail};

/// Puts `body` between the lines that mark the part of this name.
///
/// # Errors
/// Where a marker is missing or they stand in the wrong order.
pub(super) fn replace(path: &str, text: &str, name: &str, body: &str) -> Result<String> {
    let (open, close) = marks(path, name);
    let start = text.find(&open).map(|at| at + open.len());
    let end = text.find(&close);
    match (start, end) {
        (Some(start), Some(end)) if start <= end => Ok(format!("{}\n{body}{}", &text[..start], &text[end..])),
        _ => bail!("{path} lacks the marker lines `{open}` and `{close}`; add both where the part belongs"),
    }
}

/// The lines around a part, as comments of the file's language.
fn marks(path: &str, name: &str) -> (String, String) {
    let (before, after) = if Path::new(path).extension() == Some("md".as_ref()) {
        ("<!-- ", " -->")
    } else {
        ("// ", "")
    };
    (
        format!("{before}{name}: made by cargo xtask codegen{after}"),
        format!("{before}/{name}{after}"),
    )
}
