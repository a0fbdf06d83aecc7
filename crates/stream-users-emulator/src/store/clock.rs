//! Where the clock stood when it was moved last, so that it does not go back when the emulator starts again on the same
//! data.

use rusqlite::{OptionalExtension, Transaction};

use crate::clock::{Hands, Nanos};

/// Nothing if it was never moved.
pub(crate) fn hands(tx: &Transaction<'_>) -> rusqlite::Result<Option<Hands>> {
    tx.query_row("SELECT offset, frozen FROM clock", [], |row| {
        let frozen: Option<Nanos> = row.get("frozen")?;
        Ok(match frozen {
            Some(at) => Hands::Frozen(at),
            None => Hands::Ahead(row.get("offset")?),
        })
    })
    .optional()
}

pub(crate) fn save(tx: &Transaction<'_>, hands: Hands) -> rusqlite::Result<()> {
    let frozen = match hands {
        Hands::Ahead(_) => None,
        Hands::Frozen(at) => Some(at),
    };
    tx.execute(
        "INSERT OR REPLACE INTO clock (id, offset, frozen) VALUES (0, ?1, ?2)",
        (hands.offset(), frozen),
    )?;
    Ok(())
}
