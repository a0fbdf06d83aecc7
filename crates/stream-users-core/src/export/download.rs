//! [`Download`]: an export's file as a stream of records. How it is fetched belongs to `lines` and `read`.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::future::BoxFuture;
use stream_users_model::{Custom, CustomData, ExportRecord, ExportedFile, Str};

use super::lines::{Line, Reader};
use super::read::failed;
use super::{ExportCursor, ExportPart, ReadExport};
use crate::client::decode::{cut, from_json};
use crate::error::{Error, ErrorKind, Result};
use crate::response::Response;

/// The records of an export's file, in its order: a stream, made by [`UsersApiExt::download`](crate::UsersApiExt::download).
///
/// The file is fetched in parts, each when it is wanted, so that a file of any size takes the memory of one part and one
/// record. The requests go to the file store that keeps the file: without the API key, a token, or the headers of the
/// handle, and over HTTPS unless the host is this machine.
///
/// It ends with the last record, or with the first error but one: a record that cannot be read is an error of kind
/// `Decode` in its place, and the next one follows. To go on after an error or in another process, save the
/// [`cursor`](Self::cursor) and [`resume`](Self::resume) there. A file that has changed since is refused.
///
/// # Errors
/// `Api` with status 403 or 404 where the URL has expired (ask for a new export); `Invalid` where the URL is not HTTPS;
/// `Decode` where the file has changed, a record cannot be read, or is longer than
/// [`max_record_size`](Self::max_record_size); `Connect`, `Timeout`, `Interrupted` and `Throttled` as for any call.
#[derive(Debug)]
#[must_use = "a stream does nothing until it is polled"]
pub struct Download<'a, C = Custom> {
    reader: Reader<'a>,
    custom: PhantomData<fn() -> C>,
}

impl<'a, C: CustomData> Download<'a, C> {
    /// The records of `file`, whose parts are asked for with `ask`.
    pub fn new(
        file: ExportedFile,
        ask: impl Fn(ReadExport) -> BoxFuture<'a, Result<Response<ExportPart>>> + Send + Sync + 'a,
    ) -> Self {
        Self {
            reader: Reader::new(file, ask),
            custom: PhantomData,
        }
    }

    /// Asks for this many bytes at once; 4 MiB by default, 0 is read as 1. More than the transport's limit for an answer
    /// cannot be fetched.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.reader.part_size = bytes;
        self
    }

    /// Takes records up to this many bytes; 16 MiB by default.
    pub fn max_record_size(mut self, bytes: usize) -> Self {
        self.reader.max_line = bytes;
        self
    }

    /// Begins at `cursor` rather than at the file's begin; for a download from which nothing was read yet.
    pub fn resume(mut self, cursor: ExportCursor) -> Self {
        self.reader.resume(cursor);
        self
    }

    /// Where the record that comes next begins: with all that was handed out until now behind it.
    #[must_use]
    pub fn cursor(&self) -> ExportCursor {
        self.reader.cursor.clone()
    }
}

impl<C: CustomData> Stream for Download<'_, C> {
    type Item = Result<ExportRecord<C>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.reader
            .poll_next(context)
            .map(|line| line.map(|line| record(&line?)))
    }
}

/// The text of a line.
pub(crate) fn text(line: &Line) -> Result<&str> {
    std::str::from_utf8(&line.bytes).map_err(|_| unreadable(line, "it is not UTF-8"))
}

fn record<C: CustomData>(line: &Line) -> Result<ExportRecord<C>> {
    let text = text(line)?;
    from_json(text).map_err(|reason| match owner(text) {
        Some(id) => unreadable(line, &format!("{reason} (of the user {:?})", cut(&id))),
        None => unreadable(line, &reason),
    })
}

fn unreadable(line: &Line, reason: &str) -> Error {
    let text = format!("the record at byte {} could not be read: {reason}", line.offset);
    failed(ErrorKind::Decode, text).build()
}

/// The id of the user that a line is of.
fn owner(text: &str) -> Option<Str> {
    #[derive(serde::Deserialize)]
    struct Line {
        data: Owner,
    }
    #[derive(serde::Deserialize)]
    struct Owner {
        id: Str,
    }

    let line: Line = serde_json::from_str(text).ok()?;
    Some(line.data.id)
}
