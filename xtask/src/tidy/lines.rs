//! Where a key stands in a manifest, however it is written: dotted, quoted, inline or as a table of its own.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A line of a table of dependencies.
#[derive(Debug)]
pub(super) struct Named {
    /// The tables around it: `dependencies`, or `target`, `cfg(unix)` and `build-dependencies`.
    pub(super) tables: Vec<String>,
    /// What the manifest calls it.
    pub(super) key: String,
    /// The line, counted from 1.
    pub(super) line: usize,
}

/// The line of a key, which is given together with the tables around it; `None` where it is not there, or the text is
/// not TOML.
pub(super) fn key(text: &str, path: &[&str]) -> Option<usize> {
    let (last, tables) = path.split_last()?;
    let root = DeTable::parse(text).ok()?;
    let mut table = root.get_ref();
    for name in tables {
        table = find(table, name)?.1.get_ref().as_table()?;
    }
    find(table, last).map(|(span, _)| line(text, &span))
}

/// Every dependency that the text names, of the workspace's own table too; none where the text is not TOML.
pub(super) fn dependencies(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    if let Ok(root) = DeTable::parse(text) {
        collect(text, root.get_ref(), &[], &mut found);
    }
    found
}

fn collect(text: &str, table: &DeTable<'_>, tables: &[String], found: &mut Vec<Named>) {
    let of_dependencies = tables
        .last()
        .is_some_and(|name| name.replace('_', "-").ends_with("dependencies"));
    for (key, value) in table {
        let name = key.get_ref().to_string();
        if of_dependencies {
            found.push(Named {
                tables: tables.to_vec(),
                key: name,
                line: line(text, &key.span()),
            });
        } else if let DeValue::Table(inner) = value.get_ref() {
            let inside = [tables, &[name]].concat();
            collect(text, inner, &inside, found);
        }
    }
}

fn find<'t, 'i>(table: &'t DeTable<'i>, name: &str) -> Option<(Range<usize>, &'t Spanned<DeValue<'i>>)> {
    table
        .iter()
        .find(|(key, _)| key.get_ref() == name)
        .map(|(key, value)| (key.span(), value))
}

fn line(text: &str, span: &Range<usize>) -> usize {
    text.get(..span.start)
        .map_or(0, |before| before.matches('\n').count())
        + 1
}

#[cfg(test)]
mod tests {
    use super::{dependencies, key};

    #[test]
    fn a_dependency_is_found_however_it_is_written() {
        for written in [
            "reqwest.workspace = true",
            "reqwest={ workspace = true }",
            "  reqwest   =   { workspace = true }",
            "\"reqwest\" = { workspace = true }",
            "'reqwest'.workspace = true",
            "[dependencies.reqwest]\nworkspace = true",
            "[ dependencies . \"reqwest\" ]\nworkspace = true",
        ] {
            let text = if written.starts_with('[') {
                format!("# reqwest = 1\n\n{written}\n")
            } else {
                format!("# reqwest = 1\n[dependencies]\n{written}\n")
            };
            let found = dependencies(&text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(
                (found[0].key.as_str(), found[0].line, &found[0].tables[..]),
                ("reqwest", 3, &["dependencies".to_owned()][..]),
                "{text}"
            );
        }
    }

    #[test]
    fn the_tables_around_a_dependency_are_told_apart() {
        let text = "[dev-dependencies]\na = '1'\n[target.'cfg(unix)'.build-dependencies]\na = '1'\n\
                    [workspace.dependencies]\nb = '1'\n[features]\nc = []\n";
        let found: Vec<_> = dependencies(text)
            .into_iter()
            .map(|named| (named.tables.join("/"), named.line))
            .collect();
        for expected in [
            ("dev-dependencies", 2),
            ("target/cfg(unix)/build-dependencies", 4),
            ("workspace/dependencies", 6),
        ] {
            assert!(
                found
                    .iter()
                    .any(|(tables, line)| (tables.as_str(), *line) == expected),
                "{found:?}"
            );
        }
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_key_is_not_a_word_of_another_line() {
        let text = "# edition\n[package]\ndescription = 'the edition'\nedition = '2024'\n";
        assert_eq!(key(text, &["package", "edition"]), Some(4));
        assert_eq!(key(text, &["package", "version"]), None);
        assert_eq!(key("a = = 1", &["a"]), None);
    }
}
