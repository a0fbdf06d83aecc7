//! A client of both protocols that knows WebSockets and JSON and nothing else.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use stream_users_emulator::Emulator;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::socket::within;
use crate::stream::{encode, sign};

/// The token of a user.
pub(crate) fn token(emulator: &Emulator, user: &str) -> String {
    token_of(emulator, &json!({ "user_id": user }))
}

pub(crate) fn token_of(emulator: &Emulator, claims: &Value) -> String {
    sign(
        emulator.api_secret(),
        &json!({ "alg": "HS256", "typ": "JWT" }),
        claims,
    )
}

/// The path of the older protocol, with what it says in its query.
pub(crate) fn older(emulator: &Emulator, token: &str, auth_type: &str, hello: &Value) -> String {
    format!(
        "/connect?json={}&api_key={}&authorization={token}&stream-auth-type={auth_type}&X-Stream-Client=test",
        encode(&hello.to_string()),
        emulator.api_key(),
    )
}

/// The path of the newer protocol.
pub(crate) fn newer(emulator: &Emulator) -> String {
    format!(
        "/api/v2/connect?api_key={}&stream-auth-type=jwt&X-Stream-Client=test",
        emulator.api_key()
    )
}

/// How a WebSocket was closed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// With a close frame; 1005 stands for none.
    Code(u16, String),
    /// With the socket, in order or by a reset.
    Socket,
}

/// One WebSocket.
pub(crate) struct Client(pub(crate) WebSocketStream<TcpStream>);

impl Client {
    /// Opens a WebSocket and says nothing.
    pub(crate) async fn open(emulator: &Emulator, path: &str) -> Self {
        Self::try_open(emulator, path).await.unwrap()
    }

    pub(crate) async fn try_open(emulator: &Emulator, path: &str) -> Result<Self, Error> {
        let stream = TcpStream::connect(emulator.address()).await.unwrap();
        let url = format!("ws://{}{path}", emulator.address());
        let (socket, _) = within(tokio_tungstenite::client_async(url, stream)).await?;
        Ok(Self(socket))
    }

    /// Connects a user on the older protocol; the client and its first answer.
    pub(crate) async fn older(emulator: &Emulator, user: &str) -> (Self, Value) {
        let hello = json!({ "user_id": user, "user_details": { "id": user } });
        Self::older_with(emulator, &token(emulator, user), &hello).await
    }

    pub(crate) async fn older_with(emulator: &Emulator, token: &str, hello: &Value) -> (Self, Value) {
        let mut client = Self::open(emulator, &older(emulator, token, "jwt", hello)).await;
        let first = client.json().await;
        (client, first)
    }

    /// Connects a user on the newer protocol; the client and its first answer.
    pub(crate) async fn newer(emulator: &Emulator, user: &str) -> (Self, Value) {
        let hello = json!({ "token": token(emulator, user), "user_details": { "id": user } });
        Self::newer_with(emulator, &hello).await
    }

    pub(crate) async fn newer_with(emulator: &Emulator, hello: &Value) -> (Self, Value) {
        let mut client = Self::open(emulator, &newer(emulator)).await;
        client.say(hello.to_string()).await;
        let first = client.json().await;
        (client, first)
    }

    pub(crate) async fn say(&mut self, text: impl Into<String>) {
        self.send(Message::text(text.into())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        within(self.0.send(message)).await.unwrap();
    }

    /// The next message, or how the WebSocket was closed.
    pub(crate) async fn next(&mut self) -> Result<String, Closed> {
        loop {
            match within(self.0.next()).await {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => {
                    return Err(Closed::Code(code.into(), reason.to_string()));
                }
                Some(Ok(Message::Close(None))) => return Err(Closed::Code(1005, String::new())),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("unexpected {other:?}"),
                Some(Err(_)) | None => return Err(Closed::Socket),
            }
        }
    }

    /// The next message as JSON.
    pub(crate) async fn json(&mut self) -> Value {
        serde_json::from_str(&self.next().await.unwrap()).unwrap()
    }

    /// Asks whether the connection lives, and reads what comes until that is answered.
    pub(crate) async fn ping(&mut self) -> Vec<Value> {
        self.say(json!([{ "type": "health.check" }]).to_string()).await;
        let mut before = Vec::new();
        loop {
            let event = self.json().await;
            if event["type"] == "health.check" {
                return before;
            }
            before.push(event);
        }
    }

    /// How the WebSocket was closed, after an error with this code.
    #[track_caller]
    pub(crate) fn refused(first: &Value, status: u16, code: i64, message: &str) {
        assert_eq!(first["type"], "connection.error", "{first}");
        assert_eq!(first["connection_id"], "");
        let error = json!({
            "StatusCode": status, "code": code, "message": message, "details": [], "duration": "", "more_info": "",
        });
        let mut found = first["error"].clone();
        if let Some(found) = found.as_object_mut() {
            found.remove("exception_fields");
        }
        assert_eq!(found, error);
    }
}
