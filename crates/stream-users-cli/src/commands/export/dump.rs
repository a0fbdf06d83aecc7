//! All users, page by page: to standard output, or to a file that appears when it is whole.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use futures_util::TryStreamExt as _;
use stream_users_core::{Users, UsersApiExt as _};
use stream_users_model::{Custom, QueryUsers, User};

use super::sink::{Packing, Sink};
use super::state::{Purpose, State, sync_folder_of};
use crate::arguments::time::words;
use crate::arguments::whom;
use crate::counting::Counting;
use crate::exit::{self, Exit};
use crate::globals::{Format, Globals};
use crate::output::Output;
use crate::session::Session;
use crate::stop::Stop;

/// How many users are written between two checkpoints.
const CHECKPOINT: u64 = 20_000;

pub(super) async fn to_stdout(globals: &Globals, query: QueryUsers) -> anyhow::Result<Exit> {
    let session = Session::open(globals).await?;
    let output = Output::new(&Globals {
        output: Some(Format::Ndjson),
        ..globals.clone()
    });
    let begun = Instant::now();
    let users: Users<Custom> = session.users();
    let mut pages = users.pages(query);
    let mut rows = output.users();
    let mut count: u64 = 0;
    while let Some(page) = pages.try_next().await.map_err(|error| session.explain(error))? {
        for user in page {
            if !rows.push(&user)? {
                return Ok(Exit::Done);
            }
            count += 1;
        }
    }
    rows.end()?;
    output.note(&format!("{} in {}", whom::users(count), words(begun.elapsed())));
    Ok(Exit::Done)
}

pub(super) async fn to_file(
    globals: &Globals,
    query: QueryUsers,
    path: &Path,
    state: Option<&Path>,
) -> anyhow::Result<Exit> {
    let session = Session::open(globals).await?;
    // Before anything is written, so that a signal never leaves half a file behind, and behind what may ask for credentials,
    // which Ctrl-C is to end.
    let mut stop = Stop::new().context("signals cannot be waited for")?;
    let output = Output::new(globals);
    let purpose = Purpose {
        app: session.scope().to_owned(),
        filter: serde_json::to_value(&query.filter)?,
        include_deactivated: query.include_deactivated_users == Some(true),
        file: path.to_owned(),
    };
    let Some(mut dump) = Dump::begin(path, state, purpose, &output)? else {
        return Ok(Exit::Done);
    };
    let begun = Instant::now();
    let users: Users<Custom> = session.users();
    let mut pages = users.pages(query);
    if let Some(cursor) = &dump.state.cursor {
        pages = pages.resume(cursor)?;
    }
    let progress = Counting::new(globals, "users", dump.state.users, false);
    let stopped = loop {
        let page = tokio::select! {
            biased;
            () = stop.wait() => break None,
            page = pages.try_next() => page,
        };
        match page {
            Ok(Some(page)) => {
                dump.add(&page)?;
                progress.set(dump.users);
                if dump.users - dump.state.users >= CHECKPOINT {
                    dump.checkpoint(pages.cursor())?;
                }
            }
            Ok(None) => {
                progress.end();
                let (count, before) = (dump.users, dump.before);
                dump.finish(pages.cursor())?;
                let span = begun.elapsed();
                let new = if before > 0 {
                    format!(", {} of them now", count - before)
                } else {
                    String::new()
                };
                output.note(&format!(
                    "{} in {}{new}, in {}",
                    whom::users(count),
                    path.display(),
                    words(span)
                ));
                return Ok(Exit::Done);
            }
            Err(error) => break Some(session.explain(error)),
        }
    };
    progress.end();
    let kept = dump.keep(pages.cursor())?;
    let how = match kept {
        Some(users) => format!("{users} users are kept; to go on, run the same command again"),
        None => "nothing is kept; with --state a dump can go on".to_owned(),
    };
    match stopped {
        None => {
            crate::output::warning(&format!("the dump was interrupted: {how}"));
            Ok(Exit::Interrupted)
        }
        Some(error) => {
            crate::output::warning(&format!("the dump has ended early: {how}"));
            Err(error)
        }
    }
}

/// A dump that is being written.
struct Dump {
    path: PathBuf,
    partial: PathBuf,
    /// Takes the file away where no later run can go on with it.
    unfinished: Option<Unfinished>,
    sink: Sink,
    state_path: Option<PathBuf>,
    /// What a killed process would find.
    state: State,
    /// How many users were added, those of earlier runs included.
    users: u64,
    /// How many of them are of earlier runs.
    before: u64,
}

