//! How a record stands in the file, and what of a file can be believed. Opening, locking and syncing belongs to the parent.
//!
//! A record is a line of three fields: a CRC-32 of the rest of the line in eight hexadecimal digits, how many bytes of the file
//! had been synced when it was written, and JSON. A record that breaks off or does not fit its checksum was not
//! acknowledged where it stands behind what any valid record knows to be synced: it is the trace of a run that was killed. Anywhere
//! else the file is damaged.

use std::io::{self, BufRead};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use stream_users_model::Str;

use super::super::{FailedRow, JournalEntry, JournalError, Purpose};

/// The version of the format. A reader refuses a later one.
const VERSION: u32 = 1;

/// A longer first line is none of a journal.
const LONGEST_HEADER: u64 = 1024 * 1024;

/// What each first line goes on with behind its checksum.
const HEADER: &[u8] = b" 0 {\"stream_users_journal\":";

/// The first record of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Header {
    stream_users_journal: u32,
    #[serde(flatten)]
    pub(super) purpose: Purpose,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<Str>,
}

impl Header {
    pub(super) fn new(purpose: &Purpose, scope: Option<Str>) -> Self {
        Self {
            stream_users_journal: VERSION,
            purpose: purpose.clone(),
            scope,
        }
    }
}

/// Adds a record to `lines`.
pub(super) fn write(lines: &mut Vec<u8>, synced: u64, record: &impl Serialize) -> io::Result<()> {
    use std::io::Write as _;
    let mut rest = Vec::with_capacity(128);
    write!(rest, "{synced} ")?;
    serde_json::to_writer(&mut rest, record)?;
    writeln!(
        lines,
        "{:08x} {}",
        crc32fast::hash(&rest),
        String::from_utf8_lossy(&rest)
    )
}

/// The fields of a line that fits its checksum.
fn parse(line: &[u8]) -> Option<(u64, &[u8])> {
    let line = line.strip_suffix(b"\n")?;
    let (sum, rest) = line.split_at_checked(9)?;
    // As text: a letter that has become another case was not written either.
    if sum != format!("{:08x} ", crc32fast::hash(rest)).as_bytes() {
        return None;
    }
    let space = rest.iter().position(|byte| *byte == b' ')?;
    let synced = std::str::from_utf8(&rest[..space]).ok()?.parse().ok()?;
    Some((synced, &rest[space + 1..]))
}

/// Reads the records of a file, one after the other.
pub(super) struct Records<R> {
    file: R,
    /// Where the next line begins.
    at: u64,
    line: Vec<u8>,
}

impl<R: BufRead> Records<R> {
    pub(super) const fn new(file: R) -> Self {
        Self {
            file,
            at: 0,
            line: Vec::new(),
        }
    }

    /// Where the next line begins: behind what was read and can be believed.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// The header; `None` where the file has none yet: it is new, or was never acknowledged.
    pub(super) fn header(&mut self) -> Result<Option<Header>, JournalError> {
        let Some(record) = self.record::<serde_json::Value>()? else {
            // Anything but what a killed run has begun to write is somebody's file, and must not be written over.
            let (sum, rest) = self.line.split_at(self.line.len().min(8));
            let length = rest.len().min(HEADER.len());
            let is_begun = !self.line.ends_with(b"\n")
                && sum.iter().all(u8::is_ascii_hexdigit)
                && rest[..length] == HEADER[..length];
            return if is_begun { Ok(None) } else { Err(no_journal()) };
        };
        let version = record
            .get("stream_users_journal")
            .and_then(serde_json::Value::as_u64)
            .ok_or_else(no_journal)?;
        if version > u64::from(VERSION) {
            return Err(JournalError::damaged(format!(
                "it has the version {version}, and this program reads up to {VERSION}: use a newer one"
            )));
        }
        serde_json::from_value(record).map(Some).map_err(|error| {
            JournalError::damaged(format!(
                "its first line cannot be read ({error}): give another journal"
            ))
        })
    }

    /// The next entry; `None` behind the last one that can be believed.
    pub(super) fn entry(&mut self) -> Result<Option<JournalEntry>, JournalError> {
        self.record()
    }

    fn record<T: DeserializeOwned>(&mut self) -> Result<Option<T>, JournalError> {
        let begin = self.at;
        // The lines behind the first are our own, however long somebody's reason is.
        let length = self.line(if begin == 0 { LONGEST_HEADER } else { u64::MAX })?;
        if !self.line.ends_with(b"\n") {
            // The end, or what is being written at this moment by a run that is under way.
            return Ok(None);
        }
        let Some((_, json)) = parse(&self.line) else {
            // A first line that does not fit is none of ours, and what is behind it is not looked at.
            if begin > 0 {
                self.check_torn(begin)?;
            }
            return Ok(None);
        };
        let record = serde_json::from_slice(json).map_err(|error| {
            let what = format!(
                "the record at byte {begin} is none that this program knows ({error}): use the version that wrote it"
            );
            JournalError::damaged(what)
        })?;
        self.at = begin + length;
        Ok(Some(record))
    }

