//! What may not stand in the text of a file, whatever it holds.

use std::path::Path;

use crate::codegen::MADE_BY;
use crate::violation::Violation;

/// The most lines of a Rust file that is neither generated nor a test.
const LONGEST: usize = 500;

/// Words that name a machine or a registry's host. Each is written in two parts, so that this file is free of them.
const NOT_OURS: &[(&str, &str)] = &[
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("/Us", "ers/"),
    ("C:\\", "Users"),
    ("C:\\\\", "Users"),
    ("../sh", "ared"),
    ("/sha", "red/"),
    (".lib", "rary"),
    ("index.", "crates.io"),
    ("static.", "crates.io"),
    ("crates.io/", "api"),
    ("registry.", "npmjs"),
    ("pypi", ".org"),
    ("files.", "pythonhosted.org"),
    ("deb.", "debian.org"),
];

/// Extensions of what is text, whatever bytes stand in it.
const TEXT: &[&str] = &["rs", "md", "toml"];

/// Words for work that is left over, in two parts for the same reason.
const LEFT_OVER: &[(&str, &str)] = &[("TO", "DO"), ("FIX", "ME")];

/// Whether a file is text by its name.
pub(super) fn must_be(path: &str) -> bool {
    TEXT.iter().any(|extension| has_extension(path, extension))
}

/// Every rule that the text of one file breaks. The path is seen from the root.
pub(super) fn check(path: &str, text: &str) -> Vec<Violation> {
    if text.contains('\0') && !must_be(path) {
        return Vec::new();
    }
    let mut found = Found {
        path,
        violations: Vec::new(),
    };
    if !text.is_empty() && !text.ends_with('\n') {
        found.add(text.lines().count(), "no newline at the end", "add it");
    }
    for (line, number) in text.lines().zip(1..) {
        every_line(&mut found, line, number);
    }
    if has_extension(path, "rs") {
        rust(&mut found, text);
    }
    if path.contains("/generated/") && !text.lines().next().is_some_and(|line| line.contains(MADE_BY)) {
        found.add(
            1,
            "a generated file that does not say so",
            "run `cargo xtask codegen`, or move the file elsewhere",
        );
    }
    found.violations
}

struct Found<'a> {
    path: &'a str,
    violations: Vec<Violation>,
}

impl Found<'_> {
    fn add(&mut self, line: usize, what: impl Into<String>, fix: &str) {
        self.violations
            .push(Violation::new(self.path, what, fix).at(line));
    }
}

fn every_line(found: &mut Found<'_>, line: &str, number: usize) {
    if line.contains('\0') {
        found.add(number, "a NUL byte", "delete it");
    }
    if line.ends_with([' ', '\t', '\r']) {
        found.add(number, "space at the end of the line", "delete it");
    }
    for (start, end) in NOT_OURS {
        let word = format!("{start}{end}");
        if names_a_place(line, &word) {
            found.add(
                number,
                format!("`{word}` names one machine or registry"),
                "write a path or an address that holds everywhere",
            );
        }
    }
    let prose = has_extension(found.path, "md");
    for (start, end) in LEFT_OVER {
        let word = format!("{start}{end}");
        if !prose && holds_word(line, &word) && !has_issue(line) {
            found.add(
                number,
                format!("{word} without an issue"),
                "open an issue and write its number: `(#N)`",
            );
        }
    }
}

/// Whether the word stands there on its own, and not inside a longer path or host: `example.org/home/` is no folder of
/// a machine.
fn names_a_place(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !line[..at]
            .chars()
            .next_back()
            .is_some_and(|before| before.is_alphanumeric() || ".-_{}".contains(before))
    })
}

fn holds_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|part| part == word)
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}

/// Whether the line has a `#` with a number.
fn has_issue(line: &str) -> bool {
    line.split('#')
        .skip(1)
        .any(|after| after.starts_with(|first: char| first.is_ascii_digit()))
}

