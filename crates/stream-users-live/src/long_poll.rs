//! The fallback where no WebSocket comes through: requests that the service answers once there are events. They are
//! [`Endpoint`]s, and go through the client's own transport.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;
use stream_users_core::endpoint::{Encoder, Endpoint};
use stream_users_core::model::operation::{Caller, Method, Operation};
use stream_users_core::retry::NoRetry;
use stream_users_core::{CallOptions, Client, Result};
use stream_users_model::{RawJson, Str};

use crate::failure::Failure;
use crate::settings::Protocol;
use crate::socket::Received;

/// How long the service may hold a request back; it answers after about 20 seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a request may take with its token and the limiter's wait, whatever limit the client's other calls have.
const LIMIT: Duration = Duration::from_secs(60);

/// How soon another request may follow one that brought nothing: what lies between may not hold requests back.
const SHORTEST: Duration = Duration::from_secs(1);

const fn operation(path: &'static str) -> Operation {
    Operation::new("longpoll", "LongPoll", Method::Get, path)
        .with_query(&["connection_id", "close"])
        .with_json_query("json")
        .caller(Caller::Anyone)
        .summary("Waits for events where no WebSocket can be had")
}

static V1: Operation = operation("/longpoll");
static V2: Operation = operation("/api/v2/longpoll");

const fn operation_of(protocol: Protocol) -> &'static Operation {
    match protocol {
        Protocol::V1 => &V1,
        Protocol::V2 => &V2,
    }
}

/// Makes a connection.
struct Open {
    protocol: Protocol,
    details: Value,
}

#[derive(Deserialize)]
struct Opened {
    event: RawJson,
}

impl Endpoint for Open {
    type Response = Opened;

    fn operation(&self) -> &'static Operation {
        operation_of(self.protocol)
    }

    fn encode(&self, request: &mut Encoder) {
        request.query_json("json", &self.details);
    }
}

/// Waits for events, or ends the connection.
struct Poll {
    protocol: Protocol,
    connection_id: Str,
    close: bool,
}

#[derive(Deserialize)]
struct Polled {
    /// An empty list may be left out, or be `null`.
    events: Option<Vec<RawJson>>,
}

impl Endpoint for Poll {
    type Response = Polled;

    fn operation(&self) -> &'static Operation {
        operation_of(self.protocol)
    }

    fn encode(&self, request: &mut Encoder) {
        request.query("connection_id", self.connection_id.as_str());
        if self.close {
            request.query("close", "true");
        }
    }
}

/// Whether there is another attempt is decided by the connection, which then is another one.
fn options() -> CallOptions {
    CallOptions::new()
        .timeout(LIMIT)
        .attempt_timeout(PATIENCE)
        .retry(NoRetry::new())
}

/// Asks for a connection; its first answer.
pub(crate) async fn open(client: &Client, protocol: Protocol, details: Value) -> Result<Bytes, Failure> {
    let opened = client.execute(&Open { protocol, details }, &options()).await;
    match opened {
        Ok(opened) => Ok(frame(&opened.body.event)),
        Err(error) => Err(Failure::of_call(error)),
    }
}

fn frame(event: &RawJson) -> Bytes {
    Bytes::copy_from_slice(event.as_json().as_bytes())
}

/// A connection without a WebSocket.
pub(crate) struct LongPoll {
    client: Client,
    protocol: Protocol,
    connection_id: Str,
    /// The request under way. It outlives whoever waits for it, since its answer may hold events.
    under_way: Option<BoxFuture<'static, Result<Polled>>>,
    /// What has come and was not asked for yet.
    came: VecDeque<Received>,
}

impl LongPoll {
    pub(crate) fn new(client: Client, protocol: Protocol, connection_id: Str) -> Self {
        Self {
            client,
            protocol,
            connection_id,
            under_way: None,
            came: VecDeque::new(),
        }
    }

    fn poll(&self, close: bool) -> BoxFuture<'static, Result<Polled>> {
        let poll = Poll {
            protocol: self.protocol,
            connection_id: self.connection_id.clone(),
            close,
        };
        let answer = self.client.execute(&poll, &options());
        let clock = self.client.clock();
        Box::pin(async move {
            let began = clock.monotonic();
            let polled = answer.await?.into_body();
            if !close && polled.events.as_ref().is_none_or(Vec::is_empty) {
                let took = clock.monotonic().saturating_sub(began);
                clock.sleep(SHORTEST.saturating_sub(took)).await;
            }
            Ok(polled)
        })
    }

    /// Waits for what comes next. Each answer is a sign of life, before the events that it holds.
    ///
    /// An answer that was lost may have held events, so that the connection has failed then.
    pub(crate) async fn receive(&mut self) -> Result<Received, Failure> {
        loop {
            if let Some(received) = self.came.pop_front() {
                return Ok(received);
            }
            if self.under_way.is_none() {
                self.under_way = Some(self.poll(false));
            }
            let Some(poll) = &mut self.under_way else { continue };
            let answer = poll.await;
            self.under_way = None;
            let polled = answer.map_err(Failure::of_call)?;
            self.came.push_back(Received::Alive);
            self.came.extend(
                polled
                    .events
                    .iter()
                    .flatten()
                    .map(|event| Received::Message(frame(event))),
            );
        }
    }

    /// Tells the service that the connection is not needed any more.
    pub(crate) async fn close(&mut self) {
        self.under_way = None;
        // It ends by itself soon where the service does not hear of it.
        let _ = self.poll(true).await;
    }
}

impl fmt::Debug for LongPoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongPoll").finish_non_exhaustive()
    }
}
