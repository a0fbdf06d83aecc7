//! An emulator for the command to talk to.

use std::process::Command;

use serde_json::{Value, json};
use stream_users_core::Transport as _;
use stream_users_core::token::server_token;
use stream_users_emulator::{Cut, Emulator};
use stream_users_http::ReqwestTransport;

#[cfg(unix)]
use crate::program;
use crate::{command, stderr, stdout};

pub(crate) struct Local {
    runtime: tokio::runtime::Runtime,
    emulator: Emulator,
}

impl Local {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let emulator = runtime.block_on(Emulator::start()).unwrap();
        Self { runtime, emulator }
    }

    /// The emulator itself.
    pub(crate) const fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    pub(crate) fn base_url(&self) -> &str {
        self.emulator.base_url()
    }

    pub(crate) fn api_key(&self) -> &str {
        self.emulator.api_key()
    }

    pub(crate) fn api_secret(&self) -> &str {
        self.emulator.api_secret()
    }

    /// The command, pointed at the emulator.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.pointed(command(arguments))
    }

    /// A program that may run the command, pointed at the emulator.
    #[cfg(unix)]
    pub(crate) fn program(&self, name: &str) -> Command {
        self.pointed(program(name))
    }

    fn pointed(&self, mut command: Command) -> Command {
        command
            .env("STREAM_API_KEY", self.emulator.api_key())
            .env("STREAM_API_SECRET", self.emulator.api_secret())
            .env("STREAM_BASE_URL", self.emulator.base_url());
        command
    }

    /// What the command answers.
    pub(crate) fn call(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_str(stdout(&output)).unwrap()
    }

    fn api(&self, operation: &str, body: &Value) -> Value {
        self.call(&["api", operation, "--json", &body.to_string()])
    }

    pub(crate) fn upsert(&self, user: &Value) {
        let id = user["id"].as_str().unwrap();
        self.api("upsert_users", &json!({"users": {id: user}}));
    }

    pub(crate) fn patch(&self, patch: &Value) {
        self.api("update_users_partial", &json!({"users": [patch]}));
    }

    /// Breaks every connection off; how many there were.
    pub(crate) fn cut(&self) -> usize {
        self.emulator.cut_connections(Cut::reset()).unwrap()
    }

    /// Sends a user a custom event.
    pub(crate) fn tell(&self, id: &str, kind: &str, custom: &Value) {
        let event = json!({"event": {"type": kind, "custom": custom}});
        self.send("POST", &format!("/api/v2/chat/users/{id}/event"), &event);
    }

    /// The app's hooks.
    pub(crate) fn hooks(&self) -> Vec<Value> {
        let app = self.send("GET", "/api/v2/app", &Value::Null);
        app["app"]["event_hooks"].as_array().cloned().unwrap_or_default()
    }

    /// Has the emulator send its webhooks to `url`, and nowhere else.
    pub(crate) fn hook(&self, url: &str) {
        let hooks = json!({"event_hooks": [{"hook_type": "webhook", "webhook_url": url}]});
        self.send("PATCH", "/api/v2/app", &hooks);
    }

    /// Calls what the command has no operation for.
    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let (base_url, key) = (self.emulator.base_url(), self.emulator.api_key());
        let token = server_token(&self.emulator.api_secret().into()).unwrap();
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{base_url}{path}?api_key={key}"))
            .header("authorization", token.expose())
            .header("stream-auth-type", "jwt")
            .body(body.into())
            .unwrap();
        let transport = ReqwestTransport::builder().no_proxy().build().unwrap();
        let answer = self.runtime.block_on(transport.send(request)).unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        serde_json::from_slice(answer.body()).unwrap()
    }
}
