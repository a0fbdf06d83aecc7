//! What ends the reading of an input: it cannot be opened, it is damaged, or it is not what it is said to be. A single
//! row that cannot be used is no failure; that is a rejection.

use std::fmt;

/// The input cannot be read, or not further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InputFailure {
    input: String,
    text: String,
    usage: bool,
}

impl InputFailure {
    /// `input` is how messages name it, `text` says what failed and what to do.
    pub(crate) fn new(input: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            input: input.into(),
            text: text.into(),
            usage: false,
        }
    }

    /// A failure that other options would mend.
    pub(crate) fn usage(input: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            usage: true,
            ..Self::new(input, text)
        }
    }

    /// Whether other options would mend it.
    pub(crate) const fn is_usage(&self) -> bool {
        self.usage
    }
}

impl fmt::Display for InputFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.input, self.text)
    }
}

impl std::error::Error for InputFailure {}
