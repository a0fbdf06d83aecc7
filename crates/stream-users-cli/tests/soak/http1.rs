//! The least of HTTP/1.1 that a proxy and a client of an emulator need: heads and bodies, byte for byte.

use std::io::{self, BufRead, Read as _, Write};

/// A request or an answer.
#[derive(Debug, Default)]
pub(crate) struct Message {
    /// The first line and the headers with the empty line, as they came.
    pub(crate) head: String,
    /// What came of the body, with the marks of its chunks if it came in chunks.
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The next message; nothing where the connection was closed before one began.
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut message = Self::default();
        loop {
            let before = message.head.len();
            if from.read_line(&mut message.head)? == 0 {
                return if before == 0 {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
            if message.head[before..].trim_end().is_empty() {
                break;
            }
        }
        if message.header("transfer-encoding").is_some() {
            message.read_chunks(from)?;
        } else {
            let length = message.header("content-length").map_or(Ok(0), str::parse);
            message.body.resize(length.map_err(io::Error::other)?, 0);
            from.read_exact(&mut message.body)?;
        }
        Ok(Some(message))
    }

    fn read_chunks(&mut self, from: &mut impl BufRead) -> io::Result<()> {
        loop {
            let mut line = String::new();
            from.read_line(&mut line)?;
            let size = u64::from_str_radix(line.trim_end(), 16).map_err(io::Error::other)?;
            self.body.extend_from_slice(line.as_bytes());
            // With the end of its line.
            let there = self.body.len();
            from.take(size + 2).read_to_end(&mut self.body)?;
            if self.body.len() - there != usize::try_from(size).unwrap_or(0) + 2 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if size == 0 {
                return Ok(());
            }
        }
    }

    pub(crate) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        to.write_all(&[self.head.as_bytes(), &self.body].concat())
    }

    pub(crate) fn first_line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        headers
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// The status of an answer.
    pub(crate) fn status(&self) -> u16 {
        let status = self.first_line().split(' ').nth(1);
        status.and_then(|status| status.parse().ok()).unwrap_or(0)
    }
}

#[test]
fn messages_are_read_as_they_came() {
    let plain = "POST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\nab";
    let chunked = "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let both = format!("{plain}{chunked}");
    let mut from = both.as_bytes();
    let (one, other) = (
        Message::read(&mut from).unwrap().unwrap(),
        Message::read(&mut from).unwrap().unwrap(),
    );
    assert!(Message::read(&mut from).unwrap().is_none());
    assert_eq!(one.body, b"ab");
    assert_eq!(other.status(), 201);
    let mut written = Vec::new();
    one.write(&mut written).unwrap();
    other.write(&mut written).unwrap();
    assert_eq!(written, both.as_bytes());
    assert!(Message::read(&mut &both.as_bytes()[..20]).is_err());
}
