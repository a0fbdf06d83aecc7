//! [`Sink`]: the file of a dump, packed as its name says. Which lines are in it belongs to `dump`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};
use std::path::Path;

use serde::Serialize;

/// How much is gathered before it is written.
const BUFFER: usize = 128 * 1024;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    /// What a name's ending says.
    pub(super) fn of(path: &Path) -> Self {
        match path.extension().and_then(OsStr::to_str) {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// A file of lines that is written from its end on.
pub(super) struct Sink {
    packing: Packing,
    /// None while it is being exchanged, and after that failed.
    writer: Option<Writer>,
}

enum Writer {
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<File>>),
}

impl Sink {
    /// Writes behind what is in the file.
    pub(super) fn new(mut file: File, packing: Packing) -> io::Result<Self> {
        file.seek(io::SeekFrom::End(0))?;
        Ok(Self {
            packing,
            writer: Some(Writer::new(file, packing)?),
        })
    }

    /// Adds a line.
    pub(super) fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let writer = self.writer.as_mut().ok_or_else(broken)?;
        serde_json::to_writer(&mut *writer, value)?;
        writer.write_all(b"\n")
    }

    /// Makes all that was added durable, as something that can be unpacked by itself. Returns the length of the file.
    pub(super) fn cut(&mut self) -> io::Result<u64> {
        let mut file = self.writer.take().ok_or_else(broken)?.finish()?;
        file.sync_data()?;
        let length = file.stream_position()?;
        self.writer = Some(Writer::new(file, self.packing)?);
        Ok(length)
    }

    /// Makes all that was added durable. Returns the length of the file.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        let mut file = self.writer.take().ok_or_else(broken)?.finish()?;
        file.sync_all()?;
        file.stream_position()
    }
}

fn broken() -> io::Error {
    io::Error::other("writing it failed before")
}

impl Writer {
    fn new(file: File, packing: Packing) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER, file);
        Ok(match packing {
            Packing::None => Self::Plain(file),
            Packing::Gzip => Self::Gzip(flate2::write::GzEncoder::new(
                file,
                flate2::Compression::default(),
            )),
            Packing::Zstd => Self::Zstd(zstd::stream::write::Encoder::new(file, 0)?),
        })
    }

    fn finish(self) -> io::Result<File> {
        let file = match self {
            Self::Plain(file) => file,
            Self::Gzip(encoder) => encoder.finish()?,
            Self::Zstd(encoder) => encoder.finish()?,
        };
        file.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(writer) => writer.write(bytes),
            Self::Gzip(writer) => writer.write(bytes),
            Self::Zstd(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(writer) => writer.flush(),
            Self::Gzip(writer) => writer.flush(),
            Self::Zstd(writer) => writer.flush(),
        }
    }
}