fn rust(found: &mut Found<'_>, text: &str) {
    let generated = found.path.contains("/generated/");
    let of_tests = found.path.contains("/tests/") || found.path.ends_with("/tests.rs");
    for (line, number) in text.lines().zip(1..) {
        if line.contains('\t') {
            found.add(number, "a tab", "run `cargo fmt`");
        }
        if line.trim() == concat!("#[ign", "ore]") {
            found.add(
                number,
                "an ignored test without a reason",
                "write `#[ignore = \"why\"]`",
            );
        }
        if line.trim_start().starts_with(concat!("db", "g!(")) {
            found.add(number, concat!("db", "g! is left over"), "delete it");
        }
    }
    let documented = text.starts_with("//!") || text.starts_with("#![doc");
    if !generated && !of_tests && !documented {
        found.add(
            1,
            "no module documentation",
            "begin the file with `//!`: what belongs here and what must not",
        );
    }
    let lines = text.lines().count();
    if !generated && !of_tests && lines > LONGEST {
        let what = format!("{lines} lines, more than {LONGEST}");
        found.add(
            0,
            what,
            "split the file by purpose, or move its tests to a file of their own",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(path, text).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn one(path: &str, text: &str, expected: &str) {
        let lines = found(path, text);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains(expected), "{lines:?}");
    }

    #[test]
    fn a_tidy_file_is_silent() {
        assert_eq!(
            found("a/src/lib.rs", "//! A module.\n\nfn main() {}\n"),
            Vec::<String>::new()
        );
        assert_eq!(found("a/empty", ""), Vec::<String>::new());
        assert_eq!(found("a/picture", "\0 \n"), Vec::<String>::new());
    }

    #[test]
    fn what_must_be_text_is_looked_at_whatever_bytes_it_holds() {
        for path in ["a.md", "a.toml"] {
            one(path, "a\0b\n", ":1: a NUL byte");
            assert_eq!(found(path, concat!("\0\nsee /wo", "rk/main\n")).len(), 2);
        }
        one("a.rs", "//! A\0.\n", "a.rs:1: a NUL byte");
    }

    #[test]
    fn space_and_newlines() {
        one("a.md", "a \nb\n", "a.md:1: space at the end");
        one("a.md", "a\nb", "a.md:2: no newline");
        one("a.rs", "//! A.\n\tfn\n", "a.rs:2: a tab");
    }

    #[test]
    fn what_names_a_machine() {
        one("a.md", concat!("see /wo", "rk/main\n"), "names one machine");
        one("a.toml", concat!("x = \"/ho", "me/ada\"\n"), "names one machine");
        one(
            "a.md",
            concat!("https://index.", "crates.io/x\n"),
            "names one machine",
        );
        assert_eq!(
            found("a.md", concat!("https://example.org/ho", "me/\n")),
            Vec::<String>::new()
        );
        assert_eq!(
            found("a.md", concat!("target/wo", "rk/x\n")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn what_names_a_folder_or_a_host_of_this_machine() {
        for line in [
            concat!("see ../sh", "ared/x"),
            concat!("see /sha", "red/x"),
            concat!("../.lib", "rary/x"),
            concat!("/Us", "ers/ada"),
            concat!("C:\\", "Users\\ada"),
            concat!("C:\\\\", "Users\\\\ada"),
            concat!("https://crates.io/", "api/v1"),
            concat!("https://registry.", "npmjs.org"),
            concat!("https://pypi", ".org/project/x"),
            concat!("http://deb.", "debian.org"),
        ] {
            one("a.md", &format!("{line}\n"), "names one machine");
        }
        for line in [
            "shared/state, a shared/owned pair and crates/shared/src",
            "self.library and a library",
            "https://docs.rs/x and https://getstream.io/chat/docs/ and https://crates.io/crates/x",
            "/tmp/x and /api/v2/users/ada",
        ] {
            assert_eq!(found("a.md", &format!("{line}\n")), Vec::<String>::new());
        }
    }

    #[test]
    fn work_that_is_left_over_has_an_issue() {
        one("a.rs", concat!("//! A.\n// TO", "DO: more\n"), "without an issue");
        assert_eq!(
            found("a.rs", concat!("//! A.\n// TO", "DO(#12): more\n")),
            Vec::<String>::new()
        );
        assert_eq!(
            found("a.md", concat!("a TO", "DO needs an issue\n")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn rust_files() {
        one("a/src/x.rs", "fn a() {}\n", "x.rs:1: no module documentation");
        assert_eq!(found("a/tests/x.rs", "fn a() {}\n"), Vec::<String>::new());
        one(
            "a/tests/x.rs",
            concat!("#[ign", "ore]\nfn a() {}\n"),
            "x.rs:1: an ignored test",
        );
        one(
            "a/tests/x.rs",
            concat!("fn a() {\n    db", "g!(1);\n}\n"),
            "x.rs:2: ",
        );
        let long = format!("//! A.\n{}", "\n".repeat(500));
        one("a/src/x.rs", &long, "501 lines");
        assert_eq!(found("a/src/tests.rs", &long), Vec::<String>::new());
    }

    #[test]
    fn a_generated_file_says_so() {
        one("a/src/generated/x.rs", "fn a() {}\n", "does not say so");
        assert_eq!(
            found("a/src/generated/x.rs", "// Made by `cargo xtask codegen`.\n"),
            Vec::<String>::new()
        );
    }
}
