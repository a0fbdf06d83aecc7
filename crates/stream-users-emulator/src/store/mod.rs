//! Everything that is kept, in SQLite. The functions here know tables and rules of the data; they know nothing of
//! HTTP, of tokens or of the JSON that is answered.
//!
//! One connection serves all requests, one after the other: each request is one transaction, so that a refused
//! request leaves nothing behind. A data directory belongs to one emulator at a time.

use std::fmt;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub(crate) mod activation;
pub(crate) mod app_settings;
pub(crate) mod bans;
pub(crate) mod beside;
pub(crate) mod blocks;
pub(crate) mod channel_marks;
pub(crate) mod channels;
pub(crate) mod clock;
pub(crate) mod deletion;
pub(crate) mod deliveries;
pub(crate) mod devices;
pub(crate) mod exports;
pub(crate) mod files;
pub(crate) mod flags;
pub(crate) mod locations;
pub(crate) mod messages;
pub(crate) mod outbox;
pub(crate) mod presence;
pub(crate) mod roles;
mod schema;
pub(crate) mod seed;
pub(crate) mod state;
pub(crate) mod tasks;
pub(crate) mod unique_names;
pub(crate) mod usage;
pub(crate) mod users;

use crate::error::{Error, Result};

/// The name of the database in the data directory.
const FILE: &str = "stream-users.sqlite3";
/// The name of the file in the data directory that is locked while an emulator uses it.
const LOCK: &str = "stream-users.lock";

/// How many prepared statements are kept.
const STATEMENTS: usize = 256;

pub(crate) struct Store {
    connection: Mutex<Connection>,
    /// What the transaction that is under way has [asked for](Store::when_kept).
    when_kept: Mutex<Vec<Kept>>,
    /// Keeps other emulators out of the data directory until it is dropped, after the connection.
    _lock: Option<File>,
}

/// What is done once a transaction is kept.
type Kept = Box<dyn FnOnce() + Send>;

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database in `directory`, or one that lives in memory.
    pub(crate) fn open(directory: Option<&Path>) -> Result<Self> {
        let Some(directory) = directory else {
            return Self::prepare(Connection::open_in_memory()?, Path::new(":memory:"), None);
        };
        let lock = lock(directory)?;
        let file = directory.join(FILE);
        let connection = open_file(&file).map_err(|source| Error::OpenDatabase {
            file: file.clone(),
            source,
        })?;
        Self::prepare(connection, &file, Some(lock))
    }

    fn prepare(mut connection: Connection, file: &Path, lock: Option<File>) -> Result<Self> {
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Otherwise SQLite prepares most statements anew at each use, lest another value make another plan better.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        schema::migrate(&mut connection, file)?;
        Ok(Self {
            connection: Mutex::new(connection),
            when_kept: Mutex::default(),
            _lock: lock,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction, which is kept if it succeeds and undone if it does not.
    pub(crate) fn transact<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.transact_after(|_| Ok(()), |_, transaction| work(transaction))
    }

    /// The same after something else, which is kept if it succeeds and undone if it does not, whatever becomes of
    /// `work`. `work` is told which.
    pub(crate) fn transact_after<T, E: From<rusqlite::Error>>(
        &self,
        before: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
        work: impl FnOnce(rusqlite::Result<()>, &Transaction<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut connection = self.lock();
        let changes = connection.total_changes();
        let mut transaction = begin(&mut connection)?;
        self.forget();
        let mut done = before(&transaction);
        // Mostly there is nothing to do, and one transaction is enough.
        if done.is_err() || transaction.total_changes() != changes {
            done = done.and_then(|()| transaction.commit());
            if done.is_ok() {
                self.keep();
            } else {
                self.forget();
            }
            transaction = begin(&mut connection)?;
        }
        let value = work(done, &transaction)?;
        transaction.commit()?;
        self.keep();
        Ok(value)
    }

    /// Lets something be done as soon as the transaction that is under way is kept, before another one begins, in the
    /// order in which it is asked for. It is forgotten if the transaction is undone. It may not begin a transaction.
    pub(crate) fn when_kept(&self, _: &Transaction<'_>, work: impl FnOnce() + Send + 'static) {
        self.asked().push(Box::new(work));
    }

    fn asked(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.when_kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self) {
        let asked = std::mem::take(&mut *self.asked());
        for work in asked {
            work();
        }
    }

    fn forget(&self) {
        self.asked().clear();
    }

    /// Empties every table, and does `also` in the same transaction.
    pub(crate) fn reset(&self, also: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>) -> Result<()> {
        self.transact(|tx| {
            schema::empty(tx)?;
            Ok(also(tx)?)
        })
    }
}

/// A transaction that reads first and writes later could not wait for another one's end; this one has waited.
fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// Makes the directory and keeps other emulators out of it.
fn lock(directory: &Path) -> Result<File> {
    let failed = |source| Error::DataDir {
        directory: directory.to_owned(),
        source,
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    // What is kept are users and what signs for them: nobody else's business on this machine.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(failed)?;
    let file = File::create(directory.join(LOCK)).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::DataDirInUse {
            directory: directory.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn open_file(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    // With a write-ahead log, NORMAL keeps every committed write when the process is killed; only a machine that
    // loses power can lose the last of them.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // In KiB. A batch of users changes hundreds of pages, which should not be read anew for the next one.
    connection.pragma_update(None, "cache_size", -32_768)?;
    // In pages. Many writes change the same pages of indexes, which are written to the database once for all of them.
    connection.pragma_update(None, "wal_autocheckpoint", 16_000)?;
    Ok(connection)
}
