//! [`Hook`]: an entry of the app's `event_hooks` at a local Stream. At the service nothing is changed, whatever stands
//! between it and this machine.

use std::net::IpAddr;

use anyhow::bail;
use serde_json::{Map, Value, json};
use stream_users_core::{CallOptions, RawCall};
use stream_users_model::Operation;
use stream_users_model::operation::Method;

use super::turn::Turn;
use crate::session::Session;

const GET_APP: Operation = Operation::new("get_app", "GetApp", Method::Get, "/api/v2/app");
const UPDATE_APP: Operation =
    Operation::new("update_app", "UpdateApp", Method::Patch, "/api/v2/app").with_body();

/// What an emulator answers, and the service does not.
const CLOCK: Operation = Operation::new("clock", "Clock", Method::Get, "/_emulator/clock");

/// How often the list is written where somebody else writes it, too.
const ATTEMPTS: u32 = 10;

/// An entry of the app's `event_hooks`, by its address.
pub(super) struct Hook<'a> {
    session: &'a Session,
    url: String,
    /// Whether it was put into the list here, and not before by somebody else.
    ours: bool,
}

impl<'a> Hook<'a> {
    /// One that is not in the list yet.
    pub(super) const fn new(session: &'a Session, url: String) -> Self {
        Self {
            session,
            url,
            ours: false,
        }
    }

    /// Has webhooks sent here, where the client's host is an emulator on this machine; why not, where it is none.
    pub(super) async fn add(&mut self) -> anyhow::Result<Option<&'static str>> {
        if !is_this_machine(self.session.client().base_url()) {
            return Ok(Some(
                "the host is not this machine, and the service is not changed: enter an address that it reaches with the app",
            ));
        }
        if !self.is_emulator().await? {
            return Ok(Some(
                "what answers is no emulator, and is not changed: enter an address that it reaches with the app",
            ));
        }
        self.change(true).await?;
        Ok(None)
    }

    /// Takes it out again, where it was put in here. Where nothing answers any more, there is nobody to tell.
    pub(super) async fn remove(mut self) -> anyhow::Result<()> {
        if !self.ours {
            return Ok(());
        }
        match self.change(false).await {
            Err(error) if is_gone(&error) => Ok(()),
            changed => changed,
        }
    }

    /// Puts it into the list, or takes it out. The list is written as a whole, so that it is read again afterwards.
    async fn change(&mut self, wanted: bool) -> anyhow::Result<()> {
        let _turn = Turn::wait().await;
        for _ in 0..ATTEMPTS {
            let mut hooks = self.hooks().await?;
            if hooks.iter().any(|hook| self.is(hook)) == wanted {
                return Ok(());
            }
            if wanted {
                // Also if the answer does not come.
                self.ours = true;
                hooks.push(json!({"hook_type": "webhook", "webhook_url": self.url, "enabled": true}));
            } else {
                hooks.retain(|hook| !self.is(hook));
            }
            let input = Map::from_iter([("event_hooks".to_owned(), Value::Array(hooks))]);
            self.call(&UPDATE_APP, input).await?;
        }
        bail!("the app's event_hooks are changed by somebody else all the time")
    }

    async fn is_emulator(&self) -> anyhow::Result<bool> {
        let call = RawCall::new(&CLOCK, Map::new());
        match self.session.client().execute(&call, &CallOptions::new()).await {
            Ok(answer) => {
                let clock: Option<Value> = answer.body.decode().ok();
                Ok(clock.is_some_and(|clock| clock["frozen"].is_boolean()))
            }
            Err(error) if error.is_connect() || error.is_timeout() => Err(self.session.explain(error)),
            Err(_) => Ok(false),
        }
    }

    fn is(&self, hook: &Value) -> bool {
        hook["webhook_url"] == self.url.as_str()
    }

    async fn hooks(&self) -> anyhow::Result<Vec<Value>> {
        let answer = self.call(&GET_APP, Map::new()).await?;
        Ok(match &answer["app"]["event_hooks"] {
            Value::Array(hooks) => hooks.clone(),
            _ => Vec::new(),
        })
    }

    async fn call(&self, operation: &'static Operation, input: Map<String, Value>) -> anyhow::Result<Value> {
        let call = RawCall::new(operation, input);
        let answer = self.session.client().execute(&call, &CallOptions::new()).await;
        let answer = answer.map_err(|error| self.session.explain(error))?;
        Ok(answer.body.decode()?)
    }
}

fn is_gone(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<stream_users_core::Error>();
    cause.is_some_and(stream_users_core::Error::is_connect)
}

fn is_this_machine(base_url: &str) -> bool {
    let uri: Option<http::Uri> = base_url.parse().ok();
    let host = uri.as_ref().and_then(http::Uri::host).unwrap_or_default();
    let ip = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}
