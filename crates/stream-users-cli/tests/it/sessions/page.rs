//! The sessions of a page, what is like what, and a page with what was printed.

/// A command that a page shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Session {
    /// Its number in the page, counted from 1.
    pub(super) line: usize,
    pub(super) typed: String,
    /// The lines that the page shows below it.
    pub(super) printed: Vec<String>,
}

/// Every command in a block of the page.
pub(super) fn sessions(text: &str) -> Vec<Session> {
    let mut found: Vec<Session> = Vec::new();
    let mut within = false;
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if !within {
            within = line.trim_end() == "```console";
            continue;
        }
        if line.trim_end() == "```" {
            within = false;
            continue;
        }
        if let Some(typed) = line.strip_prefix("$ ") {
            let mut typed = typed.to_owned();
            while typed.ends_with('\\') {
                let Some((_, more)) = lines.next() else { break };
                typed = format!("{typed}\n{more}");
            }
            if let Some(end) = here_document(&typed) {
                for (_, more) in lines.by_ref() {
                    typed = format!("{typed}\n{more}");
                    if more == end {
                        break;
                    }
                }
            }
            found.push(Session {
                line: index + 1,
                typed,
                printed: Vec::new(),
            });
        } else if let Some(last) = found.last_mut() {
            last.printed.push(line.to_owned());
        }
    }
    found
}

/// The word that ends the here-document of a command.
fn here_document(typed: &str) -> Option<String> {
    let (_, word) = typed.split_once("<<")?;
    let word = word.trim_start_matches('-').split_whitespace().next()?;
    Some(word.trim_matches(['\'', '"']).to_owned())
}

/// Whether lines are those of the page, with what it leaves out.
pub(super) fn is_like(shown: &[String], printed: &[String]) -> bool {
    let Some((first, rest)) = shown.split_first() else {
        return printed.is_empty();
    };
    if first == "..." {
        return (0..=printed.len()).any(|skipped| is_like(rest, &printed[skipped..]));
    }
    printed
        .split_first()
        .is_some_and(|(line, others)| line_is_like(first, line) && is_like(rest, others))
}

fn line_is_like(shown: &str, line: &str) -> bool {
    let mut parts = shown.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut left) = line.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return left.is_empty();
    };
    for part in middle {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

/// The page with what was printed, where that is not like what it shows.
pub(super) fn updated(text: &str, sessions: &[Session], printed: &[Vec<String>]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (session, printed) in sessions.iter().zip(printed).rev() {
        if !is_like(&session.printed, printed) {
            let start = session.line - 1 + session.typed.lines().count();
            lines.splice(start..start + session.printed.len(), printed.iter().cloned());
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn a_page_is_read_and_written() {
    let text = "a\n```console\n$ one \\\n  more\nx\n$ cat <<'END'\n$ not typed\nEND\n```\n```sh\n$ no\n```\n";
    let found = sessions(text);
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[0].line, found[0].typed.as_str(), &found[0].printed[..]),
        (3, "one \\\n  more", &["x".to_owned()][..])
    );
    assert_eq!(found[1].typed, "cat <<'END'\n$ not typed\nEND");
    let printed = [vec!["y".to_owned(), "z".to_owned()], vec![]];
    let again = updated(text, &found, &printed);
    assert_eq!(again, text.replace("\nx\n", "\ny\nz\n"));
    assert_eq!(updated(&again, &sessions(&again), &printed), again);
}

#[test]
fn what_is_left_out_may_be_anything() {
    let like = |shown: &str, printed: &str| {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        is_like(&lines(shown), &lines(printed))
    };
    assert!(like("a [..] c", "a b c") && like("[..]b", "aab") && like("a[..]b[..]b", "abb"));
    assert!(!like("a[..]b[..]b", "ab") && !like("a", "ab") && !like("a[..]", "b"));
    assert!(like("...\nz", "a\nz") && like("...", "") && like("a\n...\nb", "a\nb"));
    assert!(!like("...\nz", "a\nb") && !like("", "a") && !like("a", ""));
}
