//! The bytes of an input: a file or standard input, unpacked where they are packed, one after the other. What they mean
//! belongs to the readers of formats.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::failure::InputFailure;

/// How many bytes are read at a time.
const BUFFER: usize = 64 * 1024;

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// A file.
    File(PathBuf),
    /// Standard input: `-` on the command line.
    Stdin,
}

impl Location {
    /// What `-` and anything else on the command line mean.
    pub(crate) fn new(argument: &str) -> Self {
        if argument == "-" {
            Self::Stdin
        } else {
            Self::File(PathBuf::from(argument))
        }
    }

    /// How messages name it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
        }
    }
}

/// How far the reading is: shared between the thread that reads and whoever shows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct BytesRead(Arc<AtomicU64>);

impl BytesRead {
    /// How many bytes were read so far, as they stand in the file: packed ones where it is packed.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// An input that was found and not read yet.
pub(crate) struct Opened {
    pub(crate) name: String,
    path: Option<PathBuf>,
    reader: Box<dyn Read + Send>,
    read: BytesRead,
    size: Option<u64>,
}

impl Opened {
    /// Finds the input. Nothing is read yet, so that a pipe that is still empty does not hold anybody up.
    pub(crate) fn open(location: &Location) -> Result<Self, InputFailure> {
        let name = location.name();
        let read = BytesRead::default();
        let (reader, path, size): (Box<dyn Read + Send>, _, _) = match location {
            Location::Stdin => (Box::new(io::stdin()), None, None),
            Location::File(path) => {
                let fail = |error: &io::Error| InputFailure::new(&name, format!("cannot be opened: {error}"));
                let file = File::open(path).map_err(|error| fail(&error))?;
                let metadata = file.metadata().map_err(|error| fail(&error))?;
                if metadata.is_dir() {
                    return Err(InputFailure::new(&name, "is a folder; name a file"));
                }
                let size = metadata.is_file().then_some(metadata.len());
                (Box::new(file), Some(path.clone()), size)
            }
        };
        Ok(Self {
            name,
            path,
            reader: Box::new(Counted {
                reader,
                read: read.clone(),
            }),
            read,
            size,
        })
    }

    /// The path, where it is a file that can be read from any place.
    #[cfg(feature = "parquet")]
    pub(crate) fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref().filter(|_| self.size.is_some())
    }

    /// How many bytes there are, where that is known.
    pub(crate) const fn size(&self) -> Option<u64> {
        self.size
    }

    pub(crate) fn bytes_read(&self) -> BytesRead {
        self.read.clone()
    }

    /// Begins to read: finds out how the bytes are packed, and whether they are text.
    pub(crate) fn unpack(self) -> Result<Source, InputFailure> {
        let (input, name) = (self.name, self.path.unwrap_or_default());
        let (head, rest) = peek(self.reader).map_err(|error| unreadable(&input, None, &error))?;
        let packing = Packing::of(&head);
        let extension = name.extension().and_then(|extension| extension.to_str());
        let named = extension.and_then(Packing::named);
        if let Some(named) = named
            && packing != Some(named)
        {
            return Err(InputFailure::new(
                input,
                format!(
                    "is named as {} data are, and does not hold them; name it as what it is, or pack it again",
                    named.word()
                ),
            ));
        }
        let reader: Box<dyn Read + Send> = match packing {
            Some(Packing::Gzip) => Box::new(flate2::read::MultiGzDecoder::new(rest)),
            Some(Packing::Zstd) => Box::new(
                zstd::stream::read::Decoder::new(rest)
                    .map_err(|error| unreadable(&input, packing, &error))?,
            ),
            Some(other) => {
                return Err(InputFailure::new(
                    input,
                    format!("holds {} data, which are not read; unpack it first", other.word()),
                ));
            }
            None => Box::new(rest),
        };
        let mut source = Source {
            input,
            packing,
            reader,
            buffer: vec![0; BUFFER].into(),
            start: 0,
            end: 0,
        };
        source.begin()?;
        Ok(source)
    }
}

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    Zip,
}