impl Dump {
    /// Begins, or goes on where a state says so; `None` where it is whole already.
    fn begin(
        path: &Path,
        state_path: Option<&Path>,
        purpose: Purpose,
        output: &Output,
    ) -> anyhow::Result<Option<Self>> {
        let packing = Packing::of(path);
        let known = match state_path {
            Some(state_path) => State::load(state_path, &purpose)?,
            None => None,
        };
        let partial = match state_path {
            Some(_) => beside(path, ".partial"),
            None => beside(path, &format!(".{}.partial", std::process::id())),
        };
        if let Some(state) = known.as_ref().filter(|state| state.whole) {
            let is_there = |path: &Path| path.metadata().is_ok_and(|file| file.len() == state.bytes);
            if is_there(&partial) {
                publish(&partial, path)?;
            } else if !is_there(path) {
                bail!(
                    "the dump is finished, as the state says, and {} is not what was written; to dump anew, remove the \
                     state",
                    path.display()
                );
            }
            output.note(&format!(
                "{} holds all {} users already; to dump anew, remove the state",
                path.display(),
                state.users
            ));
            return Ok(None);
        }
        let state = known.unwrap_or_else(|| State::new(purpose));
        let cannot = || format!("{} cannot be written", partial.display());
        let file = open(&partial).with_context(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(exit::stopped(format!(
                    "another process writes {}; wait for its end",
                    partial.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        let length = file.metadata().with_context(cannot)?.len();
        if length < state.bytes {
            bail!(
                "{} is shorter than the state says: it was changed or removed; remove the state and begin anew",
                partial.display()
            );
        }
        file.set_len(state.bytes).with_context(cannot)?;
        Ok(Some(Self {
            path: path.to_owned(),
            unfinished: state_path.is_none().then(|| Unfinished::new(&partial)),
            sink: Sink::new(file, packing).with_context(cannot)?,
            partial,
            state_path: state_path.map(Path::to_owned),
            users: state.users,
            before: state.users,
            state,
        }))
    }

    fn add(&mut self, page: &[User<Custom>]) -> anyhow::Result<()> {
        for user in page {
            self.sink.line(user).with_context(|| self.cannot())?;
        }
        self.users += page.len() as u64;
        Ok(())
    }

    /// Makes durable what there is, and what goes on from there.
    fn checkpoint(&mut self, cursor: stream_users_core::Cursor) -> anyhow::Result<()> {
        let Some(path) = &self.state_path else {
            return Ok(());
        };
        self.state.bytes = self.sink.cut().with_context(|| self.cannot())?;
        self.state.users = self.users;
        self.state.cursor = Some(cursor);
        self.state.save(path)
    }

    /// After the last user: the file gets its name.
    fn finish(mut self, cursor: stream_users_core::Cursor) -> anyhow::Result<()> {
        let cannot = self.cannot();
        self.state.bytes = self.sink.finish().context(cannot)?;
        self.state.users = self.users;
        self.state.cursor = Some(cursor);
        self.state.whole = true;
        if let Some(path) = &self.state_path {
            self.state.save(path)?;
        }
        publish(&self.partial, &self.path)?;
        if let Some(unfinished) = self.unfinished.take() {
            unfinished.finished();
        }
        Ok(())
    }

    /// Before its end: how many users are kept for the next run, where there can be one.
    fn keep(mut self, cursor: stream_users_core::Cursor) -> anyhow::Result<Option<u64>> {
        if self.state_path.is_some() {
            self.checkpoint(cursor)?;
            return Ok(Some(self.state.users));
        }
        Ok(None)
    }

    fn cannot(&self) -> String {
        format!("{} could not be written", self.partial.display())
    }
}

/// A file that is removed, unless it is said to be finished.
pub(super) struct Unfinished(PathBuf);

impl Unfinished {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(super) fn finished(mut self) {
        self.0.clear();
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            // There is nobody to tell where it does not work.
            std::fs::remove_file(&self.0).ok();
        }
    }
}

/// Gives a file that is whole its name.
fn publish(partial: &Path, path: &Path) -> anyhow::Result<()> {
    std::fs::rename(partial, path)
        .and_then(|()| sync_folder_of(path))
        .with_context(|| format!("{} could not be renamed to {}", partial.display(), path.display()))
}

pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A new file that its owner alone can read: it holds people's data.
pub(super) fn create(path: &Path) -> io::Result<File> {
    options().truncate(true).open(path)
}

/// A file to be written further.
fn open(path: &Path) -> io::Result<File> {
    options().truncate(false).read(true).open(path)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
