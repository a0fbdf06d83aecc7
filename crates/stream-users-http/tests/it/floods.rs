//! What hostile servers send, each without an end of its own or with one that is far away.

#![cfg_attr(not(feature = "gzip"), allow(dead_code, reason = "some of them are gzip"))]

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress};

const GIGABYTE: usize = 1_000_000_000;
static PIECE: [u8; 64 * 1024] = [b' '; 64 * 1024];
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n";

fn forever(to: &mut dyn Write, piece: &[u8]) -> io::Result<()> {
    loop {
        to.write_all(piece)?;
    }
}

fn chunk(to: &mut dyn Write, piece: &[u8]) -> io::Result<()> {
    write!(to, "{:x}\r\n", piece.len())?;
    to.write_all(piece)?;
    to.write_all(b"\r\n")
}

fn ten_gigabytes(
    to: &mut dyn Write,
    mut write: impl FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    for _ in 0..10 * GIGABYTE / PIECE.len() {
        write(to)?;
    }
    Ok(())
}

pub(crate) fn announced(to: &mut dyn Write) -> io::Result<()> {
    write!(to, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 10 * GIGABYTE)?;
    ten_gigabytes(to, |to| to.write_all(&PIECE))
}

pub(crate) fn in_chunks(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(CHUNKED)?;
    to.write_all(b"\r\n")?;
    ten_gigabytes(to, |to| chunk(to, &PIECE))
}

/// No length and no chunks: the body ends where the connection does.
pub(crate) fn until_the_end(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    ten_gigabytes(to, |to| to.write_all(&PIECE))
}

/// The beginning of an answer whose body is gzip, up to the first compressed block.
fn begin_gzip(to: &mut dyn Write, flags: u8) -> io::Result<()> {
    to.write_all(CHUNKED)?;
    to.write_all(b"content-encoding: gzip\r\n\r\n")?;
    chunk(to, &[0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255])
}

/// Compressed zeros that end at a byte and refer to nothing before them, so that they can be repeated.
fn block(zeros: usize) -> Vec<u8> {
    let mut block = Vec::with_capacity(64 * 1024);
    let mut compress = Compress::new(Compression::best(), false);
    compress
        .compress_vec(&vec![0; zeros], &mut block, FlushCompress::Full)
        .unwrap();
    assert!(block.len() < 10_000 && block.ends_with(&[0, 0, 255, 255]));
    block
}

/// Ten gigabytes in ten megabytes.
pub(crate) fn bomb(to: &mut dyn Write) -> io::Result<()> {
    begin_gzip(to, 0)?;
    let block = block(1_000_000);
    for _ in 0..10_000 {
        chunk(to, &block)?;
    }
    Ok(())
}

/// All of a bomb in one chunk.
pub(crate) fn bomb_at_once(to: &mut dyn Write) -> io::Result<()> {
    begin_gzip(to, 0)?;
    chunk(to, &block(1_000_000).repeat(10_000))
}

/// Blocks that hold nothing: whatever is sent, there is never more of the answer.
pub(crate) fn gzip_of_nothing(to: &mut dyn Write) -> io::Result<()> {
    begin_gzip(to, 0)?;
    let blocks = [0, 0, 0, 255, 255].repeat(10_000);
    loop {
        chunk(to, &blocks)?;
    }
}

/// The name of a file, which stands before the first block.
pub(crate) fn gzip_with_a_name(to: &mut dyn Write) -> io::Result<()> {
    begin_gzip(to, 8)?;
    loop {
        chunk(to, &PIECE)?;
    }
}

pub(crate) fn trickle(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(CHUNKED)?;
    to.write_all(b"\r\n")?;
    loop {
        chunk(to, b" ")?;
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn trickle_of_headers(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\nx-long: ")?;
    loop {
        to.write_all(b"a")?;
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn many_headers(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\n")?;
    forever(to, b"x-more: of them\r\n")
}

pub(crate) fn long_header(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\nx-long: ")?;
    forever(to, &[b'a'; 4096])
}

pub(crate) fn status_line(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(b"HTTP/1.1 200 ")?;
    forever(to, &[b'a'; 4096])
}

pub(crate) fn early_hints(to: &mut dyn Write) -> io::Result<()> {
    forever(to, &b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(100))
}

pub(crate) fn chunk_extension(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(CHUNKED)?;
    to.write_all(b"\r\n5;")?;
    forever(to, &[b'a'; 4096])
}

pub(crate) fn trailers(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(CHUNKED)?;
    to.write_all(b"\r\n2\r\n{}\r\n0\r\n")?;
    forever(to, b"x-more: of them\r\n")
}

pub(crate) fn cut(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"rate_limits\":")
}

pub(crate) fn two_lengths(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}")
}

pub(crate) fn negative_length(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\n{}")
}

pub(crate) fn no_http(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(b"SSH-2.0-OpenSSH_9.9\r\n")
}

pub(crate) fn redirect(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(
        b"HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n",
    )
}
