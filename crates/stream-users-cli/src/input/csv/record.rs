//! Cutting CSV into rows and cells. What the cells mean belongs to the columns.
//!
//! As RFC 4180 has it: a cell in quotes may hold delimiters and line ends, and a quote as two. A quote within a cell that
//! does not begin with one is itself. Lines end with `\n`, `\r\n` or `\r`.

use crate::input::failure::InputFailure;
use crate::input::rows::LONGEST_ROW;
use crate::input::source::Source;

/// How many cells of a row are kept.
const MOST_CELLS: usize = 10_000;

/// Reads rows of cells.
pub(super) struct RecordReader {
    source: Source,
    delimiter: u8,
    line: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// A row as it was read; its cells are with the reader.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    /// The line on which it begins, from 1 on.
    pub(super) first: u64,
    /// The line on which it ends.
    pub(super) last: u64,
    /// What is wrong with it.
    pub(super) problem: Option<Problem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    /// It is longer than [`LONGEST_ROW`].
    TooLong,
    /// Something stands between a closing quote and the end of its cell.
    BehindQuote,
    /// A quote was opened and not closed before the end of the input.
    OpenQuote,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Begin,
    Plain,
    Quoted,
    /// Behind a quote in a quoted cell: it is closed, or the quote is one of two.
    Quote,
}

impl RecordReader {
    pub(super) const fn new(source: Source, delimiter: u8) -> Self {
        Self {
            source,
            delimiter,
            line: 1,
            bytes: Vec::new(),
            ends: Vec::new(),
        }
    }

    pub(super) const fn source(&self) -> &Source {
        &self.source
    }

    /// How many cells the row has that was read last.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cells of the row that was read last.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.bytes[start..*end])
    }

    /// Reads the next row that is not an empty line; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record>, InputFailure> {
        loop {
            let record = self.read()?;
            let is_empty = self.ends.len() == 1 && self.bytes.is_empty();
            match record {
                Some(record) if is_empty && record.problem.is_none() => {}
                record => return Ok(record),
            }
        }
    }

    fn read(&mut self) -> Result<Option<Record>, InputFailure> {
        self.bytes.clear();
        self.bytes.shrink_to(64 * 1024);
        self.ends.clear();
        let first = self.line;
        let mut quote = first;
        let mut place = Place::Begin;
        let mut problem = None;
        if self.source.peek()?.is_none() {
            return Ok(None);
        }
        while let Some(byte) = self.source.peek()? {
            self.source.consume(1);
            match (place, byte) {
                (Place::Quoted, b'"') => place = Place::Quote,
                (Place::Quoted, byte) => {
                    self.line += u64::from(byte == b'\n');
                    self.push(byte, &mut problem);
                    if problem == Some(Problem::TooLong) {
                        return Err(self.source.failure(format!(
                            "line {quote} opens a quote that is not closed within {} MiB; close it, or write a quote \
                             in a cell as two",
                            LONGEST_ROW / 1024 / 1024
                        )));
                    }
                }
                (_, byte) if byte == self.delimiter => {
                    if self.ends.len() < MOST_CELLS {
                        self.ends.push(self.bytes.len());
                    } else {
                        problem = Some(Problem::TooLong);
                    }
                    place = Place::Begin;
                }
                (_, b'\n' | b'\r') => {
                    if byte == b'\r' && self.source.peek()? == Some(b'\n') {
                        self.source.consume(1);
                    }
                    let last = self.line;
                    self.line += 1;
                    return Ok(Some(self.end(first, last, problem)));
                }
                (Place::Begin, b'"') => {
                    place = Place::Quoted;
                    quote = self.line;
                }
                (Place::Quote, b'"') => {
                    place = Place::Quoted;
                    self.push(b'"', &mut problem);
                }
                (Place::Quote, byte) => {
                    problem = problem.or(Some(Problem::BehindQuote));
                    place = Place::Plain;
                    self.push(byte, &mut problem);
                }
                (Place::Begin | Place::Plain, byte) => {
                    place = Place::Plain;
                    self.push(byte, &mut problem);
                }
            }
        }
        if place == Place::Quoted {
            problem = Some(Problem::OpenQuote);
        }
        let last = self.line;
        Ok(Some(self.end(first, last, problem)))
    }

    fn push(&mut self, byte: u8, problem: &mut Option<Problem>) {
        if self.bytes.len() < LONGEST_ROW {
            self.bytes.push(byte);
        } else {
            *problem = Some(Problem::TooLong);
        }
    }

    fn end(&mut self, first: u64, last: u64, problem: Option<Problem>) -> Record {
        self.ends.push(self.bytes.len());
        Record { first, last, problem }
    }
}
