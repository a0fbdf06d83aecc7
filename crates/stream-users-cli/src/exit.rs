//! How a command ends: its exit code, and what kind of error has which. Texts of errors belong to who makes them.

use std::fmt;
use std::process::ExitCode;

use stream_users_core::Error;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: all was done.
    Done,
    /// 1: it failed, and has said so.
    Failed,
    /// 3: it came to its end, and some rows or ids failed.
    SomeFailed,
    /// 4: it stopped before its end: a failure budget, a guard.
    Stopped,
    /// 130: it was interrupted and has said how to go on.
    Interrupted,
}

impl Exit {
    const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::SomeFailed => 3,
            Self::Stopped => 4,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// What went wrong, where that alone decides on the exit code; the text stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Usage,
    Stopped,
    Credentials,
}

/// An error whose kind decides on the exit code. It can stand anywhere in the chain of causes.
#[derive(Debug)]
pub(crate) struct Refusal {
    kind: Kind,
    text: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Refusal {}

/// Exit code 2: what was asked for cannot be asked for so.
pub(crate) fn usage(text: impl Into<String>) -> anyhow::Error {
    refusal(Kind::Usage, text)
}

/// Exit code 4: it is not done, because somebody or a guard said no.
pub(crate) fn stopped(text: impl Into<String>) -> anyhow::Error {
    refusal(Kind::Stopped, text)
}

/// Exit code 6: a credential is missing.
pub(crate) fn credentials(text: impl Into<String>) -> anyhow::Error {
    refusal(Kind::Credentials, text)
}

fn refusal(kind: Kind, text: impl Into<String>) -> anyhow::Error {
    Refusal {
        kind,
        text: text.into(),
    }
    .into()
}

/// The exit code of an error.
pub(crate) fn code(error: &anyhow::Error) -> ExitCode {
    ExitCode::from(error.chain().find_map(number).unwrap_or(1))
}

fn number(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if let Some(refusal) = cause.downcast_ref::<Refusal>() {
        return Some(match refusal.kind {
            Kind::Usage => 2,
            Kind::Stopped => 4,
            Kind::Credentials => 6,
        });
    }
    let error = cause.downcast_ref::<Error>()?;
    if error.is_connect() {
        Some(5)
    } else if error.is_auth() {
        Some(6)
    } else {
        None
    }
}
