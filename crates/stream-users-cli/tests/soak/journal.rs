//! What stands in the file of `--state`, read here anew: what the command believes of it must not decide whether it is right.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// What a journal says.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    /// Whether the row of this number is done.
    rows: Vec<bool>,
    /// How many are.
    pub(crate) count: u64,
    pub(crate) finished: bool,
}

impl Acknowledged {
    /// What the file says now. A last line that is not whole says nothing.
    pub(crate) fn read(path: &Path) -> Self {
        let mut read = Self::default();
        let bytes = fs::read(path).unwrap_or_default();
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        for line in String::from_utf8_lossy(&bytes[..whole]).lines() {
            // A checksum, how much is synced, and the record.
            let Some(json) = line.splitn(3, ' ').nth(2) else {
                continue;
            };
            let record: Value = serde_json::from_str(json).unwrap_or_default();
            let one = [record.clone()];
            for entry in record.as_array().map_or(&one[..], Vec::as_slice) {
                read.add(entry);
            }
        }
        read
    }

    fn add(&mut self, entry: &Value) {
        match entry["kind"].as_str() {
            Some("done") => {
                let row = |name: &str| usize::try_from(entry[name].as_u64().unwrap()).unwrap();
                let (first, last) = (row("first"), row("last"));
                if self.rows.len() <= last {
                    self.rows.resize(last + 1, false);
                }
                for row in &mut self.rows[first..=last] {
                    self.count += u64::from(!*row);
                    *row = true;
                }
            }
            Some("finished") => self.finished = true,
            _ => {}
        }
    }

    pub(crate) fn has(&self, row: u64) -> bool {
        let row = usize::try_from(row).ok();
        row.and_then(|row| self.rows.get(row)).is_some_and(|done| *done)
    }

    /// The rows that are done.
    pub(crate) fn rows(&self) -> impl Iterator<Item = u64> {
        (0..)
            .zip(&self.rows)
            .filter(|(_, done)| **done)
            .map(|(row, _)| row)
    }
}
