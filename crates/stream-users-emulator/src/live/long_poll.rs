//! Long polling: a connection without a WebSocket. What a poll answers is a route like any other; here is what it waits
//! for before that.
//!
//! A poll waits in real time, with or without a socket and a runtime. It ends early when there is something to say,
//! when another poll for the same connection comes, when the connection ends and when the emulator stops. Nobody who
//! would be refused anyway waits.

use std::future::pending;
use std::ops::ControlFlow;
use std::sync::Arc;

use http::request::Parts;
use serde_json::Map;

use super::connection::{Connection, End, Transport};
use super::hello;
use super::line::Line;
use crate::app::App;
use crate::auth::Caller;
use crate::dispatch::{self, Arrived};
use crate::faults::{Drop, Fault};
use crate::offload;
use crate::read::Query;
use crate::refusal::Refusal;
use crate::routes::LONG_POLL;
use crate::surface::Surface;

/// What a poll suffers whose connection is reset.
pub(crate) const RESET: Fault = Fault {
    connection: Some(Drop::BeforeTheWork),
    ..Fault::NONE
};

static WELL: Fault = Fault::NONE;

/// A request for long polling as it has arrived: what it says stands in its query.
pub(crate) fn arrived(parts: &Parts, surface: Surface) -> Arrived<'_> {
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    // Only who connects says who it is.
    let hello = match query.text("connection_id") {
        Some(_) => Ok(Map::new()),
        None => hello::of_query(&query),
    };
    Arrived {
        operation: &LONG_POLL,
        surface,
        credentials: hello::credentials(parts, &query, &hello, surface),
        id: String::new(),
        parts,
        body: hello,
        fault: &WELL,
    }
}

/// The connection of this id, if it is the caller's and is reached by polling.
pub(crate) fn own(app: &App, caller: &Caller, id: &str) -> Result<Arc<Connection>, Refusal> {
    let own = |connection: &Arc<Connection>| {
        connection.transport == Transport::LongPoll
            && match caller {
                Caller::User(id) => *id == connection.user_id,
                Caller::Anonymous => connection.anonymous,
                Caller::Server => false,
            }
    };
    let connection = app.hub.connection(id).filter(own);
    connection.ok_or_else(Refusal::unknown_connection)
}

/// Waits until a poll is to be answered. If it breaks off, the poll's own connection is to be dropped.
pub(crate) async fn wait(app: &Arc<App>, parts: &Parts, surface: Surface) -> ControlFlow<()> {
    const ONWARD: ControlFlow<()> = ControlFlow::Continue(());
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let over_socket = offload::is_over_socket(&parts.extensions);
    let (Some(id), false) = (query.text("connection_id"), closes(&query)) else {
        return ONWARD;
    };
    let Ok(caller) = identify(app, parts, surface, over_socket).await else {
        return ONWARD;
    };
    let Ok(connection) = own(app, &caller, id) else {
        return ONWARD;
    };
    let poll = connection.poll();
    let closing = closing(parts);
    tokio::select! {
        biased;
        () = poll.ready() => {}
        () = closing => return ONWARD,
        () = offload::wait(over_socket, app.settings.long_poll_wait) => {}
    }
    match poll.end().await {
        Some(End::Reset) => ControlFlow::Break(()),
        _ => ONWARD,
    }
}

/// Whether the query asks to end a connection.
pub(crate) fn closes(query: &Query) -> bool {
    query
        .text("close")
        .is_some_and(|close| close.eq_ignore_ascii_case("true"))
}

async fn identify(
    app: &Arc<App>,
    parts: &Parts,
    surface: Surface,
    over_socket: bool,
) -> Result<Caller, Refusal> {
    if !over_socket {
        return dispatch::identify(app, &arrived(parts, surface));
    }
    let (app, parts) = (app.clone(), parts.clone());
    let work = move || dispatch::identify(&app, &arrived(&parts, surface));
    offload::blocking(work, || Err(Refusal::panicked())).await
}

/// Waits until the emulator stops.
async fn closing(parts: &Parts) {
    match parts.extensions.get::<Arc<Line>>() {
        Some(line) => {
            line.closing.clone().changed().await.ok();
        }
        None => pending().await,
    }
}
