//! `stream-users import`: the users of a file are put into Stream. What the file holds is read by `input`, what is sent
//! is decided by the engine in core; here is what a person gives and is told.
//!
//! How far it is stands in `progress`, rows that failed in `failures`, the result in `summary`, how to go on in `again`,
//! and `--dry-run` in `rehearsal`.

mod again;
mod ending;
mod failures;
mod journal;
mod limits;
mod progress;
mod rehearsal;
mod summary;

use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_core::Stream;
use stream_users_core::UsersApiExt as _;
use stream_users_core::bulk::{BulkEnd, BulkError, BulkResult};
use stream_users_model::Custom;

use self::again::Again;
use self::failures::Failures;
use self::limits::MaxFailures;
use self::progress::Progress;
use self::summary::Summary;
use crate::exit::Exit;
use crate::globals::Globals;
use crate::input::{DuplicateIds, Input, InputOptions, Location};
use crate::many::Probe;
use crate::output::Output;
use crate::session::Session;
use crate::stop::Stop;

/// How often progress is shown.
const TICK: Duration = Duration::from_millis(200);

/// For how many seconds the service may be away, where nobody says.
const PATIENCE: u64 = 300;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The file, or `-` for standard input; packed with gzip or zstd or not
    #[arg(value_name = "FILE")]
    file: String,
    /// Where to keep what is done: the same command goes on from there after whatever ended it
    #[arg(long, value_name = "PATH")]
    state: Option<PathBuf>,
    /// Where to write each row that failed, as NDJSON of line, id and reason: those of all runs of the state. The line is
    /// the place from 1 on in JSON and Parquet
    #[arg(long, value_name = "PATH")]
    report: Option<PathBuf>,
    /// Stop when more rows failed: a number, or a share such as 5%; by default 1,000 that are more than half of those
    /// tried
    #[arg(long, value_name = "N|N%")]
    max_failures: Option<MaxFailures>,
    /// How many requests are under way at most; fewer are where the service is slow or the quota is small
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    in_flight: u16,
    /// How many users a request has at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=100))]
    batch: u16,
    /// For how many seconds the service may be away before the import ends; by default 300, and at once where it was never
    /// there
    #[arg(long, value_name = "SECONDS")]
    patience: Option<u64>,
    /// What becomes of an id that stands twice
    #[arg(long, value_enum, value_name = "WHAT", default_value = "refuse")]
    duplicates: DuplicateIds,
    /// Read and check all rows and say what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    input: InputOptions,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let output = Output::new(globals);
    let location = Location::new(&arguments.file);
    if arguments.dry_run {
        return rehearsal::run(&output, &location, &arguments).await;
    }
    import(globals, &output, &location, &arguments).await
}

async fn import(
    globals: &Globals,
    output: &Output,
    location: &Location,
    arguments: &Arguments,
) -> anyhow::Result<Exit> {
    let session = Session::open(globals).await?;
    let input = Input::open(location, &arguments.input)?;
    // Behind what may ask for credentials, and a named pipe that nobody writes into: those Ctrl-C is to end.
    let mut stop = Stop::new()?;
    let patience = Duration::from_secs(arguments.patience.unwrap_or(PATIENCE));
    let users = session.users::<Custom>();
    let mut bulk = users
        .bulk()
        .max_in_flight(arguments.in_flight.into())
        .max_batch(arguments.batch.into())
        .failure_budget(limits::budget(arguments.max_failures))
        .patience(patience);
    if let Some(path) = &arguments.state {
        bulk = bulk.journal(journal::at(path, &session, arguments));
    }
    let mut failures = Failures::new(
        arguments.report.as_deref(),
        &arguments.file,
        arguments.state.as_deref(),
    )?;
    let mut progress = Progress::new(&input, globals.quiet, patience);
    let notes = input.notes();
    let mut run = pin!(bulk.upsert_users(input.users(arguments.duplicates)));
    let stopper = run.stopper();
    let mut ticks = tokio::time::interval(TICK);
    let again = Again::new(location, arguments.state.is_some());
    let (mut is_stopping, mut has_ended) = (false, false);
    let mut never_there = None;
    // Whoever says for how long to wait, is obeyed.
    let mut probe = Probe::new(&session, arguments.patience.is_none());
    loop {
        let next = tokio::select! {
            biased;
            () = stop.wait() => {
                if is_stopping {
                    progress.end();
                    output.note(&again.interrupted("ended at once"));
                    return Ok(Exit::Interrupted);
                }
                is_stopping = true;
                stopper.stop();
                progress.say("stopping: what is under way is waited for; once more ends at once");
                continue;
            }
            _ = ticks.tick() => {
                let now = run.progress();
                probe.look(&now);
                progress.show(&now);
                continue;
            }
            error = probe.never_there() => {
                never_there = Some(error);
                break;
            }
            next = results(run.as_mut(), &mut has_ended) => next,
        };
        let Some(results) = next else { break };
        for result in results {
            if let Err(error) = &result.outcome
                && let Some(line) =
                    failures.add(notes.number_word(), result.number, result.id.as_ref(), error)?
            {
                progress.say(&line);
            }
        }
    }
    progress.end();
    for note in notes.take() {
        output.note(&format!("note: {note}"));
    }
    let summary = Summary::new(&run.progress(), progress.elapsed(), arguments);
    let end = match never_there {
        Some(error) => Some(Arc::new(BulkEnd::Failed(BulkError::Api(error)))),
        None => run.end(),
    };
    // A state that could not be read has no failures to tell.
    if !matches!(end.as_deref(), Some(BulkEnd::Failed(BulkError::Journal(_)))) {
        failures.end(summary.failed_in_all())?;
    }
    ending::tell(output, &session, end.as_deref(), summary, &failures, &again)
}

/// The results that are there, at least one; `None` at the end. Taking all at once keeps the signals and the clock from
/// being looked at for each.
async fn results<T>(
    mut run: Pin<&mut impl Stream<Item = BulkResult<T>>>,
    has_ended: &mut bool,
) -> Option<Vec<BulkResult<T>>> {
    const MOST: usize = 64;
    let mut results = Vec::new();
    poll_fn(|context| {
        while results.len() < MOST && !*has_ended {
            match run.as_mut().poll_next(context) {
                Poll::Ready(Some(result)) => results.push(result),
                Poll::Ready(None) => *has_ended = true,
                Poll::Pending if results.is_empty() => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        Poll::Ready(Some(std::mem::take(&mut results)).filter(|results| !results.is_empty()))
    })
    .await
}
