//! [`ReadExport`] and [`ExportPart`]: a part of the file, asked for and read.

use std::fmt;

use bytes::Bytes;
use stream_users_model::ExportedFile;

/// Asks for a part of an export's file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadExport {
    /// The file.
    pub file: ExportedFile,
    /// The first byte, counted from 0.
    pub start: u64,
    /// At most how many bytes; 0 is read as 1.
    pub length: u64,
    /// The [`validator`](ExportPart::validator) of an earlier part: where the file has changed since, reading it fails.
    pub validator: Option<String>,
}

impl ReadExport {
    /// Asks for `length` bytes from `start` on.
    #[must_use]
    pub fn new(file: ExportedFile, start: u64, length: u64) -> Self {
        Self {
            file,
            start,
            length,
            validator: None,
        }
    }

    /// Sets what tells whether the file is the same as before.
    #[must_use]
    pub fn validator(mut self, validator: impl Into<String>) -> Self {
        self.validator = Some(validator.into());
        self
    }
}

/// A part of an export's file.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportPart {
    /// The bytes from [`start`](ReadExport::start) on: fewer than asked for, or more, where the file store says so.
    pub bytes: Bytes,
    /// Whether the file ends with them.
    pub is_last: bool,
    /// How long the whole file is, in bytes, where the file store says so. An erasure deletes nobody on the word of a file
    /// whose length was not said.
    pub total: Option<u64>,
    /// What tells this content of the file from another: its `ETag`, else when it was changed. `None` where the file
    /// store says neither.
    pub validator: Option<String>,
}

impl ExportPart {
    /// A part of which nothing else is known; for mocks.
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>, is_last: bool) -> Self {
        Self {
            bytes: bytes.into(),
            is_last,
            total: None,
            validator: None,
        }
    }

    /// Sets how long the whole file is, in bytes.
    #[must_use]
    pub fn total(mut self, bytes: u64) -> Self {
        self.total = Some(bytes);
        self
    }

    /// Sets what tells this content of the file from another.
    #[must_use]
    pub fn validator(mut self, validator: impl Into<String>) -> Self {
        self.validator = Some(validator.into());
        self
    }
}

/// Without what is in it: somebody's data.
impl fmt::Debug for ExportPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportPart")
            .field("bytes", &self.bytes.len())
            .field("is_last", &self.is_last)
            .field("total", &self.total)
            .field("validator", &self.validator)
            .finish()
    }
}