    /// Reads a line, or `longest` bytes of it; how long it is, 0 at the end.
    fn line(&mut self, longest: u64) -> Result<u64, JournalError> {
        self.line.clear();
        let mut limited = io::Read::take(&mut self.file, longest);
        let length = limited.read_until(b'\n', &mut self.line);
        length.map(|length| length as u64).map_err(unreadable)
    }

    /// Looks whether a line that is no record was ever acknowledged: whether a record behind it knows it to be synced.
    fn check_torn(&mut self, begin: u64) -> Result<(), JournalError> {
        while self.line(u64::MAX)? > 0 {
            if parse(&self.line).is_some_and(|(synced, _)| synced > begin) {
                return Err(JournalError::damaged(format!(
                    "the record at byte {begin} is not what was written; restore the file, or give another journal to begin anew"
                )));
            }
        }
        Ok(())
    }
}

/// The failed rows of a file, each of a part that is done.
pub(super) struct Failures<R> {
    records: Records<R>,
    /// Rows whose part has not been seen yet, the last one first.
    waiting: Vec<FailedRow>,
    /// Rows to hand out, the last one first.
    ready: Vec<FailedRow>,
    /// Whether nothing more can be believed.
    is_over: bool,
}

impl<R: BufRead> Failures<R> {
    pub(super) const fn new(records: Records<R>) -> Self {
        Self {
            records,
            waiting: Vec::new(),
            ready: Vec::new(),
            is_over: false,
        }
    }
}

impl<R: BufRead> Iterator for Failures<R> {
    type Item = Result<FailedRow, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.ready.pop() {
                return Some(Ok(row));
            }
            if self.is_over {
                return None;
            }
            let entry = self.records.entry();
            self.is_over = !matches!(entry, Ok(Some(_)));
            match entry {
                Ok(Some(JournalEntry::Failed(row))) => self.waiting.push(row),
                Ok(Some(_)) => {
                    self.ready = std::mem::take(&mut self.waiting);
                    self.ready.reverse();
                }
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

pub(super) fn no_journal() -> JournalError {
    JournalError::damaged(
        "the file is no journal: give the path of one, or of a file that does not exist yet",
    )
}

pub(super) fn unreadable(error: io::Error) -> JournalError {
    JournalError::io("could not be read", error)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::{BufReader, Read};

    use serde_json::json;

    use super::*;

    /// A file that is written while it is read: an empty piece is what is its end at that moment.
    struct Growing(VecDeque<Vec<u8>>);

    impl Read for Growing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.pop_front().unwrap_or_default();
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    fn file(records: &[serde_json::Value]) -> Records<VecDeque<u8>> {
        let mut lines = Vec::new();
        for record in records {
            let synced = lines.len() as u64;
            write(&mut lines, synced, record).unwrap();
        }
        Records::new(lines.into())
    }

    #[test]
    fn what_a_newer_version_wrote_is_refused_and_said_so() {
        let error = file(&[json!({ "stream_users_journal": 2, "runs": [] })]).header();
        assert_eq!(
            error.unwrap_err().to_string(),
            "the journal cannot be used: it has the version 2, and this program reads up to 1: use a newer one"
        );
        let header = json!({ "stream_users_journal": 1, "operation": "upsert_users" });
        let mut records = file(&[header, json!({ "kind": "paused", "at": 7 })]);
        records.header().unwrap().unwrap();
        let error = records.entry().unwrap_err().to_string();
        assert!(error.contains("`paused`"), "{error}");
        assert!(error.contains("use the version that wrote it"), "{error}");
    }

    #[test]
    fn a_record_that_is_being_written_is_the_end_and_no_damage() {
        let mut lines = Vec::new();
        write(&mut lines, 0, &Header::new(&Purpose::new("upsert_users"), None)).unwrap();
        let finished = JournalEntry::Finished { rows: 0, last: 0 };
        for _ in 0..3 {
            let synced = lines.len() as u64;
            write(&mut lines, synced, &finished).unwrap();
        }
        for at in 0..lines.len() {
            let (read, later) = lines.split_at(at);
            let pieces = [read.to_vec(), Vec::new(), later.to_vec()];
            let mut records = Records::new(BufReader::new(Growing(pieces.into())));
            if records.header().unwrap().is_some() {
                while records.entry().unwrap().is_some() {}
                assert!(records.at() <= at as u64, "at {at}");
            }
        }
    }
}
