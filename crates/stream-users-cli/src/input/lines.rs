//! Lines of an input: NDJSON, and ids of which one stands on a line.

use super::failure::InputFailure;
use super::rows::{LONGEST_ROW, RawRow, RowReader, text, too_long};
use super::source::Source;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// A JSON value.
    Json,
    /// A text as it stands, without the space around it.
    Text,
}

/// Reads lines. Those with nothing but space are passed over.
pub(crate) struct LineReader {
    source: Source,
    lines: Lines,
    number: u64,
    line: Vec<u8>,
    json: String,
}

impl LineReader {
    pub(crate) const fn new(source: Source, lines: Lines) -> Self {
        Self {
            source,
            lines,
            number: 0,
            line: Vec::new(),
            json: String::new(),
        }
    }

    /// Reads the next line into `self.line`, without its end: whether it fits, or `None` at the end of the input.
    fn read_line(&mut self) -> Result<Option<bool>, InputFailure> {
        self.line.clear();
        self.line.shrink_to(64 * 1024);
        let mut fits = true;
        let mut is_any = false;
        loop {
            let bytes = self.source.fill()?;
            if bytes.is_empty() {
                break;
            }
            is_any = true;
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if fits && self.line.len() + part.len() <= LONGEST_ROW {
                self.line.extend_from_slice(part);
            } else {
                fits = false;
            }
            let count = part.len() + usize::from(end.is_some());
            self.source.consume(count);
            if end.is_some() {
                break;
            }
        }
        if !is_any {
            return Ok(None);
        }
        self.number += 1;
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok(Some(fits))
    }
}

impl RowReader for LineReader {
    fn next(&mut self) -> Result<Option<RawRow<'_>>, InputFailure> {
        let fits = loop {
            match self.read_line()? {
                None => return Ok(None),
                Some(true) if self.line.trim_ascii().is_empty() => {}
                Some(fits) => break fits,
            }
        };
        let json = if fits { text(&self.line) } else { Err(too_long()) };
        let json = match (self.lines, json) {
            (Lines::Text, Ok(line)) => {
                self.json = serde_json::Value::from(line.trim()).to_string();
                Ok(self.json.as_str())
            }
            (_, json) => json,
        };
        Ok(Some(RawRow {
            number: self.number,
            key: None,
            has_columns: false,
            json,
        }))
    }
}
