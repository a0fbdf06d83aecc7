//! The parts of export files, redacted without changing a length: ranges, offsets and cursors stay as they are. A record
//! may lie in several parts, so that they are looked at together, when a cassette is made.

use std::ops::Range;

use bytes::Bytes;
use http::{StatusCode, header};

use super::exchange::{Body, Reply, http_reply, is_encoded};
use super::json::{Json, NotHeld};
use super::redact::{Known, Redactor};
use super::redaction::Redaction;
use super::tables;

/// A part as it came. It is a secret, and stays in memory.
#[derive(Clone)]
pub(super) struct Part {
    /// Which file it is of, and which content of it.
    file: (String, Option<String>),
    start: usize,
    bytes: Bytes,
    /// Whether the file ends with it.
    is_last: bool,
}

impl Part {
    /// The part of a file that an answer has; `None` where the client takes none from it.
    pub(super) fn of(address: &str, response: &http::Response<Bytes>) -> Option<Self> {
        let text = |name| {
            let value: Option<&http::HeaderValue> = response.headers().get(name);
            value.and_then(|value| value.to_str().ok())
        };
        if is_encoded(response.headers()) {
            return None;
        }
        let bytes = response.body().clone();
        let (start, is_last) = match response.status() {
            StatusCode::OK => (0, true),
            StatusCode::PARTIAL_CONTENT => {
                let (range, total) = text(header::CONTENT_RANGE)?
                    .strip_prefix("bytes ")?
                    .split_once('/')?;
                let (start, end) = range.split_once('-')?;
                let (start, end): (usize, usize) = (start.parse().ok()?, end.parse().ok()?);
                let length = end.checked_sub(start)?.checked_add(1)?;
                let total: Option<usize> = total.parse().ok();
                if length != bytes.len() {
                    return None;
                }
                (start, total == end.checked_add(1))
            }
            _ => return None,
        };
        // A place behind every file is no place in one.
        if bytes.is_empty() || start.checked_add(bytes.len()).is_none() {
            return None;
        }
        Some(Self {
            file: (address.to_owned(), text(header::ETAG).map(str::to_owned)),
            start,
            bytes,
            is_last,
        })
    }

    fn end(&self) -> usize {
        self.start + self.bytes.len()
    }
}

/// What became of all parts, in their order.
pub(super) fn redact(
    parts: &[(&Part, &http::Response<()>)],
    redaction: &Redaction,
    known: &Known,
) -> Vec<Reply> {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|index| {
        let part = parts[*index].0;
        (&part.file, part.start, part.end())
    });
    let mut replies: Vec<Option<Reply>> = vec![None; parts.len()];
    let mut rest = &*order;
    while let Some((first, _)) = rest.split_first() {
        let mut run = Run::new(parts[*first].0);
        let count = rest
            .iter()
            .take_while(|index| run.takes(parts[**index].0))
            .count();
        let (members, others) = rest.split_at(count.max(1));
        rest = others;
        let lines = run.redacted(redaction, known);
        for index in members {
            let (part, response) = parts[*index];
            let range = part.start - run.start..part.end() - run.start;
            replies[*index] = Some(match lines.text(&range) {
                Ok(text) => http_reply(response, Body::Text(text), known),
                Err(reason) => Reply::Unrecorded(reason),
            });
        }
    }
    replies.into_iter().flatten().collect()
}

/// Parts of one file that lie without a gap.
struct Run<'p> {
    first: &'p Part,
    start: usize,
    bytes: Vec<u8>,
    is_last: bool,
}

impl<'p> Run<'p> {
    fn new(first: &'p Part) -> Self {
        Self {
            first,
            start: first.start,
            bytes: Vec::new(),
            is_last: false,
        }
    }

    /// Adds a part that begins in the run or where it ends, unless it says something else than the run.
    fn takes(&mut self, part: &Part) -> bool {
        let end = self.start + self.bytes.len();
        if part.file != self.first.file || part.start > end {
            return false;
        }
        let offset = part.start - self.start;
        let shared = (end - part.start).min(part.bytes.len());
        if self.bytes[offset..offset + shared] != part.bytes[..shared] {
            return false;
        }
        self.bytes.extend_from_slice(&part.bytes[shared..]);
        self.is_last |= part.is_last;
        true
    }

    /// The same bytes, redacted line by line.
    fn redacted(&self, redaction: &Redaction, known: &Known) -> Lines {
        let mut lines = Lines::default();
        for line in self.bytes.split_inclusive(|byte| *byte == b'\n') {
            let begin = lines.text.len();
            let (content, end) = match line.strip_suffix(b"\n") {
                Some(content) => (content, "\n"),
                None => (line, ""),
            };
            let begins = begin > 0 || self.start == 0;
            let ends = !end.is_empty() || self.is_last;
            match redacted_line(content, begins, ends, redaction, known) {
                Ok(text) => lines.text.push_str(&text),
                Err(reason) => {
                    let reason = format!("the record at byte {} of the file {reason}", self.start + begin);
                    lines.text.extend(std::iter::repeat_n(' ', content.len()));
                    lines.failed.push((begin..begin + line.len(), reason));
                }
            }
            lines.text.push_str(end);
        }
        lines
    }
}

#[derive(Default)]
struct Lines {
    /// As long as the run.
    text: String,
    /// What could not be redacted, and why.
    failed: Vec<(Range<usize>, String)>,
}

impl Lines {
    fn text(&self, range: &Range<usize>) -> Result<String, String> {
        let touches = |failed: &Range<usize>| failed.start < range.end && range.start < failed.end;
        if let Some((_, reason)) = self.failed.iter().find(|(failed, _)| touches(failed)) {
            return Err(reason.clone());
        }
        // Redacted text may have ids of several bytes a character, cut by the border of a part.
        let bytes = &self.text.as_bytes()[range.clone()];
        let text = std::str::from_utf8(bytes);
        text.map(str::to_owned)
            .map_err(|_| "the part begins or ends within a character".to_owned())
    }
}

/// A line of the same length that says nothing.
fn redacted_line(
    content: &[u8],
    begins: bool,
    ends: bool,
    redaction: &Redaction,
    known: &Known,
) -> Result<String, &'static str> {
    let blank = || " ".repeat(content.len());
    if content.trim_ascii().is_empty() {
        return Ok(blank());
    }
    if !ends {
        // The client asks for the next part before it looks at such a line.
        return Ok(blank());
    }
    let json = match Json::parse(content) {
        Ok(json) => json,
        Err(_) if !begins => return Err("began in a part that was not recorded"),
        Err(NotHeld::NotJson) => return Ok("#".repeat(content.len())),
        Err(NotHeld::Odd) => {
            return Err("cannot be redacted: it is nested too deeply, or has odd characters");
        }
    };
    let kind = json.get("type").and_then(Json::as_str);
    if !begins && (kind.is_none() || json.get("data").is_none()) {
        return Err("began in a part that was not recorded");
    }
    let rule = tables::of_record(kind);
    let redacted = Redactor::new(redaction, known, true).fitting().value(rule, &json);
    let mut text = serde_json::to_string(&redacted).map_err(|_| "cannot be written")?;
    let missing = content
        .len()
        .checked_sub(text.len())
        .ok_or("cannot be redacted without becoming longer")?;
    text.extend(std::iter::repeat_n(' ', missing));
    Ok(text)
}
