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
    /// 5: the service was away for too long, and the command has said how to go on.
    Away,
    /// 6: a credential was refused, and the command has said so.
    Refused,
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
            Self::Away => 5,
            Self::Refused => 6,
            Self::Interrupted => 130,
        }
    }
}

impl Exit {
    /// Of a call that failed for good.
    pub(crate) fn of(error: &Error) -> Self {
        if error.is_auth() {
            Self::Refused
        } else if error.is_connect() || error.is_retryable() || error.is_rate_limited() {
            Self::Away
        } else {
            Self::Failed
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

/// An error whose kind decides on the exit code, by itself or as the context of another.
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

impl Refusal {
    /// Exit code 2: what was asked for cannot be asked for so.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self {
            kind: Kind::Usage,
            text: text.into(),
        }
    }

    /// Exit code 6: a credential is missing.
    pub(crate) fn credentials(text: impl Into<String>) -> Self {
        Self {
            kind: Kind::Credentials,
            text: text.into(),
        }
    }

    /// Exit code 4: it is not done, because somebody or a guard said no.
    pub(crate) fn stopped(text: impl Into<String>) -> Self {
        Self {
            kind: Kind::Stopped,
            text: text.into(),
        }
    }
}

/// See [`Refusal::usage`].
pub(crate) fn usage(text: impl Into<String>) -> anyhow::Error {
    Refusal::usage(text).into()
}

/// See [`Refusal::stopped`].
pub(crate) fn stopped(text: impl Into<String>) -> anyhow::Error {
    Refusal::stopped(text).into()
}

/// See [`Refusal::credentials`].
pub(crate) fn credentials(text: impl Into<String>) -> anyhow::Error {
    Refusal::credentials(text).into()
}

/// The exit code of an error.
pub(crate) fn code(error: &anyhow::Error) -> ExitCode {
    ExitCode::from(number(error))
}

fn number(error: &anyhow::Error) -> u8 {
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        return match refusal.kind {
            Kind::Usage => 2,
            Kind::Stopped => 4,
            Kind::Credentials => 6,
        };
    }
    let mut calls = error.chain().filter_map(|cause| cause.downcast_ref::<Error>());
    calls.next().map_or(Exit::Failed, Exit::of).number()
}
