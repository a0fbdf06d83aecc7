//! How to go on: the command that was given, quoted for a shell. It holds no secret, since none is ever given there.

use crate::input::Location;

/// What is said to somebody whose import did not come to its end.
#[derive(Debug)]
pub(super) struct Again {
    command: String,
    is_pipe: bool,
    has_state: bool,
}

impl Again {
    pub(super) fn new(location: &Location, has_state: bool) -> Self {
        let words = std::env::args_os().map(|word| quoted(&word.to_string_lossy()));
        Self {
            command: words.collect::<Vec<_>>().join(" "),
            is_pipe: *location == Location::Stdin,
            has_state,
        }
    }

    /// How to go on, as a sentence and a command on a line of its own.
    pub(super) fn how(&self) -> String {
        let command = &self.command;
        match (self.has_state, self.is_pipe) {
            (true, false) => format!("go on from here with:\n  {command}"),
            (true, true) => format!(
                "go on from here by feeding the same rows again from their start; what is done is passed over:\n  \
                 ... | {command}"
            ),
            (false, is_pipe) => format!(
                "there is no --state, so that it begins with the first row again; a user that is sent twice is the \
                 same afterwards:\n  {}{command}",
                if is_pipe { "... | " } else { "" }
            ),
        }
    }

    /// What is said after a signal.
    pub(super) fn interrupted(&self, how: &str) -> String {
        format!("interrupted: {how}; {}", self.how())
    }
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./:=,+@%".contains(&byte));
    if is_plain {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_where_a_shell_would_take_them_apart() {
        for (word, expected) in [
            ("users.csv", "users.csv"),
            ("my users.csv", "'my users.csv'"),
            ("it's", r"'it'\''s'"),
            ("Plan=custom.plan:string", "Plan=custom.plan:string"),
            ("$HOME", "'$HOME'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
