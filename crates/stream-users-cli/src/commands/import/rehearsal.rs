//! `--dry-run`: all rows are read and checked, and nothing is sent. What only the service knows is not checked: roles,
//! the letters of ids, the size of a user, who was deleted.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream as _;
use serde::Serialize;
use stream_users_model::UserRequest;

use super::Arguments;
use super::failures::Failures;
use super::progress::{count, number};
use crate::exit::Exit;
use crate::input::{Input, Location};
use crate::output::{self, Output};

/// About where the service refuses a user, in bytes of JSON.
const LARGE: usize = 5_000;

/// What would be sent.
#[derive(Debug, Serialize)]
struct Rehearsal {
    input: String,
    dry_run: bool,
    /// Rows that were read.
    read: u64,
    /// Users that would be sent.
    would_send: u64,
    /// In how many requests, where none is refused.
    requests: u64,
    /// How many bytes of JSON they are.
    bytes: u64,
    /// Rows that cannot be used.
    failed: u64,
    /// Users of more than about 5 kB, which the service may refuse.
    large: u64,
    /// The first user, as it would be sent.
    first: Option<UserRequest>,
}

pub(super) async fn run(output: &Output, location: &Location, arguments: &Arguments) -> anyhow::Result<Exit> {
    let input = Input::open(location, &arguments.input)?;
    let notes = input.notes();
    let mut rows = input.users(arguments.duplicates);
    // There is no journal to make a report of.
    let mut failures = Failures::new(arguments.report.as_deref(), &arguments.file, None)?;
    let mut result = Rehearsal {
        input: arguments.file.clone(),
        dry_run: true,
        read: 0,
        would_send: 0,
        requests: 0,
        bytes: 0,
        failed: 0,
        large: 0,
        first: None,
    };
    while let Some(row) = poll_fn(|context| Pin::new(&mut rows).poll_next(context)).await {
        let row = row.map_err(|error| super::ending::input_failed(&error))?;
        result.read += 1;
        match row.item {
            Ok(user) => {
                let bytes = serde_json::to_string(&user)?.len();
                result.would_send += 1;
                result.bytes += bytes as u64;
                result.large += u64::from(bytes > LARGE);
                result.first.get_or_insert(user);
            }
            Err(rejected) => {
                result.failed += 1;
                if let Some(line) = failures.add(
                    notes.number_word(),
                    row.number,
                    rejected.id.as_ref(),
                    &rejected.reason,
                )? {
                    output::told(&line);
                }
            }
        }
    }
    result.requests = result.would_send.div_ceil(arguments.batch.into());
    failures.end(result.failed)?;
    for note in notes.take() {
        output.note(&format!("note: {note}"));
    }
    if result.large > 0 {
        output.note(&format!(
            "note: {} of them are larger than about 5 kB as JSON; the service may refuse those",
            number(result.large)
        ));
    }
    output.note(&format!(
        "nothing was sent: {} would be, in {}; {} cannot be used",
        count(result.would_send, "user"),
        count(result.requests, "request"),
        count(result.failed, "row")
    ));
    output.value(&result)?;
    Ok(if result.failed > 0 {
        Exit::SomeFailed
    } else {
        Exit::Done
    })
}
