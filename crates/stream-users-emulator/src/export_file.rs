//! The files that exports have written. Their address is their permission, as with a signed address of a file
//! store: it carries a signature, and no key or token is asked for.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::app::App;
use crate::dispatch;
use crate::offload;
use crate::read::{Query, percent_decode};
use crate::refusal::Refusal;
use crate::router::variable;
use crate::store::exports;

/// The route of all files.
const PATH: &str = "/exports/users/{file}";

/// Where the file of a task is found.
pub(crate) fn address(origin: &str, task: &str, signature: &str) -> String {
    format!("{origin}/exports/users/{task}.jsonl?signature={signature}")
}

pub(crate) fn router(app: &Arc<App>) -> Router {
    let app = app.clone();
    Router::new().route(
        PATH,
        get(move |request: Request| {
            let app = app.clone();
            async move { offload::run(&app, request.into_parts().0, answer).await }
        }),
    )
}

fn answer(app: &App, parts: &Parts) -> Response {
    let began = Instant::now();
    match file(app, parts) {
        Ok(file) => file.answer(&parts.headers),
        Err(refusal) => dispatch::refuse(app, parts, refusal, began),
    }
}

/// A file, which never changes once it is written.
struct File {
    content: Bytes,
    /// What `ETag` says.
    tag: String,
}

fn file(app: &App, parts: &Parts) -> Result<File, Refusal> {
    let name = percent_decode(variable(PATH, parts.uri.path()));
    let task = name.strip_suffix(".jsonl").unwrap_or(&name);
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let signature = query.get("signature").unwrap_or_default();
    let content = app
        .store
        .transact(|tx| exports::find(tx, task, signature))?
        .ok_or_else(|| Refusal::not_allowed("no such file, or the signature is wrong"))?;
    Ok(File {
        content: content.into(),
        tag: format!("\"{task}\""),
    })
}

impl File {
    /// The file or the part of it that is asked for, as file stores answer: parts one at a time.
    fn answer(&self, headers: &HeaderMap) -> Response {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let is_this = |tags: &str| {
            tags.split(',')
                .any(|tag| tag.trim() == self.tag || tag.trim() == "*")
        };
        let length = self.content.len();
        let (status, range, content) = if text(header::IF_MATCH).is_some_and(|tags| !is_this(tags)) {
            (StatusCode::PRECONDITION_FAILED, None, Bytes::new())
        } else {
            // A range of another content than this one is not meant.
            let range = text(header::RANGE).filter(|_| text(header::IF_RANGE).is_none_or(is_this));
            match range.map_or(Asked::Everything, |range| asked(range, length)) {
                Asked::Everything => (StatusCode::OK, None, self.content.clone()),
                Asked::Part(range) => (
                    StatusCode::PARTIAL_CONTENT,
                    Some(format!("bytes {}-{}/{length}", range.start, range.end - 1)),
                    self.content.slice(range),
                ),
                Asked::Nothing => (
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    Some(format!("bytes */{length}")),
                    Bytes::new(),
                ),
            }
        };
        let mut answer = Response::new(Body::from(content));
        *answer.status_mut() = status;
        let answered = [
            (header::CONTENT_TYPE, Some("application/x-ndjson")),
            (header::ACCEPT_RANGES, Some("bytes")),
            (header::ETAG, Some(&*self.tag)),
            (header::CONTENT_RANGE, range.as_deref()),
        ];
        for (name, value) in answered {
            // A name that cannot stand in a header is that of no file.
            if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
                answer.headers_mut().insert(name, value);
            }
        }
        answer
    }
}

/// What a `Range` asks for.
enum Asked {
    /// All of it: no range, one of no bytes, several of them, or none that can be read is left out of account, as HTTP
    /// wants it.
    Everything,
    Part(Range<usize>),
    /// What lies behind the end.
    Nothing,
}

fn asked(range: &str, length: usize) -> Asked {
    match range_of(range, length) {
        None => Asked::Everything,
        Some(range) if range.start < range.end => Asked::Part(range),
        Some(_) => Asked::Nothing,
    }
}

/// The bytes of a file of this length; empty behind its end.
fn range_of(text: &str, length: usize) -> Option<Range<usize>> {
    let (first, last) = text.strip_prefix("bytes=")?.trim().split_once('-')?;
    let number = |text: &str| -> Option<usize> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too large is beyond the end in any case.
        is_number.then(|| text.parse().unwrap_or(usize::MAX))
    };
    if first.is_empty() {
        return Some(length.saturating_sub(number(last)?)..length);
    }
    let first = number(first)?;
    let last = if last.is_empty() {
        usize::MAX
    } else {
        number(last)?
    };
    (first <= last).then(|| first..last.saturating_add(1).min(length))
}
