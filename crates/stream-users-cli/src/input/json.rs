//! A JSON document: an array of users, or an object of users by id. It is cut into its elements as it is read, so that
//! no more than one of them is in memory; what is wrong inside an element is wrong with that row alone.

use super::failure::InputFailure;
use super::rows::{LONGEST_ROW, RawRow, Rejection, RowReader, text, too_long};
use super::source::Source;

/// Reads the elements of a document. Their numbers are their places, from 1 on.
pub(crate) struct JsonReader {
    source: Source,
    document: Document,
    number: u64,
    line: u64,
    key: String,
    element: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Document {
    NotBegun,
    Array,
    Object,
    Ended,
}

impl JsonReader {
    pub(crate) const fn new(source: Source) -> Self {
        Self {
            source,
            document: Document::NotBegun,
            number: 0,
            line: 1,
            key: String::new(),
            element: Vec::new(),
        }
    }

    /// Passes over one byte.
    fn pass(&mut self, byte: u8) {
        self.line += u64::from(byte == b'\n');
        self.source.consume(1);
    }

    /// The next byte that is no space, which stays.
    fn peek(&mut self) -> Result<Option<u8>, InputFailure> {
        while let Some(byte) = self.source.peek()? {
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.pass(byte);
        }
        Ok(None)
    }

    /// The next byte that is no space, which is passed over.
    fn take(&mut self) -> Result<Option<u8>, InputFailure> {
        let byte = self.peek()?;
        if let Some(byte) = byte {
            self.pass(byte);
        }
        Ok(byte)
    }

    fn wrong(&self, expected: &str, found: Option<u8>) -> InputFailure {
        match found {
            Some(byte) => self.source.failure(format!(
                "is no valid JSON document: line {} should have {expected}, and has {:?}; mend it, or say --format \
                 ndjson where each line is a document of its own",
                self.line,
                char::from(byte)
            )),
            None => self.source.failure(format!(
                "ends in the middle of the JSON document (line {}): it was cut off; fetch it again",
                self.line
            )),
        }
    }

    fn begin(&mut self) -> Result<(), InputFailure> {
        self.document = match self.take()? {
            Some(b'[') => Document::Array,
            Some(b'{') => Document::Object,
            // What was to write it has failed, most likely.
            None => {
                return Err(self
                    .source
                    .failure("is empty, and a JSON document is not: without users it is []"));
            }
            other => return Err(self.wrong("`[` or `{`", other)),
        };
        Ok(())
    }

    /// Comes to the next element: whether there is one.
    fn advance(&mut self) -> Result<bool, InputFailure> {
        let close = match self.document {
            Document::Array => b']',
            _ => b'}',
        };
        let mut next = self.peek()?;
        if self.number > 0 {
            match next {
                Some(b',') => {
                    self.pass(b',');
                    next = self.peek()?;
                    if next == Some(close) {
                        return Err(self.wrong("another element behind the comma", next));
                    }
                }
                Some(byte) if byte == close => {}
                other => return Err(self.wrong("`,` or the end of the list", other)),
            }
        }
        if next == Some(close) {
            self.pass(close);
            self.document = Document::Ended;
            return match self.peek()? {
                None => Ok(false),
                more => Err(self.wrong("nothing more, since the document has ended", more)),
            };
        }
        Ok(true)
    }

    /// Reads the key of the next element of an object: whether it is a text that can be used.
    fn read_key(&mut self) -> Result<bool, InputFailure> {
        let first = self.peek()?;
        if first != Some(b'"') {
            return Err(self.wrong("the id of a user in quotes", first));
        }
        let fits = self.read_value()?;
        let key = fits.then(|| serde_json::from_slice(&self.element).ok()).flatten();
        let colon = self.take()?;
        if colon != Some(b':') {
            return Err(self.wrong("`:` behind the id", colon));
        }
        let is_text = key.is_some();
        self.key = key.unwrap_or_default();
        Ok(is_text)
    }

    /// Reads a value into `self.element`, up to where it ends: whether it fits. It is cut out by its brackets and quotes
    /// alone.
    fn read_value(&mut self) -> Result<bool, InputFailure> {
        self.element.clear();
        self.element.shrink_to(64 * 1024);
        let (mut depth, mut is_text, mut is_escaped, mut fits) = (0_u64, false, false, true);
        self.peek()?;
        loop {
            let bytes = self.source.fill()?;
            if bytes.is_empty() {
                if depth == 0 && !is_text && !self.element.is_empty() {
                    return Ok(fits);
                }
                return Err(self.wrong("more", None));
            }
            let mut count = 0;
            let mut is_end = false;
            for byte in bytes {
                if is_text {
                    match byte {
                        _ if is_escaped => is_escaped = false,
                        b'\\' => is_escaped = true,
                        b'"' => {
                            is_text = false;
                            is_end = depth == 0;
                        }
                        _ => {}
                    }
                } else {
                    match byte {
                        b'"' => is_text = true,
                        b'{' | b'[' => depth += 1,
                        // The end of what the value stands in.
                        b'}' | b']' | b',' if depth == 0 => {
                            is_end = true;
                            break;
                        }
                        b'}' | b']' => {
                            depth -= 1;
                            is_end = depth == 0;
                        }
                        byte if depth == 0 && byte.is_ascii_whitespace() => {
                            is_end = true;
                            break;
                        }
                        _ => {}
                    }
                }
                self.line += u64::from(*byte == b'\n');
                count += 1;
                if is_end {
                    break;
                }
            }
            if fits && self.element.len() + count <= LONGEST_ROW {
                self.element.extend_from_slice(&bytes[..count]);
            } else {
                fits = false;
            }
            self.source.consume(count);
            if is_end {
                return Ok(fits);
            }
        }
    }
}

impl RowReader for JsonReader {
    fn next(&mut self) -> Result<Option<RawRow<'_>>, InputFailure> {
        if self.document == Document::NotBegun {
            self.begin()?;
        }
        if self.document == Document::Ended || !self.advance()? {
            return Ok(None);
        }
        let has_key = self.document == Document::Object;
        let is_key_text = !has_key || self.read_key()?;
        let line = self.line;
        let fits = self.read_value()?;
        self.number += 1;
        let key = (has_key && is_key_text).then_some(self.key.as_str());
        if self.number == 1 && has_key && self.element.first() != Some(&b'{') {
            return Err(self.source.failure(
                "is a JSON object whose first value is no user; give an array of users, an object of users by id, or \
                 say --format ndjson where each line is a user",
            ));
        }
        let json = if !is_key_text {
            Err(Rejection::new(
                "the id under which the user stands is no valid text; mend it",
            ))
        } else if fits {
            text(&self.element)
        } else {
            Err(too_long())
        };
        let json =
            json.map_err(|rejection| Rejection::of(key, format!("{} (line {line})", rejection.reason)));
        Ok(Some(RawRow {
            number: self.number,
            key,
            has_columns: false,
            json,
        }))
    }
}
