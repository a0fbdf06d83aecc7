//! The tables, and how a database that an earlier version of the emulator has made becomes one of this version.
//!
//! Each step is a file of SQL beside this one. A change of the tables is a new step at the end of [`STEPS`]; a step that
//! has ever been on the main branch is not edited any more, because there are databases that have taken it already.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, Result};

/// How many steps there are. A database keeps how many it has taken.
const VERSION: u32 = 13;
/// The steps from an empty database to that of this version.
const STEPS: [&str; VERSION as usize] = [
    include_str!("1_first.sql"),
    include_str!("2_events.sql"),
    include_str!("3_devices.sql"),
    include_str!("4_control.sql"),
    include_str!("5_life_cycle.sql"),
    include_str!("6_app_settings.sql"),
    include_str!("7_bans.sql"),
    include_str!("8_indexes.sql"),
    include_str!("9_ban_details.sql"),
    include_str!("10_indexes_of_targets.sql"),
    include_str!("11_frozen_clock.sql"),
    include_str!("12_presence.sql"),
    include_str!("13_less_to_write.sql"),
];

/// Takes the steps that the database in `file` has not taken yet: all or none of them.
pub(super) fn migrate(connection: &mut Connection, file: &Path) -> Result<()> {
    let taken = take(connection).map_err(|source| Error::OpenDatabase {
        file: file.to_owned(),
        source,
    })?;
    if taken > VERSION {
        return Err(Error::NewerDatabase {
            file: file.to_owned(),
            version: taken,
            newest: VERSION,
        });
    }
    Ok(())
}

/// How many steps the database had taken before.
fn take(connection: &mut Connection) -> rusqlite::Result<u32> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let taken: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let left = STEPS.get(taken as usize..).unwrap_or_default();
    if !left.is_empty() {
        for step in left {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    Ok(taken)
}

/// Empties every table.
pub(super) fn empty(connection: &Connection) -> rusqlite::Result<()> {
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for table in tables {
        connection.execute(&format!("DELETE FROM \"{table}\""), [])?;
    }
    Ok(())
}
