//! A WebSocket from its first answer to its end.

use std::future::pending;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use stream_users_model::ErrorCode;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::connection::{Connection, End, Frame, Next, later};
use super::frames;
use super::handshake::Registered;
use super::hub::CLOSED_BY_POLICY;
use super::line::Line;
use crate::app::App;
use crate::refusal::Refusal;

/// How long a client has to answer when its connection is closed.
const LONGEST_GOODBYE: Duration = Duration::from_secs(1);

/// How long there is nothing to say between two health checks, whatever the settings say.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// The code of a message that is no JSON.
const NO_JSON: u16 = 1007;
/// The code of a message that is too large.
const TOO_LARGE: u16 = 1009;
/// The code with which the emulator closes connections when it stops.
pub(super) const GOING_AWAY: u16 = 1001;

/// A WebSocket whose client is connected.
pub(super) struct Living {
    pub(super) app: Arc<App>,
    pub(super) line: Arc<Line>,
    pub(super) socket: WebSocket,
    pub(super) registered: Registered,
    /// Its place among the living connections.
    pub(super) room: Option<OwnedSemaphorePermit>,
}

/// Whether a connection goes on.
type Onward = ControlFlow<End>;

impl Living {
    fn connection(&self) -> &Connection {
        &self.registered.connection
    }

    /// Serves it to its end.
    pub(super) async fn serve(mut self) {
        let mut closing = self.line.closing.clone();
        let end = self.exchange(&mut closing).await;
        // Nobody is told anything any more, nor counted as there.
        let Self {
            line,
            mut socket,
            registered,
            app: _,
            room: _room,
        } = self;
        drop(registered);
        match end {
            End::Close { last, code, reason } => {
                if let Some(last) = last {
                    let sending = socket.send(Message::Text(last));
                    timeout(LONGEST_GOODBYE, sending).await.ok();
                }
                say_goodbye(&mut socket, code, &reason).await;
            }
            End::Reset => line.reset(),
            End::Drop => {}
        }
    }

    /// Passes messages both ways until there is a reason to end.
    async fn exchange(&mut self, closing: &mut watch::Receiver<()>) -> End {
        let connection = self.registered.connection.clone();
        let mut heard = Instant::now();
        let mut told = Instant::now();
        let mut timer = pin!(sleep_until(self.due(heard, told)));
        loop {
            let onward = tokio::select! {
                _ = closing.changed() => ControlFlow::Break(going_away()),
                next = connection.next() => match next {
                    Next::Send(frame) => self.send(frame).await,
                    Next::End(end) => ControlFlow::Break(end),
                    Next::FallSilent => return silence(&connection, closing).await,
                },
                message = self.socket.recv() => {
                    heard = Instant::now();
                    self.hear(message).await
                }
                () = timer.as_mut() => self.time(heard, &mut told, timer.as_mut()).await,
            };
            if let ControlFlow::Break(end) = onward {
                return end;
            }
        }
    }

    /// When something is to be done if nothing happens.
    fn due(&self, heard: Instant, told: Instant) -> Instant {
        let settings = &self.app.settings;
        self.next_check(told).min(later(heard, settings.longest_silence))
    }

    fn next_check(&self, told: Instant) -> Instant {
        later(told, self.app.settings.health_check_interval.max(SHORTEST_PAUSE))
    }

    /// Does what the time has come for.
    async fn time(&mut self, heard: Instant, told: &mut Instant, timer: Pin<&mut Sleep>) -> Onward {
        let (now, settings) = (Instant::now(), &self.app.settings);
        if later(heard, settings.longest_silence) <= now {
            return ControlFlow::Break(End::Close {
                last: None,
                code: CLOSED_BY_POLICY,
                reason: "no health check for too long".to_owned(),
            });
        }
        let mut onward = ControlFlow::Continue(());
        if self.next_check(*told) <= now {
            *told = now;
            onward = self.health_check().await;
        }
        timer.reset(self.due(heard, *told));
        onward
    }

