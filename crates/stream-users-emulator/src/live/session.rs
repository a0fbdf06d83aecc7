//! A WebSocket from its first message to its end.

use std::fmt;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use http::StatusCode;
use http::request::Parts;
use serde_json::{Map, Value};
use stream_users_model::ErrorCode;
use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::connection::{Connection, End, Frame, Next, Transport, later};
use super::handshake::{self, Connected, Registered};
use super::hello::{self, Hello};
use super::hub::CLOSED_BY_POLICY;
use super::line::Line;
use super::{closing, frames};
use crate::app::App;
use crate::dispatch::{self, Arrived};
use crate::faults::{Fault, Spoilt};
use crate::offload;
use crate::read::Query;
use crate::refusal::Refusal;
use crate::reply;
use crate::routes::CONNECT;
use crate::surface::Surface;

/// How long a client has to answer when its connection is closed.
const LONGEST_GOODBYE: Duration = Duration::from_secs(1);

/// The code of a message that is no JSON.
const NO_JSON: u16 = 1007;
/// The code of a message that is too large.
const TOO_LARGE: u16 = 1009;
/// The code with which the emulator closes connections when it stops.
const GOING_AWAY: u16 = 1001;

/// A connection that is about to become a WebSocket.
pub(crate) struct Session {
    pub(super) app: Arc<App>,
    pub(super) line: Arc<Line>,
    pub(super) parts: Box<Parts>,
    pub(super) surface: Surface,
    pub(super) fault: Box<Fault>,
    /// Its place among the living connections; nothing if there are too many.
    pub(super) room: Option<OwnedSemaphorePermit>,
    pub(super) socket: oneshot::Receiver<WebSocket>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    /// Whether it has a place of its own, so that it needs none among the connections that requests come over.
    pub(crate) fn has_room(&self) -> bool {
        self.room.is_some()
    }

    /// Serves it to its end.
    pub(crate) async fn run(self) {
        // The handshake is large and short, what follows it is small and long.
        let Some(living) = Box::pin(self.open()).await else {
            return;
        };
        living.serve().await;
    }

    /// What the client has become by its introduction; nothing if it is gone or was refused.
    async fn open(self) -> Option<Living> {
        let Self {
            app,
            line,
            parts,
            surface,
            fault,
            room,
            socket,
        } = self;
        // It fails if the client is gone before it was answered.
        let mut socket = socket.await.ok()?;
        let mut closing = line.closing.clone();
        let hello = match surface {
            // Whoever has no place is not listened to either.
            _ if room.is_none() => Ok(Map::new()),
            Surface::V1 => hello::of_query(&Query::parse(parts.uri.query().unwrap_or_default())),
            Surface::V2 => tokio::select! {
                hello = timeout(app.settings.longest_handshake, first_message(&mut socket)) => {
                    hello.unwrap_or_else(|_| Some(Err(late())))?
                }
                _ = closing.changed() => {
                    say_goodbye(&mut socket, GOING_AWAY, "").await;
                    return None;
                }
            },
        };
        let has_room = room.is_some();
        let breaks = fault.connection.is_some();
        let spoilt = fault.body;
        let admitting = {
            let app = app.clone();
            move || admit(&app, surface, &parts, hello, &fault, has_room)
        };
        let admitted = {
            // The store serves one at a time, and a thread for each of many would only wait.
            let _turn = app.hub.turn().await;
            offload::blocking(admitting, || Err(Refusal::panicked())).await
        };
        let (text, admitted) = match admitted {
            Ok((registered, first)) => (first, Ok(registered)),
            Err(refusal) => {
                let error = frames::error(surface, &refusal, app.clock.now());
                (error.as_str().to_owned(), Err(closing::code_of_refused(&refusal)))
            }
        };
        if breaks {
            return None;
        }
        if spoilt == Some(Spoilt::Cut) {
            let half = half(&text).to_owned().into();
            socket.send(Message::Text(half)).await.ok();
            return None;
        }
        let mut text = text;
        reply::spoil(&mut text, spoilt);
        match admitted {
            Ok(registered) => {
                let mut living = Living {
                    app,
                    line,
                    socket,
                    registered,
                    _room: room,
                };
                living.send(text.into()).await.is_continue().then_some(living)
            }
            Err(code) => {
                socket.send(Message::Text(text.into())).await.ok()?;
                say_goodbye(&mut socket, code, "").await;
                None
            }
        }
    }
}

