//! [`Run`]: rows in order in a file of no name, which is gone with the process, however that ends. The file holds each row as
//! the lengths of key and content, the row's number, the key and the content.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, Write};
use std::path::Path;

use anyhow::Context;
use stream_users_core::bulk::{Rejected, Row};
use stream_users_model::{Custom, UserRequest};

/// How many bytes of a run are read at a time.
const BUFFER: usize = 32 * 1024;

/// A row as it is sorted: by its key, then by its number.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// The id of its user; nothing where it names nobody.
    key: Vec<u8>,
    number: u64,
    /// A letter that says what it is, and that as JSON.
    content: Vec<u8>,
}

const USER: u8 = b'u';
const REJECTED: u8 = b'r';

impl Entry {
    pub(super) fn of(row: &Row<UserRequest<Custom>>) -> anyhow::Result<Self> {
        let (id, mut content) = match &row.item {
            Ok(user) => (Some(&user.id), vec![USER]),
            Err(rejected) => (rejected.id.as_ref(), vec![REJECTED]),
        };
        let key = id.map(|id| id.as_str().as_bytes().to_vec()).unwrap_or_default();
        match &row.item {
            Ok(user) => serde_json::to_writer(&mut content, user),
            Err(rejected) => serde_json::to_writer(&mut content, rejected),
        }
        .with_context(|| format!("row {} could not be kept", row.number))?;
        Ok(Self {
            key,
            number: row.number,
            content,
        })
    }

    pub(super) fn into_row(self) -> anyhow::Result<Row<UserRequest<Custom>>> {
        let row = match self.content.split_first() {
            Some((&USER, json)) => serde_json::from_slice(json).map(|user| Row::new(self.number, user)),
            Some((_, json)) => {
                serde_json::from_slice::<Rejected>(json).map(|rejected| Row::rejected(self.number, rejected))
            }
            None => return Ok(Row::rejected(self.number, Rejected::new("the row was lost"))),
        };
        row.with_context(|| format!("row {} could not be read back", self.number))
    }

    /// What it takes of memory.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.key.capacity() + self.content.capacity()
    }
}

/// A run that is being written.
pub(super) struct Writer {
    file: BufWriter<File>,
    /// The key and the number of the last row.
    last: (Vec<u8>, u64),
}

impl Writer {
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(folder)?),
            last: (Vec::new(), 0),
        })
    }

    /// Whether a row comes behind all that were written.
    pub(super) fn is_before(&self, entry: &Entry) -> bool {
        (self.last.0.as_slice(), self.last.1) < (entry.key.as_slice(), entry.number)
    }

    pub(super) fn push(&mut self, entry: Entry) -> anyhow::Result<()> {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).context("a row is larger than 4 GiB");
        let file = &mut self.file;
        file.write_all(&length(&entry.key)?.to_le_bytes())?;
        file.write_all(&length(&entry.content)?.to_le_bytes())?;
        file.write_all(&entry.number.to_le_bytes())?;
        file.write_all(&entry.key)?;
        file.write_all(&entry.content)?;
        self.last = (entry.key, entry.number);
        Ok(())
    }

    pub(super) fn end(self) -> anyhow::Result<Run> {
        let mut file = self
            .file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Run(BufReader::with_capacity(BUFFER, file)))
    }
}

/// Rows in order, to be read once.
pub(super) struct Run(BufReader<File>);

impl Run {
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Entry>> {
        let mut length = [0; 4];
        match self.0.read_exact(&mut length) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let key = u32::from_le_bytes(length);
        self.0.read_exact(&mut length)?;
        let content = u32::from_le_bytes(length);
        let mut number = [0; 8];
        self.0.read_exact(&mut number)?;
        Ok(Some(Entry {
            key: self.bytes(key)?,
            number: u64::from_le_bytes(number),
            content: self.bytes(content)?,
        }))
    }

    fn bytes(&mut self, length: u32) -> anyhow::Result<Vec<u8>> {
        let mut bytes = vec![0; length as usize];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