    async fn health_check(&mut self) -> Onward {
        let connection = self.connection();
        let frame = frames::health_check(connection.surface, &connection.id, self.app.clock.now());
        self.send(frame).await
    }

    /// Sends a message, however long the client takes to read it, unless the connection is to end.
    pub(super) async fn send(&mut self, frame: Frame) -> Onward {
        self.pass(async |socket| socket.send(Message::Text(frame)).await)
            .await
    }

    /// The same for whatever else is to be sent.
    async fn pass(&mut self, sending: impl AsyncFnOnce(&mut WebSocket) -> Result<(), axum::Error>) -> Onward {
        let connection = self.registered.connection.clone();
        tokio::select! {
            sent = sending(&mut self.socket) => match sent {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(End::Drop),
            },
            () = connection.cut() => ControlFlow::Continue(()),
        }
    }

    /// Takes what has come from the client.
    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Onward {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(&bytes).into_owned().into(),
            Some(Ok(Message::Ping(said))) => return self.pass(async |socket| pong(socket, said).await).await,
            Some(Ok(Message::Pong(_))) => return ControlFlow::Continue(()),
            Some(Err(error)) if is_too_large(&error) => {
                return ControlFlow::Break(self.refuse(&too_large(), TOO_LARGE));
            }
            Some(Ok(Message::Close(_))) => {
                // The answer goes out with the next attempt to read.
                let answering = async { while let Some(Ok(_)) = self.socket.recv().await {} };
                timeout(LONGEST_GOODBYE, answering).await.ok();
                return ControlFlow::Break(End::Drop);
            }
            Some(Err(_)) | None => return ControlFlow::Break(End::Drop),
        };
        let said: Value = match serde_json::from_str(&text) {
            Ok(said) => said,
            Err(_) => return ControlFlow::Break(self.refuse(&Refusal::invalid_json(), NO_JSON)),
        };
        // The older protocol has a list of one, the newer one an object; what else clients say means nothing here.
        let event = said.as_array().and_then(|list| list.first()).unwrap_or(&said);
        if event.get("type").and_then(Value::as_str) == Some("health.check") {
            return self.health_check().await;
        }
        ControlFlow::Continue(())
    }

    fn refuse(&self, refusal: &Refusal, code: u16) -> End {
        End::Close {
            last: Some(frames::error(
                self.connection().surface,
                refusal,
                self.app.clock.now(),
            )),
            code,
            reason: String::new(),
        }
    }
}

fn going_away() -> End {
    End::Close {
        last: None,
        code: GOING_AWAY,
        reason: "the emulator stops".to_owned(),
    }
}

/// Waits until the answer to a ping is sent. It is on its way by itself, and this one takes its place; but whoever sends
/// pings and reads nothing is not to be listened to meanwhile, or the answers would pile up.
pub(super) async fn pong(socket: &mut WebSocket, said: Bytes) -> Result<(), axum::Error> {
    socket.send(Message::Pong(said)).await
}

/// Neither reads nor writes until the connection is to end.
async fn silence(connection: &Connection, closing: &mut watch::Receiver<()>) -> End {
    tokio::select! {
        end = connection.ended() => end,
        _ = closing.changed() => End::Drop,
    }
}

pub(super) fn too_large() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::PAYLOAD_TOO_BIG,
        "message is too large",
    )
}

pub(super) fn is_too_large(error: &axum::Error) -> bool {
    let text = std::error::Error::source(error).map(ToString::to_string);
    text.is_some_and(|text| text.contains("too long") || text.contains("too large"))
}

/// Closes a WebSocket in order, as far as the client takes part in it.
pub(super) async fn say_goodbye(socket: &mut WebSocket, code: u16, reason: &str) {
    let goodbye = async {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        socket.send(Message::Close(Some(frame))).await.ok()?;
        while let Some(received) = socket.recv().await {
            if received.is_err() {
                // What was not read lets the system reset the connection, so that the client is given time to read first.
                pending::<()>().await;
            }
        }
        Some(())
    };
    timeout(LONGEST_GOODBYE, goodbye).await.ok();
}
