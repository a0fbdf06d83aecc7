//! [`RowStream`]: an input is read on a thread of its own, a bounded number of rows ahead of whoever takes them.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use stream_users_core::bulk::{InputError, Row};
use tokio::sync::mpsc;

use super::failure::InputFailure;
use super::read::RowIterator;

/// How many rows are handed over at a time.
const CHUNK: usize = 64;

/// How many bytes of rows are handed over at a time, with the row that makes it more.
const CHUNK_BYTES: usize = 256 * 1024;

/// How many times [`CHUNK`] rows wait to be taken.
const WAITING: usize = 4;

/// What the thread needs of a stack: parsers here do not go deep.
const STACK: usize = 512 * 1024;

type Chunk<T> = Vec<Result<Row<T>, InputError>>;

/// The rows of an input, as a stream.
#[derive(Debug)]
pub(crate) struct RowStream<T> {
    chunks: Option<mpsc::Receiver<Chunk<T>>>,
    rows: std::vec::IntoIter<Result<Row<T>, InputError>>,
}

impl<T: Send + 'static> RowStream<T> {
    pub(super) fn of(rows: RowIterator<T>) -> Self {
        let (sender, chunks) = mpsc::channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("input".to_owned())
            .stack_size(STACK)
            .spawn(move || read(rows, &sender));
        match thread {
            Ok(_) => Self {
                chunks: Some(chunks),
                rows: Vec::new().into_iter(),
            },
            Err(error) => {
                let failure =
                    InputFailure::new("the input", format!("cannot be read: no thread for it: {error}"));
                Self {
                    chunks: None,
                    rows: vec![Err(failure.into())].into_iter(),
                }
            }
        }
    }
}

/// Reads until the end, or until nobody takes the rows any more.
fn read<T>(mut rows: RowIterator<T>, sender: &mpsc::Sender<Chunk<T>>) {
    loop {
        let (mut chunk, mut bytes) = (Chunk::with_capacity(CHUNK), 0);
        while chunk.len() < CHUNK && bytes < CHUNK_BYTES {
            let Some(row) = rows.next() else { break };
            chunk.push(row);
            bytes += rows.bytes();
        }
        if chunk.is_empty() || sender.blocking_send(chunk).is_err() {
            return;
        }
    }
}

impl<T> Stream for RowStream<T> {
    type Item = Result<Row<T>, InputError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Poll::Ready(Some(row));
            }
            let Some(chunks) = &mut self.chunks else {
                return Poll::Ready(None);
            };
            match ready!(chunks.poll_recv(context)) {
                Some(chunk) => self.rows = chunk.into_iter(),
                None => self.chunks = None,
            }
        }
    }
}

// Rows are taken out of a vector; nothing in here is pinned.
impl<T> Unpin for RowStream<T> {}
