//! The documentation of an operation's method: one text, for the trait and for the blocking handle.

use std::fmt::Write as _;

use crate::contract::{Batch, Operation};

/// At the method of the trait.
pub(super) fn of_trait(operation: &Operation) -> String {
    let text = text(operation)
        .replace("](UsersApiExt::", "](crate::UsersApiExt::")
        .replace("](UsersApi#", "](Self#");
    comment(&text)
}

/// At the method of the blocking handle, which has the conveniences beside the operations.
pub(super) fn of_blocking(operation: &Operation) -> String {
    let text = text(operation)
        .replace("[`UsersApiExt::", "[`")
        .replace("](UsersApiExt::", "](Self::")
        .replace("](UsersApi#", "](stream_users_core::UsersApi#");
    comment(&text)
}

fn text(operation: &Operation) -> String {
    let entry = &operation.entry;
    let mut text = entry.summary.clone();
    if let Some(batch) = &entry.batch {
        let _ = write!(text, " At most {} {} in a call.", batch.max, entries(batch));
    }
    let _ = write!(
        text,
        "\n\n`{} {}`, the service's `{}`.",
        operation.method, operation.path, entry.id
    );
    if let Some(doc) = &entry.doc {
        let _ = write!(text, "\n\n{}", doc.trim());
    }
    if entry.task.is_some() {
        text.push_str("\n\n[`UsersApiExt::task`](UsersApiExt::task) follows the task to its end.");
    }
    let _ = write!(
        text,
        "\n\n# Errors\n{}; any kind that [the trait](UsersApi#errors) names.",
        entry.errors
    );
    text
}

/// What a batch is of: `user_ids` are users.
fn entries(batch: &Batch) -> String {
    match batch.field.strip_suffix("_ids") {
        Some(one) => format!("{one}s"),
        None => batch.field.clone(),
    }
    .replace('_', " ")
}

fn comment(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| format!("/// {line}").trim_end().to_owned() + "\n");
    lines.collect()
}
