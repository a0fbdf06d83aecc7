//! An emulator for the command to talk to.

use std::process::Command;

use serde_json::{Value, json};
use stream_users_core::{CallOptions, Client, RawCall};
use stream_users_emulator::Emulator;
use stream_users_http::ReqwestTransport;
use stream_users_model::operation::{Method, Operation};

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

    /// The command, pointed at the emulator.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
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

    /// Sends a user a custom event.
    pub(crate) fn tell(&self, id: &str, kind: &str, custom: &Value) {
        let event = json!({"type": kind, "custom": custom});
        self.api("send_user_custom_event", &json!({"user_id": id, "event": event}));
    }

    /// The app's hooks.
    pub(crate) fn hooks(&self) -> Vec<Value> {
        let hooks = self.app(Method::Get, Value::Null)["app"]["event_hooks"].take();
        hooks.as_array().cloned().unwrap_or_default()
    }

    /// Has the emulator send its webhooks to `url`, and nowhere else.
    pub(crate) fn hook(&self, url: &str) {
        let hooks = json!({"event_hooks": [{"hook_type": "webhook", "webhook_url": url}]});
        self.app(Method::Patch, hooks);
    }

    /// Reads or changes the app's settings.
    fn app(&self, method: Method, settings: Value) -> Value {
        let operation = Operation::new("app", "App", method, "/api/v2/app");
        let operation = if settings.is_null() {
            operation
        } else {
            operation.with_body()
        };
        let input = settings.as_object().cloned().unwrap_or_default();
        let call = RawCall::new(Box::leak(Box::new(operation)), input);
        self.runtime.block_on(async {
            let client = Client::builder(self.emulator.api_key())
                .server(self.emulator.api_secret())
                .base_url(self.emulator.base_url())
                .transport(ReqwestTransport::new().unwrap())
                .build()
                .unwrap();
            let answer = client.execute(&call, &CallOptions::new()).await.unwrap();
            answer.body.decode().unwrap()
        })
    }
}
