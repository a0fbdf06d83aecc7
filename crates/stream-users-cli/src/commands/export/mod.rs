//! `stream-users export`: all users as lines of JSON (`dump`, with its file in `sink` and its checkpoint in `state`), or
//! all that is known of some (`gdpr`, with a task's file
//! in `file`).

mod dump;
mod file;
mod gdpr;
mod sink;
mod state;

use std::path::PathBuf;

use crate::arguments::Conditions;
use crate::exit::{self, Exit};
use crate::globals::{Format, Globals};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
A dump holds a user a line, as the service shows it, in the order of the ids; `stream-users import` reads it. FILE is
written under another name beside it and renamed when it is whole, so that half a dump is never taken for a whole one;
a FILE of that name is replaced then. A name that ends in .gz or .zst packs it. Only its owner can read it. Users who
change meanwhile come once, as they were when their page was read.

With --gdpr, the service collects all that it holds of each user, 25 in a task; the files are fetched, and it is looked
whether each user is in one. Exit code 3 where somebody is not.

Examples:
  stream-users export users.ndjson.zst --state export.state
  stream-users export --where role=admin | jq -r .id
  stream-users export --gdpr ada bob --output-dir exports")]
pub(crate) struct Arguments {
    /// Where the users are written; standard output without it, or with `-`
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Only users for whom this filter of the service holds
    #[arg(long, value_name = "FILTER", conflicts_with = "gdpr")]
    filter: Option<String>,
    #[command(flatten)]
    conditions: Conditions,
    /// Keep in this file how far the dump is, so that the same command goes on after it was ended; needs FILE
    #[arg(long, value_name = "PATH", requires = "file", conflicts_with = "gdpr")]
    state: Option<PathBuf>,
    /// All that the service holds of these users: profile, messages, reactions
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with = "file")]
    gdpr: Vec<String>,
    /// The folder for the files of --gdpr, which is made where it is missing; without it, their lines are printed
    #[arg(long, value_name = "DIR", requires = "gdpr")]
    output_dir: Option<PathBuf>,
    /// A task and a file for each user, instead of for 25
    #[arg(long, requires = "gdpr")]
    per_user: bool,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    if !arguments.gdpr.is_empty() {
        if !arguments.conditions.is_empty() || arguments.conditions.include_deactivated {
            return Err(exit::usage(
                "--gdpr names its users itself: leave --where and --include-deactivated away",
            ));
        }
        return gdpr::run(globals, arguments.gdpr, arguments.output_dir, arguments.per_user).await;
    }
    if globals.output.is_some_and(|format| format != Format::Ndjson) {
        return Err(exit::usage(
            "export writes JSON lines; for a table or CSV take `stream-users query --all --output csv`",
        ));
    }
    let filter = arguments.conditions.and(arguments.filter.as_deref())?;
    let query = stream_users_model::QueryUsers::new(filter)
        .include_deactivated_users(arguments.conditions.include_deactivated);
    let file = arguments.file.filter(|file| file.as_os_str() != "-");
    if let (Some(file), Some(state)) = (&file, &arguments.state)
        && (state == file || *state == dump::beside(file, ".partial"))
    {
        return Err(exit::usage(format!(
            "--state {} is where the dump is written; name another file",
            state.display()
        )));
    }
    match (file, arguments.state) {
        (Some(file), state) => dump::to_file(globals, query, &file, state.as_deref()).await,
        (None, None) => dump::to_stdout(globals, query).await,
        (None, Some(_)) => Err(exit::usage(
            "standard output cannot be gone on with: give a FILE together with --state",
        )),
    }
}
