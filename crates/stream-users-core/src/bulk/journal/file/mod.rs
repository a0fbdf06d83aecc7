//! [`FileJournal`]: a journal in a file that survives the process. How a record looks belongs to `record`.

mod record;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_trait::async_trait;
use fs4::{FileExt, TryLockError};
use futures_channel::oneshot;
use stream_users_model::Str;

use self::record::{Failures, Header, Records, no_journal, unreadable};
use super::{FailedRow, History, Journal, JournalEntry, JournalError, Purpose};

/// A journal in a file: what was appended is synced to the disk, and there after the process or the machine has died.
///
/// One run uses it, and another one needs a `FileJournal` of its own, made once this one is dropped; the file is locked
/// meanwhile, and who tries is told so. Entries that come while the disk is
/// busy are written and synced together. The file is written by a thread of its own, so that no executor waits for the disk.
///
/// ```no_run
/// use stream_users_core::bulk;
/// use stream_users_core::bulk::journal::FileJournal;
/// use stream_users_core::model::UserRequest;
/// use stream_users_core::{UsersApi, UsersApiExt as _};
///
/// # async fn example(users: &dyn UsersApi, input: Vec<UserRequest>) {
/// let journal = FileJournal::new("import.journal");
/// let (progress, end) = users.bulk().journal(journal).upsert_users(bulk::iter(input)).finish().await;
/// println!("{} done, {} before", progress.done, progress.known);
/// # }
/// ```
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    scope: Option<Str>,
    writer: Mutex<Option<Writer>>,
}

/// The thread that writes. It ends when nobody sends to it any more.
#[derive(Debug)]
struct Writer {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

/// Entries to write, and whom to tell.
struct Job {
    entries: Vec<JournalEntry>,
    done: oneshot::Sender<Result<(), JournalError>>,
}

impl FileJournal {
    /// The journal at `path`. Nothing is opened before a run begins; a file that does not exist is created then.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            scope: None,
            writer: Mutex::new(None),
        }
    }

    /// What else must be the same for the journal to go on, such as the name of the app. It stands in the file, so it must be no
    /// secret.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<Str>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// The rows that failed in all runs that wrote to the journal at `path`, in the order in which they did. Rows of a run that is
    /// under way are among them as far as they are kept.
    ///
    /// # Errors
    /// Where the file cannot be read or is damaged.
    pub fn failures(
        path: impl AsRef<Path>,
    ) -> Result<impl Iterator<Item = Result<FailedRow, JournalError>>, JournalError> {
        let path = path.as_ref();
        check_kind(path)?;
        let file = File::open(path).map_err(unreadable)?;
        let mut records = Records::new(BufReader::new(file));
        records.header()?;
        Ok(Failures::new(records))
    }

    fn writer(&self) -> MutexGuard<'_, Option<Writer>> {
        // Whole after every step, so a poisoned lock does no harm.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for FileJournal {
    async fn open(&self, purpose: &Purpose) -> Result<History, JournalError> {
        let (opened, opens) = oneshot::channel();
        {
            let mut writer = self.writer();
            if writer.is_some() {
                return Err(JournalError::in_use(self.path.display().to_string()));
            }
            let (jobs, to_do) = channel();
            let (path, header) = (self.path.clone(), Header::new(purpose, self.scope.clone()));
            let thread = thread::Builder::new()
                .name("stream-users journal".to_owned())
                .stack_size(256 * 1024)
                .spawn(move || match OpenFile::open(&path, &header) {
                    Ok((file, history)) => {
                        // Nobody waits where the run was dropped.
                        opened.send(Ok(history)).ok();
                        file.write_all(&to_do);
                    }
                    Err(error) => drop(opened.send(Err(error))),
                })
                .map_err(|error| JournalError::io("cannot have a thread that writes it", error))?;
            *writer = Some(Writer { jobs, thread });
        }
        let opened = opens.await.unwrap_or_else(|_| Err(gone()));
        if opened.is_err() {
            *self.writer() = None;
        }
        opened
    }

    async fn append(&self, entries: &[JournalEntry]) -> Result<(), JournalError> {
        let (done, is_done) = oneshot::channel();
        let job = Job {
            entries: entries.to_vec(),
            done,
        };
        let is_sent = self
            .writer()
            .as_ref()
            .is_some_and(|writer| writer.jobs.send(job).is_ok());
        if !is_sent {
            return Err(gone());
        }
        is_done.await.unwrap_or_else(|_| Err(gone()))
    }
}

/// Waits until what was appended is written: another journal may open the file at once.
impl Drop for FileJournal {
    fn drop(&mut self) {
        if let Some(Writer { jobs, thread }) = self.writer().take() {
            drop(jobs);
            // A thread that has panicked has nothing left to write.
            thread.join().ok();
        }
    }
}

