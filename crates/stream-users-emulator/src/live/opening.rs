//! A WebSocket from the answer to its upgrade to its own first answer.

use std::fmt;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use http::StatusCode;
use http::request::Parts;
use serde_json::{Map, Value};
use stream_users_model::ErrorCode;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::timeout;

use super::connection::Transport;
use super::handshake::{self, Connected, Registered};
use super::hello::{self, Hello};
use super::line::Line;
use super::session::{GOING_AWAY, Living, is_too_large, pong, say_goodbye, too_large};
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

/// A connection that is about to become a WebSocket.
pub(crate) struct Session {
    pub(super) app: Arc<App>,
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

    /// Serves it to its end over this line.
    pub(crate) async fn run(self, line: Arc<Line>) {
        // The handshake is large and short, what follows it is small and long.
        let Some(living) = Box::pin(self.open(line)).await else {
            return;
        };
        living.serve().await;
    }

    /// What the client has become by its introduction; nothing if it is gone or was refused.
    async fn open(self, line: Arc<Line>) -> Option<Living> {
        let Self {
            app,
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
                    room,
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
            Ok(Message::Ping(said)) => pong(socket, said).await.ok()?,
            Ok(Message::Pong(_)) => {}
            Err(error) if is_too_large(&error) => return Some(Err(too_large())),
            Ok(Message::Close(_)) | Err(_) => return None,
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
