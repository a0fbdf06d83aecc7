//! The README's table of crates lists the crates that are published, all of them and no others.

use std::collections::BTreeSet;

use super::workspace::Workspace;
use crate::violation::{Violation, line_of};

/// The crates that the table lacks or has too many.
pub(super) fn check(text: &str, workspace: &Workspace) -> Vec<Violation> {
    let Some(listed) = table(text) else {
        let fix = "add one whose first column is headed `crate`";
        return vec![Violation::new("README.md", "no table of crates", fix)];
    };
    let published: BTreeSet<&str> = workspace
        .packages
        .iter()
        .filter(|package| package.is_published())
        .map(|package| package.name.as_str())
        .collect();
    let missing = published.difference(&listed).map(|name| {
        Violation::new(
            "README.md",
            format!("the table of crates lacks {name}"),
            "add a row",
        )
    });
    let foreign = listed.difference(&published).map(|name| {
        Violation::new(
            "README.md",
            format!("the table of crates has {name}, which is not published"),
            "delete the row",
        )
        .at(line_of(text, &format!("`{name}`")))
    });
    missing.chain(foreign).collect()
}

/// The names in the first column of the table whose first head is `crate`.
fn table(text: &str) -> Option<BTreeSet<&str>> {
    let mut lines = text
        .lines()
        .skip_while(|line| first(line).is_none_or(|cell| !cell.eq_ignore_ascii_case("crate")));
    lines.next()?;
    Some(
        lines
            .map_while(first)
            .filter_map(|cell| cell.split('`').nth(1))
            .collect(),
    )
}

/// The first cell of a row.
fn first(line: &str) -> Option<&str> {
    line.trim().strip_prefix('|')?.split('|').next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::workspace::Workspace;

    fn found(text: &str) -> Vec<String> {
        let workspace = Workspace::of(&[("stream-users", &[]), ("stream-users-core", &[]), ("xtask", &[])]);
        check(text, &workspace).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_table_holds_what_is_published() {
        assert_eq!(
            found(
                "| Crate | for |\n|---|---|\n| [`stream-users`](x) | a |\n| `stream-users-core` | b |\n\ntext\n"
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_missing_and_a_foreign_row_are_found() {
        let lines = found("| crate |\n|---|\n| `stream-users` |\n| `xtask` |\n");
        assert!(lines[0].contains("lacks stream-users-core"), "{lines:?}");
        assert!(
            lines[1].contains("README.md:4: the table of crates has xtask"),
            "{lines:?}"
        );
        assert!(found("no table")[0].contains("no table of crates"));
    }
}
