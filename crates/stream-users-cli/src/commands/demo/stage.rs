//! What the demo plays on: an emulator that listens, and clients of several kinds. The steps live elsewhere.

use anyhow::Context;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stream_users_core::{Client, ClientBuilder, Transport, Users, UsersApi};
use stream_users_emulator::{Emulator, MonthlyUsage};
use stream_users_http::ReqwestTransport;
use stream_users_model::{QueryUsers, field};

/// Custom data with types.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Profile {
    pub(super) plan: String,
    pub(super) seats: u32,
}

pub(super) struct Stage {
    emulator: Emulator,
    transport: ReqwestTransport,
    server: Client,
    anonymous: Client,
}

impl Stage {
    pub(super) async fn set_up() -> anyhow::Result<Self> {
        let emulator = Emulator::start()
            .await
            .context("the local Stream could not be started")?;
        // What is local is never sent through a proxy of the environment.
        let transport = ReqwestTransport::builder().no_proxy().build()?;
        let server = builder(&emulator, &transport)
            .server(emulator.service().api_secret())
            .build()?;
        let anonymous = builder(&emulator, &transport).anonymous().build()?;
        Ok(Self {
            emulator,
            transport,
            server,
            anonymous,
        })
    }

    pub(super) async fn tear_down(self) {
        self.emulator.shutdown().await;
    }

    pub(super) fn base_url(&self) -> &str {
        self.emulator.base_url()
    }

    /// A client of the emulator, of which it is to be said who it is.
    pub(super) fn builder(&self) -> ClientBuilder {
        builder(&self.emulator, &self.transport)
    }

    /// The server's client.
    pub(super) fn server(&self) -> &Client {
        &self.server
    }

    /// How many users were active in this month.
    pub(super) fn usage(&self) -> anyhow::Result<MonthlyUsage> {
        let months = self.emulator.service().usage()?;
        months.into_iter().next().context("the emulator counts no month")
    }

    /// Users as a server sees them, with raw custom data.
    pub(super) fn users(&self) -> Users {
        self.server.users()
    }

    /// Users as a server sees them, with typed custom data.
    pub(super) fn typed_users(&self) -> Users<Profile> {
        self.server.users()
    }

    /// Users as a client without a token sees them.
    pub(super) fn anonymous_users(&self) -> Users {
        self.anonymous.users()
    }

    /// Puts into the emulator what no operation on users makes.
    pub(super) fn seed(&self, seed: &Value) -> anyhow::Result<()> {
        Ok(self.emulator.service().seed(seed)?)
    }

    /// Everything that the emulator stores.
    pub(super) fn state(&self) -> anyhow::Result<Value> {
        Ok(self.emulator.service().state()?)
    }

    /// Sends a request as it is, past the client and its checks.
    pub(super) async fn send_raw(
        &self,
        request: http::Request<Bytes>,
    ) -> anyhow::Result<http::Response<Bytes>> {
        Ok(self.transport.send(request).await?)
    }

    /// The URL of a path, with the key that every request carries.
    pub(super) fn url(&self, path: &str) -> String {
        format!(
            "{}{path}?api_key={}",
            self.base_url(),
            self.emulator.service().api_key()
        )
    }

    /// Whether a query that does not ask for deactivated users finds one.
    pub(super) async fn finds(&self, id: &str) -> anyhow::Result<bool> {
        let answer = self
            .users()
            .query_users(QueryUsers::new(field::id().eq(id)))
            .await?;
        Ok(!answer.body.users.is_empty())
    }
}

fn builder(emulator: &Emulator, transport: &ReqwestTransport) -> ClientBuilder {
    Client::builder(emulator.service().api_key())
        .base_url(emulator.base_url())
        .transport(transport.clone())
}
