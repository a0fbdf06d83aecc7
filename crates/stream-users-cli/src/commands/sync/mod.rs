//! `stream-users sync`: Stream is brought to the state of a file. What that takes is decided in core; here is what a person
//! gives and is told.
//!
//! Rows are brought into the order of their ids by `sort`; what is told while it runs stands in `telling`, what at its end in
//! `ending`, options that are more than a text in `options`.

mod ending;
mod options;
mod sort;
mod telling;

use std::path::PathBuf;
use std::time::Duration;

use futures_core::Stream;
use stream_users_core::bulk::{self, InputError, Row};
use stream_users_core::sync::{Gone, SyncRun, UserSync};
use stream_users_core::{Users, UsersApiExt as _};
use stream_users_model::{Custom, Filter, UserRequest};

use self::options::{MaxFailures, Removal, Share};
use self::telling::Telling;
use crate::confirm::{confirm, on_a_terminal};
use crate::exit::Exit;
use crate::globals::Globals;
use crate::input::{DuplicateIds, Input, InputOptions, Location};
use crate::output::Output;
use crate::session::Session;
use crate::stop::Stop;

/// How often progress is shown.
const TICK: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Arguments {
    /// The file that says who should be there, or `-` for standard input; packed with gzip or zstd or not
    #[arg(value_name = "FILE")]
    file: String,
    /// What becomes of users who are on Stream and not in the file
    #[arg(long, value_enum, value_name = "WHAT", default_value = "keep")]
    gone: Removal,
    /// Touch nobody of those who are gone where they are a larger share of all users
    #[arg(long, value_name = "N%", default_value = "10%")]
    max_gone_share: Share,
    /// Let users be gone also where rows could not be read that do not say whom they are about
    #[arg(long)]
    ignore_bad_rows: bool,
    /// Never remove this user; may be given more than once
    #[arg(long, value_name = "ID")]
    protect: Vec<String>,
    /// Never remove users of these roles
    #[arg(
        long,
        value_name = "ROLE,...",
        value_delimiter = ',',
        default_value = "guest,anonymous,admin"
    )]
    protect_roles: Vec<String>,
    /// Look at the users who match a filter only, such as `{"role": "user"}`: all others are neither changed nor gone
    #[arg(long, value_name = "FILTER", value_parser = options::filter)]
    scope: Option<Filter>,
    /// Leave alone what a row does not name, instead of taking it away
    #[arg(long)]
    merge: bool,
    /// Bring back deactivated users who are in the file; by default with `--gone deactivate`
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    reactivate: Option<bool>,
    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print each change instead of the sums
    #[arg(long)]
    changes: bool,
    /// The rows come in the order of their ids, byte by byte: do not sort them
    #[arg(long)]
    sorted: bool,
    /// Where to put the rows while they are sorted, where they are many; by default the system's folder for such files
    #[arg(long, value_name = "FOLDER")]
    temp_dir: Option<PathBuf>,
    /// Where to write each row that failed, as NDJSON of line, id and reason
    #[arg(long, value_name = "PATH")]
    report: Option<PathBuf>,
    /// Stop when more changes failed: a number, or a share such as 5%; by default 1,000 that are more than half of those
    /// tried
    #[arg(long, value_name = "N|N%")]
    max_failures: Option<MaxFailures>,
    /// How many requests of a kind are under way at most
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    in_flight: u16,
    /// For how many seconds the service may be away before it ends
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    patience: u64,
    #[command(flatten)]
    input: InputOptions,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let output = Output::new(globals);
    let location = Location::new(&arguments.file);
    let input = Input::open(&location, &arguments.input)?;
    if let Some(what) = what_is_lost(&arguments, &location) {
        // Nobody is there to ask each night, and a deactivation is taken back by the next run that names the user.
        match arguments.gone {
            Removal::Deactivate => on_a_terminal(globals, || Ok(what))?,
            _ => confirm(globals, &what)?,
        }
    }
    let session = Session::open(globals).await?;
    // Not before: Ctrl-C ends a prompt for the secret, and a program that should print it.
    let mut stop = Stop::new()?;
    let mut telling = Telling::new(globals, &output, &arguments, &input)?;
    let notes = input.notes();
    let rows = input.users(DuplicateIds::Last);
    let users = session.users::<Custom>();
    let end = if arguments.sorted {
        drive(sync(&users, &arguments, rows), &mut telling, &mut stop).await?
    } else {
        let Some(rows) = sort::all(rows, arguments.temp_dir.as_deref(), &mut telling, &mut stop).await?
        else {
            telling.end()?;
            output.note("nothing was written: it was stopped while the rows were sorted");
            return Ok(Exit::Interrupted);
        };
        drive(
            sync(&users, &arguments, bulk::iter(rows)),
            &mut telling,
            &mut stop,
        )
        .await?
    };
    telling.end()?;
    for note in notes.take() {
        output.note(&format!("note: {note}"));
    }
    if let Some(run) = end {
        return ending::tell(&output, &session, run, &telling, &arguments);
    }
    output.note("ended at once; the same command compares again and goes on from what is there");
    Ok(Exit::Interrupted)
}

