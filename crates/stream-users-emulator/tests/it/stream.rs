//! A small client that knows HTTP, JSON and tokens and nothing of users.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use serde_json::{Value, json};
use stream_users_emulator::{ConnectionDropped, Emulator, EmulatorBuilder, EmulatorService};
use tower_service::Service;

/// Longer than the default latency of tasks.
pub(crate) const TASK: Duration = Duration::from_millis(60);

/// Signs claims as HS256, with code that the emulator does not use.
pub(crate) fn sign(secret: &str, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The body of an answer that has to have this status.
    #[track_caller]
    pub(crate) fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// An error, which has to be of this status and code and to say exactly this.
    #[track_caller]
    pub(crate) fn fails(self, status: u16, code: i64, message: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["StatusCode"], json!(status));
        assert_eq!(self.body["details"], json!([]));
        assert!(self.body["duration"].is_string(), "{}", self.body);
        assert_eq!(
            self.body["more_info"],
            "https://getstream.io/chat/docs/api_errors_response"
        );
        assert_eq!(self.body["code"], json!(code), "{}", self.body);
        assert_eq!(self.body["message"], json!(message));
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

/// An emulator without a socket.
#[derive(Clone, Debug)]
pub(crate) struct Stream(pub(crate) EmulatorService);

impl Stream {
    pub(crate) fn new() -> Self {
        Self::with(Emulator::builder())
    }

    pub(crate) fn with(builder: EmulatorBuilder) -> Self {
        Self(builder.build().unwrap())
    }

    /// Sends a request that is complete. The answer has to be there at once: the service needs no runtime.
    pub(crate) fn send_raw(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.try_send(request).unwrap()
    }

    /// The same where a fault may drop the connection.
    pub(crate) fn try_send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ConnectionDropped> {
        let mut future = self.0.clone().call(request);
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("the service has to answer at once"),
        }
    }

    pub(crate) fn send(&self, request: Request<Bytes>) -> Answer {
        let (parts, body) = self.send_raw(request).into_parts();
        let body = serde_json::from_slice(&body).unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// A request with the key, and a token if there is one.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Request<Bytes> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let builder = Request::builder().method(method).uri(format!(
            "http://stream.test{path}{joint}api_key={}",
            self.0.api_key()
        ));
        let builder = match token {
            Some(token) => builder
                .header("authorization", token)
                .header("stream-auth-type", "jwt"),
            None => builder.header("stream-auth-type", "anonymous"),
        };
        builder
            .body(body.map(|body| Bytes::from(body.to_string())).unwrap_or_default())
            .unwrap()
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        sign(
            self.0.api_secret(),
            &json!({ "alg": "HS256", "typ": "JWT" }),
            claims,
        )
    }

    /// A call as a server.
    pub(crate) fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let token = self.token(&json!({ "server": true }));
        let body = Some(body).filter(|body| !body.is_null());
        self.send(self.request(method, path, Some(&token), body))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null)
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, body)
    }

    /// A call as a user.
    pub(crate) fn call_as(&self, user: &str, method: &str, path: &str, body: Value) -> Answer {
        let token = self.token(&json!({ "user_id": user }));
        let body = Some(body).filter(|body| !body.is_null());
        self.send(self.request(method, path, Some(&token), body))
    }

    /// Upserts users, each of whom is an object with an id.
    #[track_caller]
    pub(crate) fn upsert<const N: usize>(&self, users: [Value; N]) -> Value {
        let map: serde_json::Map<String, Value> = users
            .into_iter()
            .map(|user| (user["id"].as_str().unwrap().to_owned(), user))
            .collect();
        self.post("/api/v2/users", json!({ "users": map })).ok(201)
    }

    /// Queries users with a payload.
    pub(crate) fn query(&self, payload: &Value) -> Answer {
        self.get(&format!("/api/v2/users?payload={}", encode(&payload.to_string())))
    }

    /// The ids of the users whom a filter finds, in their order.
    #[track_caller]
    pub(crate) fn find(&self, filter: &Value) -> Vec<String> {
        ids(&self.query(&json!({ "filter_conditions": filter })).ok(200))
    }

    /// The user of this id as a query finds it.
    #[track_caller]
    pub(crate) fn user(&self, id: &str) -> Value {
        let payload = json!({ "filter_conditions": { "id": id }, "include_deactivated_users": true });
        self.query(&payload).ok(200)["users"][0].clone()
    }

    /// The events so far, the oldest first, as a webhook would be sent them.
    pub(crate) fn events(&self) -> Vec<Value> {
        let events = self.0.events().unwrap();
        let events = events["events"].as_array().unwrap().iter();
        events.map(|entry| entry["event"].clone()).collect()
    }

    /// Lets a task that a request has started come to its end, and reads it.
    #[track_caller]
    pub(crate) fn finish(&self, started: Answer) -> Value {
        let id = started.ok(201)["task_id"].as_str().unwrap().to_owned();
        self.0.advance_clock(TASK);
        self.get(&format!("/api/v2/tasks/{id}")).ok(200)
    }
}

pub(crate) fn ids(answer: &Value) -> Vec<String> {
    let users = answer["users"].as_array().unwrap();
    users
        .iter()
        .map(|user| user["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Percent-encodes everything but letters and digits.
pub(crate) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
