//! How a request becomes a WebSocket. It always does if it asks for one: whoever is refused is told so in a message.

use std::sync::Arc;

use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use tokio::sync::oneshot;

use super::line::Line;
use super::opening::Session;
use crate::app::App;
use crate::dispatch;
use crate::offload;
use crate::routes::CONNECT;
use crate::surface::Surface;

/// The largest message that is taken: the largest user and room for the rest, several times.
pub(super) const LARGEST_MESSAGE: usize = 64 << 10;
/// How much is read at one time. Clients say little once they are connected, and each connection keeps this.
const READ_BUFFER: usize = 512;

/// Connects a client, or gives the request back as it came if it does not ask for a WebSocket.
pub(crate) async fn connect(app: &Arc<App>, surface: Surface, request: Request) -> Result<Response, Request> {
    let (mut parts, body) = request.into_parts();
    let line = parts.extensions.get::<Arc<Line>>().cloned();
    let (Some(line), Ok(upgrade)) = (line, WebSocketUpgrade::from_request_parts(&mut parts, &()).await)
    else {
        return Err(Request::from_parts(parts, body));
    };
    // What the connection becomes must not hold the connection, or neither would ever be dropped.
    parts.extensions.remove::<Arc<Line>>();
    let fault = app.faults.take(CONNECT.id, parts.uri.path());
    offload::wait(true, fault.latency).await;
    if fault.replaces_the_work() {
        return Ok(dispatch::without_work(app, Some(CONNECT.name), &parts, &fault));
    }
    let (sender, socket) = oneshot::channel();
    line.upgrade(Session {
        room: app.hub.room(),
        app: app.clone(),
        parts: Box::new(parts),
        surface,
        fault: Box::new(fault),
        socket,
    });
    let response = upgrade
        .read_buffer_size(READ_BUFFER)
        // Each message goes out at once.
        .write_buffer_size(0)
        .max_message_size(LARGEST_MESSAGE)
        .max_frame_size(LARGEST_MESSAGE)
        .on_upgrade(async |socket: WebSocket| drop(sender.send(socket)));
    Ok(response)
}