/// The file, locked and read to its end.
struct OpenFile {
    file: File,
    /// How long the part is that is known to be on the disk.
    synced: u64,
}

impl OpenFile {
    fn open(path: &Path, header: &Header) -> Result<(Self, History), JournalError> {
        check_kind(path)?;
        let file = options()
            .open(path)
            .map_err(|error| JournalError::io(format!("{} could not be opened", path.display()), error))?;
        lock(&file, path)?;
        let mut records = Records::new(BufReader::new(&file));
        let mut history = History::new();
        let known = records.header()?;
        let mut end = records.at();
        if let Some(known) = &known {
            known.purpose.check(&header.purpose)?;
            check_scope(known.scope.as_ref(), header.scope.as_ref())?;
            while let Some(entry) = records.entry()? {
                history.add(&entry);
                // Failed rows stand before their part, and count with it.
                if !matches!(entry, JournalEntry::Failed(_)) {
                    end = records.at();
                }
            }
        }
        drop(records);
        let mut file = Self { file, synced: 0 };
        file.cut(end)
            .map_err(|error| JournalError::io("could not be opened", error))?;
        if known.is_none() {
            let mut lines = Vec::new();
            record::write(&mut lines, 0, header)
                .and_then(|()| file.append(&lines))
                .map_err(unwritten)?;
        }
        // Also where the file is not new: whoever has created it may have been killed before this.
        sync_folder(path).map_err(unwritten)?;
        Ok((file, history))
    }

    /// Cuts off what a killed run has begun to write, and syncs what is left: it is about to be believed.
    fn cut(&mut self, end: u64) -> io::Result<()> {
        if self.file.metadata()?.len() > end {
            self.file.set_len(end)?;
        }
        self.file.seek(SeekFrom::Start(end))?;
        self.file.sync_all()?;
        self.synced = end;
        Ok(())
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.file.write_all(lines)?;
        self.file.sync_data()?;
        self.synced += lines.len() as u64;
        Ok(())
    }

    /// Writes what comes until nobody is left who could send. After a failure nothing more is written: what is on the disk is
    /// not known then.
    fn write_all(mut self, jobs: &Receiver<Job>) {
        let mut has_failed = false;
        let mut lines = Vec::new();
        while let Ok(job) = jobs.recv() {
            let group: Vec<Job> = std::iter::once(job).chain(jobs.try_iter()).collect();
            lines.clear();
            let written = if has_failed {
                Err(io::Error::other("an earlier write has failed"))
            } else {
                let mut entries = group.iter().flat_map(|job| &job.entries);
                entries
                    .try_for_each(|entry| record::write(&mut lines, self.synced, entry))
                    .and_then(|()| self.append(&lines))
            };
            has_failed |= written.is_err();
            for job in group {
                let told = match &written {
                    Ok(()) => Ok(()),
                    Err(error) => Err(unwritten(io::Error::new(error.kind(), error.to_string()))),
                };
                // Nobody waits where the run was dropped.
                job.done.send(told).ok();
            }
        }
    }
}

/// Locks the file. A process that was started a moment ago may hold what its parent had open until it runs its own program: that
/// is waited for.
fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    const TRIES: u32 = 20;
    const BETWEEN: Duration = Duration::from_millis(10);
    for _ in 1..TRIES {
        match FileExt::try_lock(file) {
            Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN),
            _ => break,
        }
    }
    FileExt::try_lock(file).map_err(|error| match error {
        TryLockError::WouldBlock => JournalError::in_use(path.display().to_string()),
        TryLockError::Error(error) => {
            JournalError::io(format!("{} could not be locked", path.display()), error)
        }
    })
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    // It names users.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Refuses pipes and devices before they are opened: a pipe would be waited for without an end.
fn check_kind(path: &Path) -> Result<(), JournalError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => Err(no_journal()),
        // What is wrong with anything else, opening it says.
        _ => Ok(()),
    }
}

/// Syncs the folder, without which a new file may be gone with the machine.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        // The folder that the file is in, not that of a link to it.
        let file = path.canonicalize()?;
        File::open(file.parent().unwrap_or(&file))?.sync_all()?;
    }
    Ok(())
}

fn check_scope(known: Option<&Str>, given: Option<&Str>) -> Result<(), JournalError> {
    if known == given {
        return Ok(());
    }
    let name = |scope: Option<&Str>| scope.map_or_else(|| "nothing".to_owned(), |scope| format!("{scope:?}"));
    let what = format!("it is for {}, and this is {}", name(known), name(given));
    Err(JournalError::other_purpose(what))
}

fn unwritten(error: io::Error) -> JournalError {
    JournalError::io("could not be written", error)
}

fn gone() -> JournalError {
    JournalError::io("is not open", io::Error::other("its thread has ended"))
}
