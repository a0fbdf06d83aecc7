//! Receives the bodies of requests, and keeps no more of one than any request may have.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::StatusCode;
use stream_users_model::ErrorCode;

use crate::refusal::Refusal;

/// The largest body that is read to its end to be refused: a client that is cut off while it sends may miss the answer.
/// What is over the limit is counted, not kept.
const LARGEST_REFUSED: usize = 64 << 20;
/// How long the body of a request may take over a socket.
const LONGEST: Duration = Duration::from_mins(1);

/// The whole body, or why there is none. `timed` is for requests over a socket, where there is a runtime.
pub(crate) async fn receive(body: Body, most: usize, timed: bool) -> Result<Bytes, Refusal> {
    if !timed {
        return read(body, most).await;
    }
    tokio::time::timeout(LONGEST, read(body, most))
        .await
        .unwrap_or_else(|_| Err(late()))
}

async fn read(mut body: Body, most: usize) -> Result<Bytes, Refusal> {
    let mut kept = Vec::new();
    let mut length = 0_usize;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| broken_off())?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= most {
            kept.extend_from_slice(&data);
        } else {
            kept = Vec::new();
            if length > LARGEST_REFUSED {
                break;
            }
        }
    }
    if length > most {
        return Err(too_large());
    }
    Ok(kept.into())
}

fn too_large() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::PAYLOAD_TOO_BIG,
        "request body is too large",
    )
}

fn broken_off() -> Refusal {
    Refusal::input("request body is not complete")
}

fn late() -> Refusal {
    Refusal::new(
        StatusCode::REQUEST_TIMEOUT,
        ErrorCode::REQUEST_TIMEOUT,
        "request body took too long",
    )
}