impl Packing {
    /// What the first bytes say.
    fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            // A frame, or one that is skipped: some tools put one first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            [b'B', b'Z', b'h', ..] => Some(Self::Bzip2),
            [0xfd, b'7', b'z', b'X', ..] => Some(Self::Xz),
            [b'P', b'K', 3, 4, ..] => Some(Self::Zip),
            _ => None,
        }
    }

    /// What the end of a file's name says.
    fn named(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "gz" | "gzip" => Some(Self::Gzip),
            "zst" | "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zip => "zip",
        }
    }
}

/// Whether the end of a file's name says that it is packed.
pub(super) fn is_packing(extension: &str) -> bool {
    Packing::named(extension).is_some()
}

/// The bytes of an input, unpacked, without the mark that some tools put before UTF-8.
pub(crate) struct Source {
    input: String,
    packing: Option<Packing>,
    reader: Box<dyn Read + Send>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Source {
    /// How messages name the input.
    pub(crate) fn name(&self) -> &str {
        &self.input
    }

    /// A failure of this input.
    pub(crate) fn failure(&self, text: impl Into<String>) -> InputFailure {
        InputFailure::new(&self.input, text)
    }

    /// Takes the mark of UTF-8 away and refuses UTF-16.
    fn begin(&mut self) -> Result<(), InputFailure> {
        match self.fill_to(4)? {
            [0xef, 0xbb, 0xbf, ..] => self.consume(3),
            // With its mark, or without: no text that is read here has a zero in it.
            [0xff, 0xfe, ..]
            | [0xfe, 0xff, ..]
            | [1..=255, 0, 1..=255, 0, ..]
            | [0, 1..=255, 0, 1..=255, ..] => {
                return Err(
                    self.failure("is written in UTF-16; convert it to UTF-8 first: iconv -f UTF-16 -t UTF-8")
                );
            }
            _ => {}
        }
        Ok(())
    }

    /// The bytes that are there: at least `least` of them, at most [`BUFFER`], where the input has so many.
    pub(crate) fn fill_to(&mut self, least: usize) -> Result<&[u8], InputFailure> {
        while self.end - self.start < least.min(BUFFER) {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => break,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&self.input, self.packing, &error)),
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// The bytes that are there; none at the end of the input.
    pub(crate) fn fill(&mut self) -> Result<&[u8], InputFailure> {
        self.fill_to(1)
    }

    /// The next byte, which stays; none at the end of the input.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, InputFailure> {
        if self.start == self.end {
            self.fill()?;
        }
        Ok(self.buffer[..self.end].get(self.start).copied())
    }

    /// Passes over bytes that were looked at.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }
}

/// The first bytes, and a reader that begins with them.
fn peek(mut reader: Box<dyn Read + Send>) -> io::Result<(Vec<u8>, impl Read + Send + 'static)> {
    let mut head = Vec::with_capacity(4);
    reader.by_ref().take(4).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}

fn unreadable(input: &str, packing: Option<Packing>, error: &io::Error) -> InputFailure {
    let text = match packing {
        Some(packing) if error.kind() == io::ErrorKind::UnexpectedEof => format!(
            "ends in the middle of its {} data: it was cut off; fetch or pack it again",
            packing.word()
        ),
        Some(Packing::Zstd) if error.to_string().contains("too much memory") => {
            "was packed with a window of more than 128 MiB, and so much memory is not taken; pack it again without \
             --ultra and --long, or with --long=27 at most"
                .to_owned()
        }
        Some(packing) if error.raw_os_error().is_none() => {
            format!(
                "has damaged {} data: {error}; fetch or pack it again",
                packing.word()
            )
        }
        _ => format!("cannot be read: {error}"),
    };
    InputFailure::new(input, text)
}

/// Counts the bytes that pass.
struct Counted<R> {
    reader: R,
    read: BytesRead,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.read.0.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
impl Opened {
    /// Bytes as if they came from a file of this name.
    pub(crate) fn of(name: &str, reader: impl Read + Send + 'static) -> Self {
        Self {
            name: name.to_owned(),
            path: Some(PathBuf::from(name)),
            reader: Box::new(reader),
            read: BytesRead::default(),
            size: None,
        }
    }
}