/// The first half of a text.
fn half(text: &str) -> &str {
    &text[..text.floor_char_boundary(text.len() / 2)]
}

/// What the client says first; nothing if it is gone.
async fn first_message(socket: &mut WebSocket) -> Option<Hello> {
    loop {
        match socket.recv().await? {
            Ok(Message::Text(text)) => return Some(hello::of_text(&text)),
            Ok(Message::Binary(bytes)) => {
                return Some(hello::of_text(&String::from_utf8_lossy(&bytes)));
            }
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Close(_)) => return None,
            Err(error) if is_too_large(&error) => return Some(Err(too_large())),
            Err(_) => return None,
        }
    }
}

fn late() -> Refusal {
    Refusal::new(
        StatusCode::REQUEST_TIMEOUT,
        ErrorCode::REQUEST_TIMEOUT,
        "the first message, which carries token and user_details, took too long",
    )
}

fn too_large() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::PAYLOAD_TOO_BIG,
        "message is too large",
    )
}

/// Finds out whether a client may connect, on a thread that may wait for it.
fn admit(
    app: &Arc<App>,
    surface: Surface,
    parts: &Parts,
    hello: Hello,
    fault: &Fault,
    has_room: bool,
) -> Result<(Registered, String), Refusal> {
    let began = std::time::Instant::now();
    if !has_room {
        let refusal = Refusal::too_many_connections();
        dispatch::log_refused_upgrade(app, &CONNECT, parts, &refusal, fault);
        return Err(refusal);
    }
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let request = Arrived {
        operation: &CONNECT,
        surface,
        credentials: hello::credentials(parts, &query, &hello, surface),
        id: String::new(),
        parts,
        body: hello,
        fault,
    };
    let mut made = None;
    let done = dispatch::perform(app, request, 0, |call, tx| {
        let Connected { connection, first } = handshake::register(call, tx, Transport::WebSocket, None)?;
        // Where the transaction is not kept, this takes the connection out again.
        made = Some(Registered::new(app.clone(), connection));
        Ok(first)
    });
    dispatch::log_upgrade(app, done.entry, began, fault);
    let first = done.answer?;
    let registered = made.ok_or_else(Refusal::panicked)?;
    Ok((registered, Value::Object(first).to_string()))
}

fn is_too_large(error: &axum::Error) -> bool {
    let text = std::error::Error::source(error).map(ToString::to_string);
    text.is_some_and(|text| text.contains("too long") || text.contains("too large"))
}

/// Closes a WebSocket in order, as far as the client takes part in it.
async fn say_goodbye(socket: &mut WebSocket, code: u16, reason: &str) {
    let goodbye = async {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        socket.send(Message::Close(Some(frame))).await.ok()?;
        while let Some(Ok(_)) = socket.recv().await {}
        Some(())
    };
    timeout(LONGEST_GOODBYE, goodbye).await.ok();
}

/// A WebSocket whose client is connected.
struct Living {
    app: Arc<App>,
    line: Arc<Line>,
    socket: WebSocket,
    registered: Registered,
    _room: Option<OwnedSemaphorePermit>,
}

/// Whether a connection goes on.
type Onward = ControlFlow<End>;

impl Living {
    fn connection(&self) -> &Connection {
        &self.registered.connection
    }

    async fn serve(mut self) {
        let mut closing = self.line.closing.clone();
        let end = self.exchange(&mut closing).await;
        // Nobody is told anything any more, nor counted as there.
        let Self {
            line,
            mut socket,
            registered,
            ..
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
        later(told, settings.health_check_interval).min(later(heard, settings.longest_silence))
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
        if later(*told, settings.health_check_interval) <= now {
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
    async fn send(&mut self, frame: Frame) -> Onward {
        let connection = self.registered.connection.clone();
        tokio::select! {
            sent = self.socket.send(Message::Text(frame)) => match sent {
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
            // A ping is answered by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return ControlFlow::Continue(()),
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

/// Neither reads nor writes until the connection is to end.
async fn silence(connection: &Connection, closing: &mut watch::Receiver<()>) -> End {
    tokio::select! {
        end = connection.ended() => end,
        _ = closing.changed() => End::Drop,
    }
}
