//! Downloading an export's file, from a file store by script: `records` is about what is in the file, `stores` about what
//! file stores answer.

mod records;
mod stores;

use std::ops::Range;

use futures_util::StreamExt;
use serde_json::json;
use stream_users_core::Download;
use stream_users_model::{Custom, ExportRecord, ExportedFile};
use stream_users_testing::{Answer, RecordedRequest};

use crate::stage::Stage;

/// Whoever sees this in an error, in `Debug` or in a log has seen the secret.
pub(super) const MARKER: &str = "marker-of-the-signature";

pub(super) fn file() -> ExportedFile {
    ExportedFile::new(format!(
        "https://files.test/exports/users/t-1.jsonl?signature={MARKER}"
    ))
}

pub(super) fn user(id: &str) -> String {
    json!({"type": "user", "data": {"id": id, "created_at": 1, "updated_at": 1}}).to_string()
}

pub(super) fn message(id: &str) -> String {
    json!({"type": "message", "data": {"id": id, "text": "grüße"}}).to_string()
}

pub(super) fn lines(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |text, line| text + line + "\n")
}

/// The range that a request asks for.
pub(super) fn range(request: &RecordedRequest) -> Range<usize> {
    let range = request.header("range").unwrap().strip_prefix("bytes=").unwrap();
    let (first, last) = range.split_once('-').unwrap();
    first.parse().unwrap()..last.parse::<usize>().unwrap() + 1
}

/// What a file store answers that knows ranges and tags.
pub(super) fn part(request: &RecordedRequest, content: &[u8], tag: &str) -> Answer {
    if request.header("if-match").is_some_and(|asked| asked != tag) {
        return Answer::new(412, "");
    }
    let range = range(request);
    let length = content.len();
    if range.start >= length {
        return Answer::new(416, "").header("content-range", &format!("bytes */{length}"));
    }
    let range = range.start..range.end.min(length);
    Answer::new(206, content[range.clone()].to_vec())
        .header(
            "content-range",
            &format!("bytes {}-{}/{length}", range.start, range.end - 1),
        )
        .header("etag", tag)
}

pub(super) fn store(content: impl Into<Vec<u8>>) -> Stage {
    let content = content.into();
    Stage::answering(move |request| part(request, &content, "\"v1\""))
}

pub(super) async fn kinds(download: Download<'_, Custom>) -> Vec<String> {
    download
        .map(|record| match record.unwrap() {
            ExportRecord::User(user) => user.id.to_string(),
            ExportRecord::Message(raw) | ExportRecord::Reaction(raw) => {
                raw.decode::<serde_json::Value>().unwrap()["id"].to_string()
            }
            other => other.kind().to_owned(),
        })
        .collect()
        .await
}
