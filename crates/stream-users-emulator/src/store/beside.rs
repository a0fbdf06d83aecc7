//! Which of the tables beside the users hold anything. Most databases hold users and little else, and then nothing need be
//! looked up for each of many users.

use rusqlite::Transaction;

/// Whether there is anything in the tables that an answered user shows something of.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "one for each table")]
pub(crate) struct Beside {
    pub(crate) blocks: bool,
    pub(crate) devices: bool,
    pub(crate) mutes: bool,
    pub(crate) channel_mutes: bool,
    pub(crate) hidden_channels: bool,
}

impl Beside {
    /// There may be something in all of them.
    pub(crate) const ANYTHING: Self = Self {
        blocks: true,
        devices: true,
        mutes: true,
        channel_mutes: true,
        hidden_channels: true,
    };

    pub(crate) fn look(tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        tx.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM blocks), EXISTS (SELECT 1 FROM devices), EXISTS (SELECT 1 FROM mutes),
                EXISTS (SELECT 1 FROM channel_mutes), EXISTS (SELECT 1 FROM hidden_channels)",
        )?
        .query_row([], |row| {
            Ok(Self {
                blocks: row.get(0)?,
                devices: row.get(1)?,
                mutes: row.get(2)?,
                channel_mutes: row.get(3)?,
                hidden_channels: row.get(4)?,
            })
        })
    }
}
