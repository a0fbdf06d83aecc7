//! How an HTTP request becomes a WebSocket (RFC 6455, section 4), or what was answered instead. It is done here and not by
//! tungstenite because that writes the request, with the token in it, to its log, and keeps of a refusal only what came
//! with its head.

use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE,
};
use http::{Response, StatusCode, Uri};
use stream_users_core::{TransportError, TransportErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The largest head of an answer, and the largest body of a refusal; of a larger one the beginning is kept.
const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;

const ACCEPT: HeaderName = HeaderName::from_static("sec-websocket-accept");

/// What came of it.
pub(super) enum Upgraded {
    /// A WebSocket, and what it has sent already.
    WebSocket { headers: HeaderMap, sent: Vec<u8> },
    /// Another answer.
    Answer(Response<Bytes>),
}

/// Asks for a WebSocket at `uri`, with these headers beside those of the protocol.
pub(super) async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Upgraded, TransportError> {
    let key = generate_key();
    let request = request(uri, headers, &key);
    stream.write_all(&request).await.map_err(lost)?;
    stream.flush().await.map_err(lost)?;
    let mut came = Vec::new();
    let head = head(stream, &mut came).await?;
    if head.status() != StatusCode::SWITCHING_PROTOCOLS {
        let body = body(stream, head.headers(), came).await;
        return Ok(Upgraded::Answer(head.map(|()| body.into())));
    }
    let headers = head.into_parts().0.headers;
    if is_websocket(&headers, &key) {
        Ok(Upgraded::WebSocket { headers, sent: came })
    } else {
        Err(broken(
            "what answered has switched to another protocol than WebSocket",
        ))
    }
}

fn request(uri: &Uri, headers: &HeaderMap, key: &str) -> Vec<u8> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let mut request = format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n"
    )
    .into_bytes();
    for (name, value) in headers {
        request.extend_from_slice(name.as_str().as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request
}

/// The head of the answer. What came behind it stays in `came`.
async fn head<S: AsyncRead + Unpin>(
    stream: &mut S,
    came: &mut Vec<u8>,
) -> Result<Response<()>, TransportError> {
    loop {
        while let Some((head, length)) = parse(came)? {
            came.drain(..length);
            // What is said before the answer, such as early hints, is no answer.
            if !head.status().is_informational() || head.status() == StatusCode::SWITCHING_PROTOCOLS {
                return Ok(head);
            }
        }
        if came.len() >= MAX_HEAD {
            return Err(broken("the head of the answer is too large"));
        }
        if stream.read_buf(came).await.map_err(lost)? == 0 {
            return Err(TransportErrorKind::Interrupted.into());
        }
    }
}

/// The head, and how long it is, once it is whole.
fn parse(came: &[u8]) -> Result<Option<(Response<()>, usize)>, TransportError> {
    let not_http = || broken("what answered does not speak HTTP");
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let length = match parsed.parse(came) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(not_http()),
    };
    let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
    let mut head = Response::new(());
    *head.status_mut() = status.ok_or_else(not_http)?;
    for header in parsed.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| not_http())?;
        let value = HeaderValue::from_bytes(header.value).map_err(|_| not_http())?;
        head.headers_mut().append(name, value);
    }
    Ok(Some((head, length)))
}

/// The body of a refusal, as far as it comes and is not too large. One whose length is not stated is not waited for, since
/// it ends with the connection, which may stay open.
async fn body<S: AsyncRead + Unpin>(stream: &mut S, headers: &HeaderMap, mut came: Vec<u8>) -> Vec<u8> {
    let is_chunked = has(headers, &TRANSFER_ENCODING, "chunked");
    let stated = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let length = stated.unwrap_or(0).min(MAX_BODY);
    loop {
        let is_whole = if is_chunked {
            unchunked(&came).1
        } else {
            came.len() >= length
        };
        if is_whole || came.len() >= MAX_BODY {
            break;
        }
        match stream.read_buf(&mut came).await {
            Ok(read) if read > 0 => {}
            _ => break,
        }
    }
    if is_chunked { unchunked(&came).0 } else { came }
}

/// What stands in the chunks that have come, and whether the last one has.
fn unchunked(mut came: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((start, length))) = httparse::parse_chunk_size(came) else {
            return (body, false);
        };
        if length == 0 {
            return (body, true);
        }
        let rest = &came[start..];
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        body.extend_from_slice(&rest[..length.min(rest.len())]);
        match rest.get(length.saturating_add(2)..) {
            Some(next) => came = next,
            None => return (body, false),
        }
    }
}

fn is_websocket(headers: &HeaderMap, key: &str) -> bool {
    let accept = headers.get(ACCEPT).map(HeaderValue::as_bytes);
    has(headers, &UPGRADE, "websocket")
        && has(headers, &CONNECTION, "upgrade")
        && accept == Some(derive_accept_key(key.as_bytes()).as_bytes())
}

/// Whether a header that is a list has this word.
fn has(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().eq_ignore_ascii_case(word))
}

fn broken(message: &'static str) -> TransportError {
    TransportError::new(TransportErrorKind::Interrupted).with_message(format!(
        "{message}: check the base url, and what stands between here and the service"
    ))
}

fn lost(error: std::io::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Interrupted).with_source(error)
}
