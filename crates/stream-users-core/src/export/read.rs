//! How a part of the file is read over HTTP: what is asked of a file store, and what its answers mean.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{StatusCode, Uri, Version};
use stream_users_model::{CustomData, ExportedFile};

use super::{ExportPart, READ_EXPORT, ReadExport};
use crate::client::is_loopback;
use crate::error::{Error, ErrorBuilder, ErrorKind, Result};
use crate::response::Response;
use crate::transport::TransportErrorKind;
use crate::users::Users;

impl<C: CustomData> Users<C> {
    /// Reads a part of an export's file: [`UsersApi::read_export`](crate::UsersApi::read_export).
    pub(crate) async fn fetch_export(&self, request: ReadExport) -> Result<Response<ExportPart>> {
        let uri = address(&request.file, self.client().base_url())?;
        let headers = headers(&request)?;
        let fetched = self
            .client()
            .fetch(&READ_EXPORT, uri, headers, self.options())
            .await;
        let (answer, meta) = fetched.map_err(|error| match error.transport() {
            Some(TransportErrorKind::TooLarge) => too_large(&error),
            _ => error,
        })?;
        let part = part(&request, answer).map_err(|problem| problem.error().meta(meta.clone()).build())?;
        Ok(Response { body: part, meta })
    }
}

/// The address of the file, unless it would go over the network for all to read.
fn address(file: &ExportedFile, base_url: &str) -> Result<Uri> {
    // The parser's own words are left out: whoever has the address can read the file.
    let uri: Uri = file
        .url
        .parse()
        .map_err(|_| invalid("the file's url cannot be read; ask for a new export"))?;
    let Some(host) = uri.host() else {
        return Err(invalid("the file's url names no host; ask for a new export"));
    };
    let base: Option<Uri> = base_url.parse().ok();
    // Who reaches a local Stream without TLS reaches its files so, too.
    let is_the_clients = || {
        base.as_ref()
            .is_some_and(|base| base.scheme_str() == Some("http") && base.host() == Some(host))
    };
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_loopback(host) || is_the_clients() => Ok(uri),
        _ => Err(invalid(
            "the file's url is not https, and the file would be readable on its way; it is not fetched",
        )),
    }
}

fn headers(request: &ReadExport) -> Result<HeaderMap> {
    let last = request.start.saturating_add(request.length.max(1) - 1);
    let mut headers = HeaderMap::with_capacity(3);
    let range = HeaderValue::try_from(format!("bytes={}-{last}", request.start));
    headers.insert(
        header::RANGE,
        range.map_err(|_| invalid("the range cannot be asked for"))?,
    );
    // A part of a compressed file could not be read on its own.
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    // Refused with 412 where the file has changed, rather than answered with the whole of it as `If-Range` is. A weak tag,
    // or a date, is compared with that of the answer instead.
    if let Some(tag) = request.validator.as_ref().filter(|tag| tag.starts_with('"')) {
        let tag = HeaderValue::try_from(tag).map_err(|_| invalid("the validator is none"))?;
        headers.insert(header::IF_MATCH, tag);
    }
    Ok(headers)
}

