//! HTTP/1.1 as the suite speaks it: a request is read from a connection, and a reply becomes bytes.

use std::io::{self, Write};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::origin::Seen;
use super::reply::{Ending, Framing, Point, Reply};

const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// A connection, and what was read of it and not used yet.
pub(super) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        // The last bytes of a piece are not to wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        Self {
            stream,
            read: Vec::new(),
        }
    }

    /// The next request; nothing where the connection ends before there is a whole one.
    pub(super) async fn request(&mut self) -> io::Result<Option<Seen>> {
        let Some(head) = self.until(b"\r\n\r\n").await? else {
            return Ok(None);
        };
        let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
        let mut words = first.split(' ').map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let headers: Vec<(String, Vec<u8>)> = lines
            .filter_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
                Some((name, line[colon + 1..].trim_ascii().to_vec()))
            })
            .collect();
        let mut seen = Seen::new(method, target, headers, Bytes::new());
        if !seen.header("expect").is_empty() {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let body = if seen.header("transfer-encoding").is_empty() {
            let length = seen.header("content-length");
            let length = length.first().map(|value| number(value, 10)).unwrap_or_default();
            self.exactly(length).await?
        } else {
            self.chunks().await?
        };
        let Some(body) = body else { return Ok(None) };
        seen.body = body.into();
        Ok(Some(seen))
    }

    async fn chunks(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut body = Vec::new();
        loop {
            let Some(line) = self.until(b"\r\n").await? else {
                return Ok(None);
            };
            let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
            let size = number(size, 16);
            let Some(chunk) = self.exactly(size).await? else {
                return Ok(None);
            };
            // After the last chunk come trailers, of which nobody sends any, and an empty line.
            if self.until(b"\r\n").await?.is_none() {
                return Ok(None);
            }
            if size == 0 {
                return Ok(Some(body));
            }
            body.extend_from_slice(&chunk);
        }
    }

    async fn until(&mut self, end: &[u8]) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(at) = self.read.windows(end.len()).position(|window| window == end) {
                let rest = self.read.split_off(at + end.len());
                return Ok(Some(std::mem::replace(&mut self.read, rest)));
            }
            if !self.more().await? {
                return Ok(None);
            }
        }
    }

    async fn exactly(&mut self, length: usize) -> io::Result<Option<Vec<u8>>> {
        while self.read.len() < length {
            if !self.more().await? {
                return Ok(None);
            }
        }
        let rest = self.read.split_off(length);
        Ok(Some(std::mem::replace(&mut self.read, rest)))
    }

    /// Reads what there is; false where the connection is at its end.
    async fn more(&mut self) -> io::Result<bool> {
        self.read.reserve(16 * 1024);
        Ok(self.stream.read_buf(&mut self.read).await? > 0)
    }

    /// Sends a reply, and says whether the connection can carry another.
    pub(super) async fn reply(&mut self, method: &str, reply: &Reply) -> io::Result<bool> {
        let (bytes, reusable) = written(method, reply);
        self.stream.write_all(&bytes).await?;
        if let Ending::Silent(_) = reply.ending {
            while self.more().await? {}
        }
        if !reusable {
            self.stream.shutdown().await?;
            // A connection that is closed with something unread is reset, and a reset may overtake what was sent.
            while self.more().await? {}
        }
        Ok(reusable)
    }
}

fn number(text: &[u8], radix: u32) -> usize {
    let text = String::from_utf8_lossy(text.trim_ascii()).into_owned();
    usize::from_str_radix(&text, radix).unwrap_or_default()
}

/// The bytes of a reply up to where it ends, and whether another can follow on the same connection.
fn written(method: &str, reply: &Reply) -> (Vec<u8>, bool) {
    if reply.ending == Ending::NoHttp {
        return (reply.body.to_vec(), false);
    }
    // These have no body, and none is announced.
    let bodiless = matches!(reply.status, 100..=199 | 204 | 304) || method == "HEAD";
    let mut bytes = format!("HTTP/1.1 {} Whatever\r\n", reply.status).into_bytes();
    for (name, value) in &reply.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    let framing = match reply.framing {
        _ if bodiless => String::new(),
        Framing::Length => format!("content-length: {}\r\n", reply.body.len()),
        Framing::Chunks(_) => "transfer-encoding: chunked\r\n".to_owned(),
        Framing::End => "connection: close\r\n".to_owned(),
    };
    bytes.extend_from_slice(framing.as_bytes());
    bytes.extend_from_slice(b"\r\n");
    let head = bytes.len();
    if !bodiless {
        write_body(&mut bytes, reply);
    }
    match reply.ending {
        Ending::Cut(point) | Ending::Silent(point) => {
            bytes.truncate(match point {
                Point::Before => 0,
                Point::Head => head / 2,
                Point::Body => head + (bytes.len() - head) / 2,
                Point::End if reply.framing == Framing::Length => bytes.len().saturating_sub(1).max(head),
                Point::End => bytes.len().saturating_sub(LAST_CHUNK.len()).max(head),
            });
            (bytes, false)
        }
        Ending::Whole | Ending::NoHttp => (bytes, bodiless || reply.framing != Framing::End),
    }
}

fn write_body(bytes: &mut Vec<u8>, reply: &Reply) {
    let Framing::Chunks(size) = reply.framing else {
        bytes.extend_from_slice(&reply.body);
        return;
    };
    for chunk in reply.body.chunks(size.max(1)) {
        let _ = write!(bytes, "{:x}\r\n", chunk.len());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(LAST_CHUNK);
}
