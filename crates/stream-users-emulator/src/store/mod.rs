//! Everything that is kept, in SQLite. The functions here know tables and rules of the data; they know nothing of
//! HTTP, of tokens or of the JSON that is answered.
//!
//! One connection serves all requests, one after the other: each request is one transaction, so that a refused
//! request leaves nothing behind.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction};

pub(crate) mod activation;
pub(crate) mod blocks;
pub(crate) mod channels;
pub(crate) mod deletion;
pub(crate) mod exports;
pub(crate) mod locations;
pub(crate) mod messages;
mod schema;
pub(crate) mod seed;
pub(crate) mod state;
pub(crate) mod tasks;
pub(crate) mod users;

use crate::error::{Error, Result};

/// The name of the database in the data directory.
const FILE: &str = "stream-users.sqlite3";

/// How many prepared statements are kept.
const STATEMENTS: usize = 128;

#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the database in `directory`, or one that lives in memory.
    pub(crate) fn open(directory: Option<&Path>) -> Result<Self> {
        let mut connection = if let Some(directory) = directory {
            std::fs::create_dir_all(directory).map_err(|source| Error::DataDir {
                directory: directory.to_owned(),
                source,
            })?;
            let connection = Connection::open(directory.join(FILE))?;
            // With a write-ahead log, NORMAL keeps every committed write when the process is killed; only a
            // machine that loses power can lose the last of them.
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection
        } else {
            Connection::open_in_memory()?
        };
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        schema::create(&mut connection)?;
        Ok(Self {
            connection: Mutex::new(connection),
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
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    /// Empties every table.
    pub(crate) fn reset(&self) -> Result<()> {
        self.transact(|tx| {
            for table in schema::TABLES {
                tx.execute(&format!("DELETE FROM {table}"), [])?;
            }
            Ok(())
        })
    }
}