/// Why an answer holds no part.
enum Problem {
    Changed,
    Unreadable(&'static str),
    Refused(StatusCode),
}

impl Problem {
    fn error(self) -> ErrorBuilder {
        match self {
            Self::Changed => changed(),
            Self::Unreadable(reason) => failed(
                ErrorKind::Decode,
                format!("the part of the file could not be read: {reason}"),
            ),
            Self::Refused(status) => refused(status),
        }
    }
}

fn part(request: &ReadExport, answer: http::Response<Bytes>) -> Result<ExportPart, Problem> {
    let (head, body) = answer.into_parts();
    let text = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    let is_success = head.status.is_success();
    if is_success && text(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Problem::Unreadable(
            "the file store sent it compressed, which was not asked for",
        ));
    }
    let validator = text(header::ETAG).or_else(|| text(header::LAST_MODIFIED));
    let validator = validator.map(str::to_owned);
    let part = |bytes: Bytes, is_last, total| ExportPart {
        bytes,
        is_last,
        total,
        validator: validator.clone(),
    };
    match head.status {
        StatusCode::PARTIAL_CONTENT => {
            let range = text(header::CONTENT_RANGE).and_then(content_range);
            let Some(Range { start, end, total }) = range else {
                return Err(Problem::Unreadable(
                    "the file store does not say which part of it came",
                ));
            };
            let fits = usize::try_from(end - start).is_ok_and(|last| Some(body.len()) == last.checked_add(1));
            if start != request.start || !fits {
                return Err(Problem::Unreadable(
                    "the file store sent another part than it was asked for",
                ));
            }
            let is_last = total.is_some_and(|total| end + 1 == total);
            Ok(part(body, is_last, total))
        }
        // The file store knows no ranges: this is all of it.
        StatusCode::OK => {
            // Where the connection's end is the file's, one that was cut off looks whole.
            let is_framed = head.version >= Version::HTTP_2
                || head.headers.contains_key(header::CONTENT_LENGTH)
                || head.headers.contains_key(header::TRANSFER_ENCODING);
            let total = is_framed.then(|| u64::try_from(body.len()).unwrap_or(u64::MAX));
            let rest = usize::try_from(request.start)
                .ok()
                .filter(|start| *start <= body.len())
                .map(|start| body.slice(start..));
            Ok(part(rest.ok_or(Problem::Changed)?, true, total))
        }
        // There is nothing from there on: as it should be at the end, and before it means that the file is shorter now.
        StatusCode::RANGE_NOT_SATISFIABLE => {
            let total = text(header::CONTENT_RANGE)
                .and_then(|range| range.strip_prefix("bytes */"))
                .and_then(|total| total.parse().ok())
                .unwrap_or(request.start);
            if total == request.start {
                Ok(part(Bytes::new(), true, Some(total)))
            } else {
                Err(Problem::Changed)
            }
        }
        StatusCode::PRECONDITION_FAILED => Err(Problem::Changed),
        status => Err(Problem::Refused(status)),
    }
}

struct Range {
    start: u64,
    end: u64,
    total: Option<u64>,
}

/// Reads `bytes 0-99/1000`, or `bytes 0-99/*`.
fn content_range(text: &str) -> Option<Range> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let range = Range {
        start: start.parse().ok()?,
        end: end.parse().ok()?,
        total: if total == "*" {
            None
        } else {
            Some(total.parse().ok()?)
        },
    };
    let is_one = range.start <= range.end && range.total.is_none_or(|total| range.end < total);
    is_one.then_some(range)
}

/// Without the body: what file stores answer may hold the signature that was sent.
fn refused(status: StatusCode) -> ErrorBuilder {
    let code = status.as_u16();
    let text = match code {
        401 | 403 | 404 | 410 => format!(
            "the file store answered http {code}: the url of the file has expired, or the file is gone; \
             ask for a new export"
        ),
        300..=399 => format!("the file store answered http {code}, a redirect, which is not followed"),
        _ => format!("the file store answered http {code}"),
    };
    failed(ErrorKind::Api, text)
}

pub(super) fn changed() -> ErrorBuilder {
    failed(
        ErrorKind::Decode,
        "the file is not the one that was begun: it has changed since; download it from its begin",
    )
}

fn too_large(error: &Error) -> Error {
    let text = "the part of the file is larger than the transport takes; ask for smaller parts, or raise the \
                transport's limit where the file store knows no ranges";
    let failed = failed(error.kind(), text);
    match error.meta() {
        Some(meta) => failed.meta(meta.clone()).build(),
        None => failed.build(),
    }
}

fn invalid(text: &str) -> Error {
    failed(ErrorKind::Invalid, text).build()
}

/// Reading changes nothing, so that no failure leaves an effect.
pub(super) fn failed(kind: ErrorKind, text: impl Into<String>) -> ErrorBuilder {
    Error::builder(kind)
        .operation(READ_EXPORT.name)
        .message(text)
        .may_have_been_applied(false)
}
