//! How far the clock was moved ahead, so that it does not go back when the emulator starts again on the same data.

use rusqlite::{OptionalExtension, Transaction};

use crate::clock::Nanos;

pub(crate) fn offset(tx: &Transaction<'_>) -> rusqlite::Result<Nanos> {
    let offset = tx
        .query_row("SELECT offset FROM clock", [], |row| row.get(0))
        .optional()?;
    Ok(offset.unwrap_or(0))
}

pub(crate) fn save(tx: &Transaction<'_>, offset: Nanos) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT OR REPLACE INTO clock (id, offset) VALUES (0, ?1)",
        [offset],
    )?;
    Ok(())
}
