//! [`Reader`]: a file line by line, fetched in parts. What a line means does not belong here.

use std::fmt;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use hmac_sha256::Hash;
use stream_users_model::ExportedFile;

use super::read::{changed, failed};
use super::{ExportCursor, ExportPart, ReadExport};
use crate::error::{Error, ErrorKind, Result};
use crate::response::Response;

pub(super) type Ask<'a> =
    dyn Fn(ReadExport) -> BoxFuture<'a, Result<Response<ExportPart>>> + Send + Sync + 'a;

/// How much is asked for at once: 4 MiB.
pub(super) const PART_SIZE: u64 = 4 * 1024 * 1024;

/// The largest line that is taken: 16 MiB.
pub(super) const MAX_LINE: usize = 16 * 1024 * 1024;

/// A line that is not blank, without its end.
pub(crate) struct Line {
    /// Where it begins in the file.
    pub(crate) offset: u64,
    pub(crate) bytes: Bytes,
}

/// Reads a file line by line. It holds one part, and of a line that began in an earlier one what came of it.
pub(crate) struct Reader<'a> {
    ask: Box<Ask<'a>>,
    file: ExportedFile,
    pub(super) part_size: u64,
    pub(super) max_line: usize,
    /// Its offset is that of the next line.
    pub(super) cursor: ExportCursor,
    /// The begin of a line whose end is not here yet.
    begun: Vec<u8>,
    /// What of the last part has not been looked at.
    part: Bytes,
    /// Whether the file ends with the last part.
    is_last: bool,
    asking: Option<BoxFuture<'a, Result<Response<ExportPart>>>>,
    is_done: bool,
    /// Of all parts, since the begin.
    digest: Hash,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        file: ExportedFile,
        ask: impl Fn(ReadExport) -> BoxFuture<'a, Result<Response<ExportPart>>> + Send + Sync + 'a,
    ) -> Self {
        Self {
            ask: Box::new(ask),
            file,
            part_size: PART_SIZE,
            max_line: MAX_LINE,
            cursor: ExportCursor::START,
            begun: Vec::new(),
            part: Bytes::new(),
            is_last: false,
            asking: None,
            is_done: false,
            digest: Hash::new(),
        }
    }

    /// Goes on at `cursor`; before the first line is read.
    pub(super) fn resume(&mut self, cursor: ExportCursor) {
        self.is_done = cursor.total == Some(cursor.offset);
        self.cursor = cursor;
    }

    /// The next line.
    pub(crate) async fn next(&mut self) -> Option<Result<Line>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// Whether it is known that all of the file was read: how long it is was said, and so much came.
    pub(crate) fn is_whole(&self) -> bool {
        self.cursor.total == Some(self.cursor.offset)
    }

    /// Where the next line begins: after the last one, how long the file is.
    pub(crate) fn offset(&self) -> u64 {
        self.cursor.offset
    }

    /// The SHA-256 of all that was read, where it was read from the begin.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        self.digest.finalize()
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Line>>> {
        loop {
            if self.is_done {
                return Poll::Ready(None);
            }
            if let Some(asking) = &mut self.asking {
                let answer = ready!(asking.as_mut().poll(context));
                self.asking = None;
                let taken = answer.and_then(|answer| self.take(answer.body));
                if let Err(error) = taken {
                    self.is_done = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
            let end = self.part.iter().position(|byte| *byte == b'\n');
            let piece = self.part.split_to(end.map_or(self.part.len(), |end| end + 1));
            if self.begun.len() + piece.len() > self.max_line.saturating_add(usize::from(end.is_some())) {
                self.is_done = true;
                return Poll::Ready(Some(Err(self.too_long())));
            }
            if end.is_none() && !self.is_last {
                self.begun.extend_from_slice(&piece);
                self.asking = Some((self.ask)(self.question()));
                continue;
            }
            // The file's last line may lack its end.
            self.is_done = end.is_none();
            let bytes = if self.begun.is_empty() {
                piece
            } else {
                self.begun.extend_from_slice(&piece);
                Bytes::from(std::mem::take(&mut self.begun))
            };
            let offset = self.cursor.offset;
            self.cursor.offset = self.cursor.offset.saturating_add(bytes.len() as u64);
            let line = bytes.trim_ascii();
            if !line.is_empty() {
                let bytes = bytes.slice_ref(line);
                return Poll::Ready(Some(Ok(Line { offset, bytes })));
            }
        }
    }

    fn question(&self) -> ReadExport {
        let start = self.cursor.offset.saturating_add(self.begun.len() as u64);
        let question = ReadExport::new(self.file.clone(), start, self.part_size);
        match &self.cursor.validator {
            Some(validator) => question.validator(validator.as_str()),
            None => question,
        }
    }

    /// Looks whether a part belongs to the same content of the file as those before it.
    fn take(&mut self, part: ExportPart) -> Result<()> {
        let differs = |known: bool| if known { Err(changed().build()) } else { Ok(()) };
        if let Some(validator) = part.validator {
            differs(
                self.cursor
                    .validator
                    .as_ref()
                    .is_some_and(|known| *known != validator),
            )?;
            self.cursor.validator = Some(validator);
        }
        if let Some(total) = part.total {
            differs(self.cursor.total.is_some_and(|known| known != total))?;
            self.cursor.total = Some(total);
        }
        let held = (self.begun.len() + part.bytes.len()) as u64;
        let end = self.cursor.offset.saturating_add(held);
        if part.is_last && self.cursor.total.is_some_and(|total| total != end) {
            return Err(changed().build());
        }
        if part.bytes.is_empty() && !part.is_last {
            let text =
                "the part of the file could not be read: nothing came, and the file does not end there";
            return Err(failed(ErrorKind::Decode, text).build());
        }
        self.is_last = part.is_last;
        self.digest.update(&part.bytes);
        self.part = part.bytes;
        Ok(())
    }

    fn too_long(&self) -> Error {
        let text = format!(
            "the record at byte {} is longer than {} bytes; raise `max_record_size` and resume there",
            self.cursor.offset, self.max_line
        );
        failed(ErrorKind::Decode, text).build()
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("part_size", &self.part_size)
            .field("max_line", &self.max_line)
            .field("cursor", &self.cursor)
            .field("is_done", &self.is_done)
            .finish_non_exhaustive()
    }
}
