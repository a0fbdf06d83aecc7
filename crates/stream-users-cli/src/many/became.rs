//! [`Became`]: what became of a user, as a result and on standard error.

use std::io::IsTerminal;

use serde::Serialize;

use crate::globals::Format;
use crate::output::{self, Output, Rows};

/// How many failures are told on standard error, where the results say all of them.
const TOLD: u64 = 20;

/// The status of a user for whom it was not done.
const FAILED: &str = "failed";

/// What became of a user.
#[derive(Debug, Serialize)]
pub(crate) struct Became<'a> {
    /// `null` where a line of a file names nobody.
    pub(crate) id: Option<&'a str>,
    /// What was done, or `failed`.
    pub(crate) status: &'a str,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
    /// The line of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
}

/// Prints what became of users.
pub(crate) struct Told {
    rows: Rows,
    failed: u64,
    /// Whether the reasons must be said on standard error, too: somebody else reads the results, or a cell cuts them.
    aside: bool,
}

impl Told {
    pub(crate) fn new(output: &Output) -> Self {
        Self {
            rows: output.rows(&["id", "status", "reason"]),
            failed: 0,
            aside: output.format() == Format::Table || !std::io::stdout().is_terminal(),
        }
    }

    /// It was done, or would be. Says whether somebody reads the results still.
    pub(crate) fn done(&mut self, id: Option<&str>, status: &str, line: Option<u64>) -> anyhow::Result<bool> {
        self.rows.push(&Became {
            id,
            status,
            reason: None,
            line,
        })
    }

    /// It was not done. Says whether somebody reads the results still.
    pub(crate) fn failed(
        &mut self,
        id: Option<&str>,
        reason: &str,
        line: Option<u64>,
    ) -> anyhow::Result<bool> {
        self.failed += 1;
        if self.aside && self.failed <= TOLD {
            let whom = match (id, line) {
                (Some(id), Some(line)) => format!("line {line}, {id}"),
                (Some(id), None) => id.to_owned(),
                (None, Some(line)) => format!("line {line}"),
                (None, None) => "a user".to_owned(),
            };
            output::failure(&format!("{whom}: {reason}"));
        }
        self.rows.push(&Became {
            id,
            status: FAILED,
            reason: Some(reason),
            line,
        })
    }

    /// Prints what is left. Returns how many have failed.
    pub(crate) fn end(self) -> anyhow::Result<u64> {
        if self.aside && self.failed > TOLD {
            output::failure(&format!(
                "and {} more: the results name each with its reason",
                self.failed - TOLD
            ));
        }
        self.rows.end()?;
        Ok(self.failed)
    }
}
