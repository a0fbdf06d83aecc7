//! [`Session`]: whom a command talks to, and as whom. Where the settings come from stands in `settings`.

use anyhow::Context;
use stream_users_core::{Client, ClientBuilder, Error, Users};
use stream_users_emulator::Emulator;
use stream_users_http::ReqwestTransport;
use stream_users_model::CustomData;

use crate::exit;
use crate::globals::Globals;

/// A server's client, and the local Stream behind it with `--emulator`, which ends with the session.
pub(crate) struct Session {
    client: Client,
    _emulator: Option<Emulator>,
}

impl Session {
    /// A server's client.
    ///
    /// # Errors
    /// Where a setting is missing or wrong; the text names it and says where it was looked for.
    #[expect(clippy::unused_async, reason = "a local Stream is started here")]
    pub(crate) async fn open(globals: &Globals) -> anyhow::Result<Self> {
        let secret = variable("STREAM_API_SECRET")
            .ok_or_else(|| exit::credentials("the environment variable STREAM_API_SECRET is not set"))?;
        let transport = ReqwestTransport::new()?;
        let client = builder(globals)?.server(secret).transport(transport).build()?;
        Ok(Self {
            client,
            _emulator: None,
        })
    }

    /// A client whose credential is decided by `who`: for what knows no secret.
    ///
    /// # Errors
    /// See [`Session::open`].
    #[expect(clippy::unused_async, reason = "a local Stream is started here")]
    pub(crate) async fn open_as(
        globals: &Globals,
        who: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> anyhow::Result<Self> {
        let transport = ReqwestTransport::new()?;
        let client = who(builder(globals)?.transport(transport)).build()?;
        Ok(Self {
            client,
            _emulator: None,
        })
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// The users, with custom data of any type.
    pub(crate) fn users<C: CustomData>(&self) -> Users<C> {
        self.client.users()
    }

    /// The error of a call, with what to look at.
    pub(crate) fn explain(&self, error: Error) -> anyhow::Error {
        let hint = error
            .is_connect()
            .then(|| format!("nothing answers at {}", self.client.base_url()));
        let error = anyhow::Error::from(error);
        match hint {
            Some(hint) => error.context(hint),
            None => error,
        }
    }
}

fn builder(globals: &Globals) -> anyhow::Result<ClientBuilder> {
    let key = variable("STREAM_API_KEY").context("the environment variable STREAM_API_KEY is not set")?;
    let builder = Client::builder(key);
    let builder = match globals.base_url.clone().or_else(|| variable("STREAM_BASE_URL")) {
        Some(url) => builder.base_url(url),
        None => builder,
    };
    Ok(match variable("STREAM_ALLOW_HTTP").as_deref() {
        Some("1" | "true") => builder.allow_http(),
        _ => builder,
    })
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
