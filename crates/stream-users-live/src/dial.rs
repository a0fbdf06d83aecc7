//! One attempt at a connection: the token, the dialling and the first answer. Whether another follows is decided in
//! `machine`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use stream_users_core::credential::CredentialKind;
use stream_users_core::{Client, Clock, ErrorKind, SessionToken};
use stream_users_model::Str;

use crate::failure::{Failure, builder};
use crate::frame;
use crate::link::Link;
use crate::long_poll::{self, LongPoll};
use crate::machine::Via;
use crate::protocol::Hello;
use crate::settings::Protocol;
use crate::socket::{ConnectError, Connector, Received};

/// What attempts are made with.
pub(crate) struct Dialler {
    pub(crate) client: Client,
    pub(crate) connector: Option<Arc<dyn Connector>>,
    pub(crate) protocol: Protocol,
    pub(crate) hello: Hello,
    /// Whether the user's id is known, or is the token's to say.
    pub(crate) named: bool,
    /// Each attempt has a token of its own.
    pub(crate) signs: bool,
    pub(crate) limit: Duration,
}

/// A connection that the service has accepted.
pub(crate) struct Opened {
    pub(crate) link: Link,
    pub(crate) connection_id: Str,
    /// The id of the user who is connected, as this side has stated it.
    pub(crate) user_id: Str,
    /// The first answer.
    pub(crate) first: Bytes,
}

/// What an attempt has come to, and the token that it was made with.
pub(crate) struct Dialled {
    pub(crate) outcome: Result<Opened, Failure>,
    pub(crate) token: Option<SessionToken>,
}

impl Dialler {
    /// Makes one attempt. `last` is the token of the one before, `refused` the last one that the service has refused.
    pub(crate) async fn dial(
        self: Arc<Self>,
        via: Via,
        last: Option<SessionToken>,
        refused: Option<SessionToken>,
    ) -> Dialled {
        let refused = if self.signs {
            last.as_ref()
        } else {
            refused.as_ref()
        };
        // Fetching a token has a limit of its own.
        let token = match self.client.session_token(refused).await {
            Ok(token) => token,
            Err(error) => {
                return Dialled {
                    outcome: Err(Failure::of_call(error)),
                    token: last,
                };
            }
        };
        let outcome = self.with(via, &token).await;
        Dialled {
            outcome,
            token: Some(token),
        }
    }

    async fn with(&self, via: Via, token: &SessionToken) -> Result<Opened, Failure> {
        let hello = self.hello(token)?;
        let user_id = Str::from(hello.user.id.as_str());
        let opening = async {
            match via {
                Via::WebSocket => self.web_socket(token, &hello).await,
                Via::LongPoll => self.long_poll(&hello).await,
            }
        };
        let (link, first, connection_id) = within(&*self.client.clock(), self.limit, opening)
            .await
            .unwrap_or_else(|| Err(Failure::late(self.limit)))?;
        Ok(Opened {
            link,
            connection_id,
            user_id,
            first,
        })
    }

    /// Who connects: a guest's id is the service's, and a token says whom it is for.
    fn hello(&self, token: &SessionToken) -> Result<Hello, Failure> {
        let auth = |message: String| Failure::unusable(builder(ErrorKind::Auth).message(message).build());
        if let Some(guest) = self.client.guest_id() {
            return Ok(self.hello.of(guest));
        }
        if self.client.credential().kind() != CredentialKind::User {
            return Ok(self.hello.clone());
        }
        match (token.user_id(), self.named) {
            (Some(id), false) => Ok(self.hello.of(id)),
            (Some(id), true) if id != self.hello.user.id => Err(auth(
                "the token is another user's than the one who is to be connected; give the user's own"
                    .to_owned(),
            )),
            (_, true) => Ok(self.hello.clone()),
            (None, false) => Err(auth(
                "the token names no user; give one that was made for a user, or say who it is with `user`"
                    .to_owned(),
            )),
        }
    }

    async fn web_socket(&self, token: &SessionToken, hello: &Hello) -> Result<(Link, Bytes, Str), Failure> {
        let Some(connector) = &self.connector else {
            let text = "there is no WebSocket: turn on the feature `websocket`, or call `connector`";
            return Err(Failure::unusable(
                builder(ErrorKind::Config).message(text).build(),
            ));
        };
        let request = self
            .protocol
            .request(&self.client, token, hello)
            .map_err(Failure::unusable)?;
        let clock = self.client.clock();
        let sent = clock.now();
        let connected = connector
            .connect(request)
            .await
            .map_err(|error| Failure::not_connected(without(token, error), self.client.service_time()))?;
        self.client.learn_time(&connected.headers, sent, clock.now());
        let mut socket = connected.socket;
        if let Some(message) = self.protocol.first_message(token, hello) {
            socket.send(message).await.map_err(Failure::ended)?;
        }
        loop {
            match socket.receive().await.map_err(Failure::ended)? {
                Received::Message(first) => {
                    let first = hidden(token, first);
                    let connection_id = frame::first(&first)?;
                    return Ok((Link::WebSocket(socket), first, connection_id));
                }
                Received::Alive => {}
                Received::Closed(close) => return Err(Failure::closed(close)),
            }
        }
    }

    async fn long_poll(&self, hello: &Hello) -> Result<(Link, Bytes, Str), Failure> {
        let details = self.protocol.details(&self.client, hello);
        let first = long_poll::open(&self.client, self.protocol, details).await?;
        let connection_id = frame::first(&first)?;
        let link = LongPoll::new(self.client.clone(), self.protocol, connection_id.clone());
        Ok((Link::LongPoll(link), first, connection_id))
    }
}

/// A refusal without the token: a proxy's page may show the URL, which holds it in the older protocol.
fn without(token: &SessionToken, error: ConnectError) -> ConnectError {
    match error {
        ConnectError::Answer(answer) => ConnectError::Answer(answer.map(|body| hidden(token, body))),
        ConnectError::Transport(error) => ConnectError::Transport(error),
    }
}

/// What came, without the token: whatever answers may say again what it was told, and errors show what came.
fn hidden(token: &SessionToken, came: Bytes) -> Bytes {
    let Some(token) = token.expose().filter(|token| !token.is_empty()) else {
        return came;
    };
    let text = String::from_utf8_lossy(&came);
    if text.contains(token) {
        text.replace(token, "[token]").into()
    } else {
        came
    }
}

/// What `future` returns, where it does within `limit`.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    limit: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    match select(std::pin::pin!(future), clock.sleep(limit)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(((), _)) => None,
    }
}
