//! One attempt to deliver one event.

use std::io::Write;

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, Request, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::target;
use crate::app::App;
use crate::events;
use crate::store::deliveries::{Delivery, Outcome};

/// How much of an answer is read, so that its connection can be used again.
const MOST_READ: usize = 64 << 10;

/// Keeps connections alive.
pub(super) type Connections = Client<HttpConnector, Body>;

pub(super) fn connections() -> Connections {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build_http()
}

/// Sends the event once, compressed if it is to be; what came of it within the time that an attempt has.
pub(super) async fn post(app: &App, connections: &Connections, delivery: Delivery, gzipped: bool) -> Outcome {
    let limit = app.settings.webhook_timeout;
    let request = match request(app, delivery, gzipped) {
        Ok(request) => request,
        Err(reason) => return Outcome::Failure(reason),
    };
    match tokio::time::timeout(limit, exchange(connections, request)).await {
        Ok(Ok(status)) => Outcome::Status(status),
        Ok(Err(error)) => Outcome::Failure(with_causes(&error)),
        Err(_) => Outcome::Failure(format!("no answer within {limit:?}")),
    }
}

async fn exchange(
    connections: &Connections,
    request: Request<Body>,
) -> Result<u16, hyper_util::client::legacy::Error> {
    let answer = connections.request(request).await?;
    let status = answer.status().as_u16();
    // Nobody is interested in the rest; a connection on which there is more is not used again.
    to_bytes(Body::new(answer.into_body()), MOST_READ).await.ok();
    Ok(status)
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn request(app: &App, delivery: Delivery, gzipped: bool) -> Result<Request<Body>, String> {
    let settings = &app.settings;
    let body = events::on_surface(delivery.event, settings.webhook_form.surface()).to_string();
    let signature = sign(app.api_secret.as_bytes(), body.as_bytes())?;
    let mut builder = Request::post(target(&delivery.url)?)
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(header::USER_AGENT, HeaderValue::from_static(USER_AGENT))
        .header("x-webhook-id", delivery.id)
        .header("x-webhook-attempt", delivery.attempts.saturating_add(1))
        .header("x-api-key", app.api_key.as_str())
        .header("x-signature", signature);
    let body = if gzipped {
        builder = builder.header(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        Body::from(gzip(body.as_bytes()).map_err(|error| error.to_string())?)
    } else {
        Body::from(body)
    };
    builder.body(body).map_err(|error| error.to_string())
}

const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// HMAC-SHA256 of the body as it is before it is compressed, in lower-case hexadecimal digits.
fn sign(secret: &[u8], body: &[u8]) -> Result<String, String> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret).map_err(|error| error.to_string())?;
    mac.update(body);
    Ok(format!(
        "{:x}",
        Bytes::copy_from_slice(&mac.finalize().into_bytes())
    ))
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body)?;
    encoder.finish()
}
