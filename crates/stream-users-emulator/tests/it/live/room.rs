//! An emulator with users who are connected to it, and what each of them is told.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt;
use http::Request;
use serde_json::{Value, json};
use stream_users_emulator::{Emulator, EmulatorBuilder};

use super::client::{Client, Closed};
use crate::stream::{Answer, Stream, encode};

/// The event that says that whatever was told before it has been read.
const MARK: &str = "mark";

pub(crate) struct Room {
    pub(crate) emulator: Emulator,
    /// The same emulator, called without a socket.
    pub(crate) stream: Stream,
    marks: AtomicU64,
}

/// One connection of a user.
pub(crate) struct Guest {
    pub(crate) user: String,
    pub(crate) client: Client,
    pub(crate) first: Value,
}

impl Guest {
    pub(crate) fn id(&self) -> &str {
        self.first["connection_id"].as_str().unwrap()
    }

    /// How the connection is closed, after the error that it is told of, and the types of the events before that.
    pub(crate) async fn end(&mut self) -> (Vec<String>, Value, Result<String, Closed>) {
        let mut before = Vec::new();
        loop {
            match self.client.next().await {
                Ok(text) => {
                    let event: Value = serde_json::from_str(&text).unwrap();
                    if event["type"] == "connection.error" {
                        return (before, event["error"].clone(), self.client.next().await);
                    }
                    let kind = event["type"].as_str().unwrap();
                    if kind != MARK {
                        before.push(kind.to_owned());
                    }
                }
                closed => return (before, Value::Null, closed),
            }
        }
    }
}

impl Room {
    pub(crate) async fn new() -> Self {
        Self::with(Emulator::builder()).await
    }

    pub(crate) async fn with(builder: EmulatorBuilder) -> Self {
        let emulator = builder.start().await.unwrap();
        Self {
            stream: Stream((*emulator).clone()),
            emulator,
            marks: AtomicU64::new(0),
        }
    }

    /// Connects a user on the newer protocol.
    pub(crate) async fn newer(&self, user: &str) -> Guest {
        let (client, first) = Client::newer(&self.emulator, user).await;
        assert_eq!(first["type"], "connection.ok", "{first}");
        Guest {
            user: user.to_owned(),
            client,
            first,
        }
    }

    /// Connects a user on the older protocol.
    pub(crate) async fn older(&self, user: &str) -> Guest {
        let (client, first) = Client::older(&self.emulator, user).await;
        assert_eq!(first["type"], "health.check", "{first}");
        Guest {
            user: user.to_owned(),
            client,
            first,
        }
    }

    /// Connects a user on the newer protocol who says this of itself.
    pub(crate) async fn enter(&self, token: &str, details: Value) -> Guest {
        let hello = json!({ "token": token, "user_details": details });
        let (client, first) = Client::newer_with(&self.emulator, &hello).await;
        assert_eq!(first["type"], "connection.ok", "{first}");
        Guest {
            user: details["id"].as_str().unwrap().to_owned(),
            client,
            first,
        }
    }

    /// Closes a connection and waits until the emulator has noticed.
    pub(crate) async fn leave(&self, mut guest: Guest) {
        guest.client.0.close(None).await.unwrap();
        while let Some(Ok(_)) = guest.client.0.next().await {}
        let id = guest.id();
        let is_there = || {
            let mut there = self.emulator.connections().into_iter();
            there.any(|connection| connection.id == id)
        };
        while is_there() {
            tokio::task::yield_now().await;
        }
    }

    /// What the connection was told before now.
    pub(crate) async fn told(&self, guest: &mut Guest) -> Vec<Value> {
        let number = self.marks.fetch_add(1, Ordering::Relaxed);
        let event = json!({ "event": { "type": MARK, "custom": { "number": number } } });
        let path = format!("/api/v2/chat/users/{}/event", guest.user);
        self.stream.post(&path, event).ok(201);
        let mut told = Vec::new();
        loop {
            let event = guest.client.json().await;
            match event["type"].as_str().unwrap() {
                // On the older protocol it stands beside the type.
                MARK if event["number"] == number || event["custom"]["number"] == number => return told,
                MARK | "health.check" => {}
                _ => told.push(event),
            }
        }
    }

    /// The types of what the connection was told before now.
    pub(crate) async fn heard(&self, guest: &mut Guest) -> Vec<String> {
        types(&self.told(guest).await)
    }

    /// Queries users as somebody, to be told of them over a connection.
    pub(crate) fn watch_as(&self, caller: Option<&str>, connection_id: &str, payload: &Value) -> Answer {
        let claims = caller.map_or(json!({ "server": true }), |user| json!({ "user_id": user }));
        let path = format!(
            "/api/v2/users?payload={}&connection_id={connection_id}",
            encode(&payload.to_string())
        );
        let request: Request<_> = self
            .stream
            .request("GET", &path, Some(&self.stream.token(&claims)), None);
        self.stream.send(request)
    }

    /// Lets a connection be told of these users.
    pub(crate) fn watch<const N: usize>(&self, guest: &Guest, ids: [&str; N]) -> Value {
        let payload = json!({ "filter_conditions": { "id": { "$in": &ids[..] } }, "presence": true });
        self.watch_as(Some(&guest.user), guest.id(), &payload).ok(200)
    }
}

pub(crate) fn types(events: &[Value]) -> Vec<String> {
    let events = events.iter();
    events
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect()
}
