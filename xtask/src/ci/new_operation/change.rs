//! What a step does to the text of a file, and whether a command printed what the page shows.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

/// The text with every hunk of the diff applied. A hunk is found by the lines that it shows, which stand in the text
/// exactly once.
///
/// # Errors
/// Where a hunk is not found, or at several places.
pub(super) fn patched(text: &str, diff: &str) -> Result<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    for hunk in diff.split("@@\n") {
        let side = |left_out: char| -> Vec<&str> {
            let kept = hunk.lines().filter(|line| !line.starts_with(left_out));
            kept.map(|line| line.get(1..).unwrap_or_default()).collect()
        };
        let (before, after) = (side('+'), side('-'));
        ensure!(!before.is_empty(), "a hunk shows no line that is there:\n{hunk}");
        let found: Vec<usize> = lines
            .windows(before.len())
            .enumerate()
            .filter_map(|(at, window)| (window == before).then_some(at))
            .collect();
        let [at] = found[..] else {
            bail!(
                "these lines stand {} times in the file, and must stand once:\n{}",
                found.len(),
                before.join("\n")
            );
        };
        lines.splice(at..at + before.len(), after);
    }
    Ok(lines.join("\n") + "\n")
}

/// The document with all of the other in it; keys are sorted, as they are in the contract.
///
/// # Errors
/// Where one of them is no JSON.
pub(super) fn merged(document: &str, more: &str) -> Result<String> {
    let mut document: Value = serde_json::from_str(document)?;
    merge(
        &mut document,
        serde_json::from_str(more).context("the block is no JSON")?,
    );
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}

/// The first shown line that was not printed where it belongs: all lines are shown, but for those for which a line `…`
/// stands, and the end of a line that ends with `…`.
pub(super) fn not_printed<'a>(shown: &'a [String], printed: &str) -> Option<&'a str> {
    let mut printed = printed.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let mut left_out = false;
    for line in shown.iter().map(String::as_str).filter(|line| !line.is_empty()) {
        if line == "…" {
            left_out = true;
            continue;
        }
        let is_it = |printed: &str| match line.strip_suffix('…') {
            Some(start) => printed.starts_with(start),
            None => printed == line,
        };
        let found = if left_out {
            printed.any(is_it)
        } else {
            printed.next().is_some_and(is_it)
        };
        if !found {
            return Some(line);
        }
        left_out = false;
    }
    (!left_out && printed.next().is_some()).then_some("(the end)")
}

#[cfg(test)]
mod tests {
    use super::{merged, not_printed, patched};

    #[test]
    fn a_diff_changes_what_it_shows() {
        let text = "a\nb\n\nc\nd\n";
        assert_eq!(
            patched(text, " a\n+x\n b\n@@\n\n-c\n+y\n").unwrap(),
            "a\nx\nb\n\ny\nd\n"
        );
        assert_eq!(patched("a\n", "+x\n a\n").unwrap(), "x\na\n");
    }

    #[test]
    fn a_hunk_that_is_not_there_or_twice_is_shown() {
        for (diff, words) in [
            (" z\n+x\n", "stand 0 times"),
            (" a\n+x\n", "stand 3 times"),
            ("+x\n", "shows no line"),
        ] {
            let error = patched("a\nab\na\na\n", diff).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn json_is_merged_at_every_depth() {
        assert_eq!(
            merged(r#"{"b": {"x": 1}, "c": [1]}"#, r#"{"b": {"a": 2}, "c": [3]}"#).unwrap(),
            "{\n  \"b\": {\n    \"a\": 2,\n    \"x\": 1\n  },\n  \"c\": [\n    3\n  ]\n}\n"
        );
        assert!(merged("{}", "{").is_err());
    }

    #[test]
    fn what_is_shown_is_what_was_printed() {
        let shown = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
        let printed = "one\ntwo in 1.5s\n\nthree\n";
        for fine in ["one\ntwo in…\nthree", "…\nthree", "one\n…", "…", "one\n…\nthree"] {
            assert_eq!(not_printed(&shown(fine), printed), None, "{fine}");
        }
        for (wrong, line) in [
            ("one\nthree", "three"),
            ("two in…\n…", "two in…"),
            ("…\nfour", "four"),
            ("…\nthree\n…\none", "one"),
            ("one\ntwo in…", "(the end)"),
            ("", "(the end)"),
        ] {
            assert_eq!(not_printed(&shown(wrong), printed), Some(line), "{wrong}");
        }
    }
}
