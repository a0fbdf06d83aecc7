//! A request and what became of it, redacted: what a cassette holds. The file around them belongs to `file`.

use http::header::{self, HeaderMap, HeaderName};
use http::{StatusCode, Uri, Version};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use stream_users_core::{Attempt, OperationInfo, TransportErrorKind};
use stream_users_model::{Operation, operation};

use super::json::{Json, NotHeld};
use super::redact::{Known, REDACTED, Redactor, is_field_name, is_word};
use super::redaction::Redaction;
use super::rule::Rule;
use super::tables;

/// The largest body that is kept by its length alone: 64 MiB.
pub(super) const LONGEST: usize = 64 * 1024 * 1024;

/// What stays as it is in a segment of a path (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A call's attempt: a request and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Interaction {
    /// The name of the operation, where the engine said which it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) operation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<u32>,
    pub(super) request: Request,
    pub(super) answer: Reply,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) method: String,
    /// The path of an operation, or the place of a file.
    pub(super) path: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) query: Vec<(String, Json)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    pub(super) body: Body,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    Http(Http),
    /// The kind of a transport's error.
    Error(String),
    /// The call was dropped before an answer came, or it had not come when the cassette was made.
    None,
    /// It came and cannot be kept, for this reason.
    Unrecorded(String),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Http {
    pub(super) status: u16,
    /// `HTTP/1.1` where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    pub(super) body: Body,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Body {
    #[default]
    Empty,
    Json(Json),
    /// So many bytes that are no JSON.
    Length(usize),
    /// A part of a file, redacted.
    Text(String),
}

impl Body {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

pub(super) const VERSIONS: &[(Version, &str)] = &[
    (Version::HTTP_09, "HTTP/0.9"),
    (Version::HTTP_10, "HTTP/1.0"),
    (Version::HTTP_11, "HTTP/1.1"),
    (Version::HTTP_2, "HTTP/2"),
    (Version::HTTP_3, "HTTP/3"),
];

pub(super) const KINDS: &[(TransportErrorKind, &str)] = &[
    (TransportErrorKind::Connect, "connect"),
    (TransportErrorKind::Timeout, "timeout"),
    (TransportErrorKind::Interrupted, "interrupted"),
    (TransportErrorKind::TooLarge, "too_large"),
    (TransportErrorKind::Request, "request"),
];

/// What a request is of: an operation of this project's, of somebody else's, or a file.
pub(super) struct Subject {
    /// The operation, where its bodies are known.
    pub(super) known: Option<&'static Operation>,
    pub(super) name: Option<&'static str>,
    /// The template and the path behind the base URL; `None` for a file.
    path: Option<(&'static str, String)>,
}

impl Subject {
    pub(super) fn of<B>(request: &http::Request<B>) -> Self {
        let said = request
            .extensions()
            .get::<OperationInfo>()
            .map(|info| info.operation);
        let path = request.uri().path();
        // A request that no client made says nothing about itself.
        let of_method = operation::ALL
            .iter()
            .filter(|operation| said.is_none() && operation.method.as_str() == request.method().as_str());
        let found = said
            .into_iter()
            .filter(|said| said.name != "read_export")
            .chain(of_method)
            .find_map(|operation| Some((operation, tail(operation.path, path)?)));
        Self {
            known: found
                .as_ref()
                .map(|(operation, _)| *operation)
                .filter(|operation| operation::find(operation.name) == Some(operation)),
            name: said.map(|said| said.name),
            path: found.map(|(operation, path)| (operation.path, path)),
        }
    }

