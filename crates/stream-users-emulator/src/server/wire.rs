//! The socket of a connection, as HTTP sees it: a client that takes nothing is given up, and what HTTP refuses by
//! itself goes out in the envelope.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::live::Line;

/// How long a client may take nothing of its answer.
const LONGEST_STALL: Duration = Duration::from_secs(30);
/// How long, and how much, is read of a client that still sends after it was refused: one whose connection is closed
/// while it sends may never read its answer.
const LONGEST_LINGER: Duration = Duration::from_secs(2);
const MOST_LINGER: usize = 8 << 20;

/// What is sent for a request that HTTP refuses with this status.
pub(super) type Refuse = Arc<dyn Fn(StatusCode) -> Vec<u8> + Send + Sync>;

pub(super) struct Wire {
    stream: TcpStream,
    refuse: Refuse,
    line: Arc<Line>,
    /// Runs while the client takes nothing, and while it is read after its refusal.
    timer: Option<Pin<Box<Sleep>>>,
    refusal: Option<Refusal>,
    /// What was read after the refusal.
    lingered: usize,
}

/// A refusal on its way out, in place of one without a body.
struct Refusal {
    bytes: Vec<u8>,
    sent: usize,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, refuse: Refuse, line: Arc<Line>) -> Self {
        Self {
            stream,
            refuse,
            line,
            timer: None,
            refusal: None,
            lingered: 0,
        }
    }

    /// What came of an attempt to write, or that the client has stalled for too long.
    fn timed<T>(&mut self, context: &mut Context<'_>, attempt: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if attempt.is_ready() {
            self.timer = None;
            return attempt;
        }
        ready!(self.poll_timer(context, LONGEST_STALL));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_timer(&mut self, context: &mut Context<'_>, time: Duration) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(time)));
        timer.as_mut().poll(context)
    }

    /// Sends the refusal to its end.
    fn poll_refusal(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(refusal) = &mut self.refusal
            && refusal.sent < refusal.bytes.len()
        {
            let attempt = Pin::new(&mut self.stream).poll_write(context, &refusal.bytes[refusal.sent..]);
            let sent = match attempt {
                Poll::Ready(Ok(sent)) => sent,
                other => return self.timed(context, other.map_ok(|_| ())),
            };
            refusal.sent += sent;
            self.timer = None;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads and forgets what a refused client still sends.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut space = [0; 8 << 10];
        while self.lingered < MOST_LINGER {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.lingered += buffer.filled().len(),
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.poll_timer(context, LONGEST_LINGER),
            }
        }
        Poll::Ready(())
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.line.is_reset() {
            // What is closed without lingering is reset.
            self.stream.set_zero_linger().ok();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.refusal.is_none() && !this.line.is_upgraded() {
            let before = match bare_refusal(bytes) {
                Some((0, status)) => {
                    let bytes = (this.refuse)(status);
                    this.refusal = Some(Refusal { bytes, sent: 0 });
                    0
                }
                Some((start, _)) => start,
                None => bytes.len(),
            };
            if this.refusal.is_none() {
                let attempt = Pin::new(&mut this.stream).poll_write(context, &bytes[..before]);
                return this.timed(context, attempt);
            }
        } else if this.refusal.is_none() {
            let attempt = Pin::new(&mut this.stream).poll_write(context, bytes);
            return this.timed(context, attempt);
        }
        // A refusal is the last that is sent over a connection.
        ready!(this.poll_refusal(context))?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_flush(context);
        self.timed(context, attempt)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = ready!(Pin::new(&mut self.stream).poll_shutdown(context));
        if self.refusal.is_some() {
            ready!(self.poll_linger(context));
        }
        Poll::Ready(done)
    }
}

/// Where the answer begins, and of which status, that HTTP gives by itself to what it cannot read as a request: it is
/// the last in `bytes` and has no body. The emulator's own answers of these statuses have one.
fn bare_refusal(bytes: &[u8]) -> Option<(usize, StatusCode)> {
    const LONGEST: usize = 256;
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let from = bytes.len().saturating_sub(LONGEST);
    let start = from + bytes[from..].windows(7).rposition(|part| part == b"HTTP/1.")?;
    let head = std::str::from_utf8(&bytes[start..]).ok()?;
    let status: StatusCode = head.split(' ').nth(1)?.parse().ok()?;
    let is_one = matches!(status.as_u16(), 400 | 414 | 431)
        && head.contains("\r\ncontent-length: 0\r\n")
        && head.find("\r\n\r\n") == Some(head.len() - 4);
    is_one.then_some((start, status))
}