/// What cannot be undone by the same command, as a sentence without its end.
fn what_is_lost(arguments: &Arguments, location: &Location) -> Option<String> {
    let what = arguments.gone.verb().filter(|_| !arguments.dry_run)?;
    Some(format!(
        "users on Stream who are not in {} will be {what}, if they are no more than {} of all; --dry-run shows who they \
         are",
        location.name(),
        arguments.max_gone_share
    ))
}

fn sync<'a, S>(users: &'a Users<Custom>, arguments: &Arguments, rows: S) -> SyncRun<'a, Custom>
where
    S: Stream<Item = Result<Row<UserRequest<Custom>>, InputError>> + Send + 'a,
{
    let mut sync: UserSync<Custom, &'a Users<Custom>> = users
        .sync()
        .gone(Gone::from(arguments.gone))
        .max_gone_share(arguments.max_gone_share.get())
        .gone_despite_rejected(arguments.ignore_bad_rows)
        .protect(arguments.protect.iter().map(String::as_str))
        .protect_roles(arguments.protect_roles.iter().map(String::as_str))
        .failure_budget(options::budget(arguments.max_failures))
        .max_in_flight(arguments.in_flight.into())
        .patience(Duration::from_secs(arguments.patience));
    if let Some(scope) = &arguments.scope {
        sync = sync.scope(scope.clone());
    }
    if let Some(reactivate) = arguments.reactivate {
        sync = sync.reactivate(reactivate);
    }
    if arguments.merge {
        sync = sync.merge();
    }
    if arguments.dry_run {
        sync = sync.dry_run();
    }
    sync.users(rows)
}

/// Runs it to its end; `None` where it was told twice to stop.
async fn drive<'a>(
    mut run: SyncRun<'a, Custom>,
    telling: &mut Telling,
    stop: &mut Stop,
) -> anyhow::Result<Option<SyncRun<'a, Custom>>> {
    let mut ticks = tokio::time::interval(TICK);
    let mut is_stopping = false;
    loop {
        let changes = tokio::select! {
            biased;
            () = stop.wait() => {
                if is_stopping {
                    return Ok(None);
                }
                is_stopping = true;
                run.stopper().stop();
                telling.say("stopping: what is under way is waited for; once more ends at once");
                continue;
            }
            _ = ticks.tick() => {
                telling.show(run.report());
                continue;
            }
            changes = telling::changes(&mut run) => changes,
        };
        let Some(changes) = changes else {
            return Ok(Some(run));
        };
        for change in &changes {
            if !telling.change(change)? {
                // Nobody reads what is printed any more.
                run.stopper().stop();
            }
        }
    }
}
