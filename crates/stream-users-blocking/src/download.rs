//! [`Download`]: an export's file as an iterator of records. How it is fetched is decided in the core.

use std::iter::FusedIterator;
use std::sync::Arc;

use stream_users_core::model::{Custom, CustomData, ExportRecord, ExportedFile};
use stream_users_core::{Download as Stream, ExportCursor, Result, UsersApi as _};

use crate::thread::Thread;
use crate::users::Users;

/// The records of an export's file, in its order: an iterator; made by [`Users::download`].
///
/// The file is fetched in parts, each when it is wanted, so that a file of any size takes the memory of one part and one
/// record. It ends with the last record or the first error but one: a record that cannot be read is an error of kind
/// `Decode` in its place, and the next one follows. The rules are those of the `Download` of `stream-users-core`.
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is asked"]
pub struct Download<C: CustomData = Custom> {
    stream: Thread<Stream<'static, C>, C>,
    /// Where the next record begins, also after the end.
    cursor: ExportCursor,
}

impl<C: CustomData> Download<C> {
    pub(crate) fn new(users: &Users<C>, file: ExportedFile) -> Self {
        let api = Arc::clone(users.api());
        let stream = Stream::new(file, move |request| {
            let api = Arc::clone(&api);
            Box::pin(async move { api.read_export(request).await })
        });
        Self {
            cursor: stream.cursor(),
            stream: Thread::new(users, stream),
        }
    }

    /// Asks for this many bytes at once; 4 MiB by default, 0 is read as 1.
    pub fn part_size(self, bytes: u64) -> Self {
        self.map(|stream| stream.part_size(bytes))
    }

    /// Takes records up to this many bytes; 16 MiB by default.
    pub fn max_record_size(self, bytes: usize) -> Self {
        self.map(|stream| stream.max_record_size(bytes))
    }

    /// Begins at `cursor` rather than at the file's begin; for a download from which nothing was read yet.
    pub fn resume(self, cursor: ExportCursor) -> Self {
        self.map(|stream| stream.resume(cursor))
    }

    /// Where the record that comes next begins: with all that was handed out until now behind it.
    #[must_use]
    pub fn cursor(&self) -> ExportCursor {
        self.cursor.clone()
    }

    fn map(self, change: impl FnOnce(Stream<'static, C>) -> Stream<'static, C>) -> Self {
        let stream = self.stream.map(change);
        Self {
            cursor: stream.stream().map_or(self.cursor, Stream::cursor),
            stream,
        }
    }
}

impl<C: CustomData> Iterator for Download<C> {
    type Item = Result<ExportRecord<C>>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.stream.next();
        if let Some(stream) = self.stream.stream() {
            self.cursor = stream.cursor();
        }
        record
    }
}

impl<C: CustomData> FusedIterator for Download<C> {}
