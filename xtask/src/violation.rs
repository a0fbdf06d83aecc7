//! What a check found: where, what, and how to fix it.

use std::fmt;

/// One finding. Checks collect them all, so that one run shows everything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    path: String,
    line: usize,
    what: String,
    fix: String,
}

impl Violation {
    /// A finding in a whole file.
    pub(crate) fn new(path: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: 0,
            what: what.into(),
            fix: fix.into(),
        }
    }

    /// The same finding at a line, counted from 1; 0 stands for the whole file.
    pub(crate) fn at(mut self, line: usize) -> Self {
        self.line = line;
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}; fix: {}", self.what, self.fix)
    }
}

/// Prints the findings, or that there is none; whether there is none.
pub(crate) fn report(task: &str, mut violations: Vec<Violation>) -> bool {
    if violations.is_empty() {
        println!("{task}: ok");
        return true;
    }
    violations.sort();
    violations.dedup();
    for violation in &violations {
        eprintln!("{violation}");
    }
    eprintln!(
        "{task}: {} to fix; then run `cargo xtask {task}` again",
        violations.len()
    );
    false
}

/// The line, counted from 1, on which `text` first holds `needle`; 0 where it does not.
pub(crate) fn line_of(text: &str, needle: &str) -> usize {
    text.lines()
        .position(|line| line.contains(needle))
        .map_or(0, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::{Violation, line_of};

    #[test]
    fn a_finding_names_place_fault_and_fix() {
        let violation = Violation::new("a/b.rs", "a tab", "use spaces").at(3);
        assert_eq!(violation.to_string(), "a/b.rs:3: a tab; fix: use spaces");
        assert_eq!(
            Violation::new("README.md", "no table", "add it").to_string(),
            "README.md: no table; fix: add it"
        );
    }

    #[test]
    fn lines_count_from_one() {
        assert_eq!(line_of("a\nb\n", "b"), 2);
        assert_eq!(line_of("a\nb\n", "c"), 0);
    }
}