    pub(super) fn is_file(&self) -> bool {
        self.path.is_none()
    }
}

/// The end of a path that a template describes; `None` where none does.
fn tail(template: &str, path: &str) -> Option<String> {
    let wanted: Vec<&str> = template.split('/').skip(1).collect();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let segments = segments.get(segments.len().checked_sub(wanted.len())?..)?;
    let fits = wanted
        .iter()
        .zip(segments)
        .all(|(wanted, segment)| wanted.starts_with('{') || wanted == segment);
    fits.then(|| format!("/{}", segments.join("/")))
}

/// The request as a cassette holds it.
pub(super) fn request<B: AsRef<[u8]>>(
    request: &http::Request<B>,
    subject: &Subject,
    redaction: &Redaction,
    known: &Known,
) -> Request {
    let rule = tables::of_request(subject.known);
    let (path, query) = match &subject.path {
        Some((template, path)) => (
            redacted_path(template, path, redaction),
            query(request.uri(), rule, redaction, known),
        ),
        None => (known.address(&request.uri().to_string(), false), Vec::new()),
    };
    let headers = request_headers(request.headers(), known);
    let body = request.body().as_ref();
    let body = match Json::parse(body) {
        _ if body.is_empty() => Body::Empty,
        Ok(json) => Body::Json(Redactor::new(redaction, known, false).value(rule, &json)),
        Err(_) => Body::Length(body.len()),
    };
    Request {
        method: request.method().as_str().to_owned(),
        path,
        query,
        headers,
        body,
    }
}

/// The path with the ids as the caller wants them.
fn redacted_path(template: &str, path: &str, redaction: &Redaction) -> String {
    let segments = template.split('/').zip(path.split('/'));
    let segments = segments.map(|(wanted, segment)| {
        if wanted.starts_with('{') {
            let id = percent_decode_str(segment).decode_utf8_lossy();
            utf8_percent_encode(&redaction.id(&id), SEGMENT).to_string()
        } else {
            segment.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn query(uri: &Uri, rule: Rule, redaction: &Redaction, known: &Known) -> Vec<(String, Json)> {
    let pairs = uri.query().unwrap_or_default().split('&');
    let pairs = pairs.filter(|pair| !pair.is_empty());
    let mut redacted = Vec::new();
    for pair in pairs {
        // What stands alone is no name of a field: it may be anything.
        let (name, text) = pair.split_once('=').unwrap_or(("", pair));
        let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (name, text) = (decode(name), decode(text));
        if name == "api_key" {
            continue;
        }
        let rule = match rule {
            Rule::Fields(table) => table.rule(&name),
            _ => Rule::Redact,
        };
        let value = match Json::parse(text.as_bytes()) {
            Ok(document @ (Json::Object(_) | Json::Array(_))) => document,
            // A list of words, and what else is one text.
            _ if matches!(rule, Rule::Word) => Json::Array(
                text.split(',')
                    .map(|word| Json::String(word.to_owned()))
                    .collect(),
            ),
            Ok(Json::Bool(flag)) if matches!(rule, Rule::Plain) => Json::Bool(flag),
            _ => Json::String(text),
        };
        let value = Redactor::new(redaction, known, false).named(&name, rule, &value);
        let name = if is_field_name(&name) { &name } else { REDACTED };
        redacted.push((name.to_owned(), value));
    }
    redacted
}

/// The headers that the answer may depend on.
fn request_headers(headers: &HeaderMap, known: &Known) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    for (name, value) in headers {
        let Ok(text) = value.to_str() else { continue };
        let value = match name.as_str() {
            "accept-encoding" | "stream-auth-type" => is_word(text).then(|| text.to_owned()),
            "content-type" => media_type(text),
            "if-match" => Some(known.tag(text, false)),
            "range" => is_range(text).then(|| text.to_owned()),
            _ => None,
        };
        kept.extend(value.map(|value| (name.as_str().to_owned(), value)));
    }
    kept.sort();
    kept
}

/// The headers that the client reads, where they are what they should be.
pub(super) fn answer_headers(headers: &HeaderMap, known: &Known) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    for (name, value) in headers {
        let Ok(text) = value.to_str() else { continue };
        let is_kept = match name.as_str() {
            "accept-ranges" | "content-encoding" | "transfer-encoding" => is_word(text),
            "age"
            | "content-length"
            | "x-ratelimit-limit"
            | "x-ratelimit-remaining"
            | "x-ratelimit-reset" => is_number(text),
            "retry-after" => is_number(text) || httpdate::parse_http_date(text).is_ok(),
            "content-range" => is_range(text),
            "date" | "last-modified" => httpdate::parse_http_date(text).is_ok(),
            _ => false,
        };
        let value = match name.as_str() {
            "content-type" => media_type(text),
            "etag" => Some(known.tag(text, true)),
            _ => is_kept.then(|| text.to_owned()),
        };
        kept.extend(value.map(|value| (name.as_str().to_owned(), value)));
    }
    kept
}

/// One number, or the same one doubled on the way.
fn is_number(text: &str) -> bool {
    text.len() <= 40
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b", ".contains(&byte))
}

/// `bytes=0-99`, `bytes 0-99/1000` or `bytes */1000`.
fn is_range(text: &str) -> bool {
    text.len() <= 80
        && text.strip_prefix("bytes").is_some_and(|rest| {
            rest.bytes()
                .all(|byte| byte.is_ascii_digit() || b"= -/*".contains(&byte))
        })
}

/// A type of media without its parameters.
fn media_type(text: &str) -> Option<String> {
    const KNOWN: &[&str] = &[
        "application/json",
        "application/jsonl",
        "application/octet-stream",
        "application/problem+json",
        "application/x-ndjson",
        "application/xml",
        "binary/octet-stream",
        "text/html",
        "text/plain",
        "text/xml",
    ];
    let essence = text.split(';').next().unwrap_or(text).trim().to_ascii_lowercase();
    KNOWN.contains(&&*essence).then_some(essence)
}

/// An answer of the service as a cassette holds it.
pub(super) fn answer<B: AsRef<[u8]>>(
    response: &http::Response<B>,
    subject: &Subject,
    redaction: &Redaction,
    known: &Known,
) -> Reply {
    let bytes = response.body().as_ref();
    let body = match Json::parse(bytes) {
        _ if bytes.is_empty() => Body::Empty,
        _ if subject.is_file() || is_encoded(response.headers()) => Body::Length(bytes.len()),
        Ok(json) => {
            let rule = tables::of_answer(subject.known);
            Body::Json(Redactor::new(redaction, known, true).value(rule, &json))
        }
        Err(NotHeld::NotJson) => Body::Length(bytes.len()),
        Err(NotHeld::Odd) => {
            let text = "the answer is JSON that cannot be redacted: it is nested too deeply, or has half a surrogate \
                        pair or a number beyond any";
            return Reply::Unrecorded(text.to_owned());
        }
    };
    http_reply(response, body, known)
}

/// Whether a body is not what it says itself. `identity` is no encoding.
pub(super) fn is_encoded(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// An answer with this body.
pub(super) fn http_reply<B>(response: &http::Response<B>, body: Body, known: &Known) -> Reply {
    let length = match &body {
        Body::Empty => 0,
        Body::Json(json) => serde_json::to_vec(json).map_or(0, |bytes| bytes.len()),
        Body::Length(length) => *length,
        Body::Text(text) => text.len(),
    };
    if length > LONGEST {
        return Reply::Unrecorded(format!("the answer is longer than {LONGEST} bytes"));
    }
    let mut headers = answer_headers(response.headers(), known);
    for (name, value) in &mut headers {
        if name == "content-length" {
            *value = length.to_string();
        }
    }
    let version = VERSIONS
        .iter()
        .find(|(version, _)| *version == response.version());
    Reply::Http(Http {
        status: response.status().as_u16(),
        version: version
            .map(|(_, text)| (*text).to_owned())
            .filter(|text| text != "HTTP/1.1"),
        headers,
        body,
    })
}

impl Interaction {
    pub(super) fn new<B>(request: &http::Request<B>, subject: &Subject, redacted: Request) -> Self {
        Self {
            operation: subject.name.map(str::to_owned),
            attempt: request.extensions().get::<Attempt>().map(|attempt| attempt.0),
            request: redacted,
            answer: Reply::None,
        }
    }

    /// What it is of, in words.
    pub(super) fn title(&self) -> String {
        let operation = self.operation.as_deref().unwrap_or_default();
        let separator = if operation.is_empty() { "" } else { " " };
        format!(
            "{operation}{separator}{} {}",
            self.request.method, self.request.path
        )
    }
}

impl Http {
    /// The answer, byte for byte as it was but for what was redacted.
    pub(super) fn to_response(&self) -> Result<http::Response<bytes::Bytes>, String> {
        let head = self.head()?;
        let body = match &self.body {
            Body::Empty => bytes::Bytes::new(),
            Body::Json(json) => serde_json::to_vec(json)
                .map_err(|error| format!("the body cannot be written: {error}"))?
                .into(),
            // No JSON, as it was none.
            Body::Length(length) => "#".repeat(*length).into(),
            Body::Text(text) => text.clone().into(),
        };
        Ok(head.map(|()| body))
    }

    /// The answer without its body, which is only looked at: a file may say that it is long in a few bytes.
    pub(super) fn head(&self) -> Result<http::Response<()>, String> {
        match &self.body {
            Body::Length(length) if *length > LONGEST => {
                return Err(format!(
                    "the body has {length} bytes; at most {LONGEST} are taken"
                ));
            }
            _ => {}
        }
        let mut response = http::Response::new(());
        *response.status_mut() =
            StatusCode::from_u16(self.status).map_err(|_| format!("{} is no http status", self.status))?;
        if let Some(version) = &self.version {
            let known = VERSIONS.iter().find(|(_, text)| text == version);
            let (known, _) = known.ok_or_else(|| format!("{version:?} is no version of HTTP"))?;
            *response.version_mut() = *known;
        }
        for (name, value) in &self.headers {
            let text = || format!("the header {name:?} cannot stand in an answer");
            let name = HeaderName::try_from(name).map_err(|_| text())?;
            response
                .headers_mut()
                .append(name, value.parse().map_err(|_| text())?);
        }
        Ok(response)
    }
}
