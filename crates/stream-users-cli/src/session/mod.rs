//! [`Session`]: whom a command talks to, and as whom. Which settings count stands in `settings`, the configuration file in
//! `config`, secrets in `secret`, the local Stream of `--emulator` in `local`, and what to do about errors in `explain`.

mod config;
mod explain;
mod local;
mod secret;
mod settings;

use std::path::PathBuf;

use anyhow::anyhow;
use stream_users_core::{Client, ClientBuilder, Error, Users};
use stream_users_emulator::Emulator;
use stream_users_http::ReqwestTransport;
use stream_users_model::CustomData;

use self::settings::{BaseUrl, Need, Settings};
use crate::exit;
use crate::globals::Globals;

/// A client, and the local Stream behind it with `--emulator`, which ends with the session.
pub(crate) struct Session {
    client: Client,
    /// What says key and secret.
    source: String,
    /// What says the host.
    base_url_source: Option<String>,
    /// See [`Session::scope`].
    scope: String,
    _emulator: Option<Emulator>,
}

impl Session {
    /// A server's client.
    ///
    /// # Errors
    /// Where a setting is missing or wrong; the text names it and says where it was looked for.
    pub(crate) async fn open(globals: &Globals) -> anyhow::Result<Self> {
        Self::with(globals, Need::Secret, |builder| builder).await
    }

    /// A client whose credential is decided by `who`: for what knows no secret.
    ///
    /// # Errors
    /// See [`Session::open`].
    pub(crate) async fn open_as(
        globals: &Globals,
        who: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> anyhow::Result<Self> {
        Self::with(globals, Need::Key, who).await
    }

    async fn with(
        globals: &Globals,
        need: Need,
        who: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> anyhow::Result<Self> {
        let (settings, emulator) = match &globals.emulator {
            Some(folder) => {
                let (settings, emulator) = local::start(globals, folder.as_deref()).await?;
                (settings, Some(emulator))
            }
            None => (Settings::read(globals, need)?, None),
        };
        let scope = scope_of(&settings.api_key, &place(&settings, globals));
        let transport = if emulator.is_some() {
            // What is local is never sent through a proxy of the environment.
            ReqwestTransport::builder().no_proxy().build()?
        } else {
            ReqwestTransport::new()?
        };
        let mut builder = settings.builder().transport(transport);
        builder = match (need, settings.api_secret) {
            (Need::Secret, Some(secret)) => builder.server(secret),
            _ => who(builder),
        };
        let client = builder
            .build()
            .map_err(|error| wrong(error, settings.base_url.as_ref()))?;
        Ok(Self {
            client,
            source: settings.source,
            base_url_source: settings.base_url.map(|base_url| base_url.source),
            scope,
            _emulator: emulator,
        })
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// What tells this app from another without saying its key: for states, which must not go on with another app.
    pub(crate) fn scope(&self) -> &str {
        &self.scope
    }

    /// The users, with custom data of any type.
    pub(crate) fn users<C: CustomData>(&self) -> Users<C> {
        self.client.users()
    }
}

/// Where the app's users are: the folder of `--emulator`, or the host. What listens on this machine may do so on another port
/// the next time.
fn place(settings: &Settings, globals: &Globals) -> String {
    if let Some(folder) = &globals.emulator {
        let folder = folder.clone().or_else(|| local::usual_path().ok());
        let folder = folder.and_then(|folder| folder.canonicalize().ok());
        return folder.map_or_else(String::new, |folder| folder.display().to_string());
    }
    let url = settings
        .base_url
        .as_ref()
        .map_or("", |base_url| base_url.url.as_str());
    let host = url.split_once("://").map_or(url, |(_, host)| host);
    let is_local = ["127.", "localhost", "[::1]"]
        .iter()
        .any(|local| host.starts_with(local));
    if is_local {
        String::new()
    } else {
        host.trim_end_matches('/').to_owned()
    }
}

fn scope_of(api_key: &str, place: &str) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(format!("stream-users app {api_key} {place}"));
    let number = digest[..8]
        .iter()
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:016x}")
}

/// Why there is no client, with what says the host: its value may be what is wrong.
fn wrong(error: Error, base_url: Option<&BaseUrl>) -> anyhow::Error {
    match base_url {
        Some(base_url) if error.to_string().contains("base url") => {
            let what = format!("{} is {:?}", base_url.source, shown(&base_url.url));
            anyhow!(error).context(exit::Refusal::usage(what))
        }
        _ => error.into(),
    }
}

/// A host as it may be shown: without a password and a query.
fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map(|(scheme, _)| format!("{scheme}://"));
            format!("{}***@{host}", scheme.unwrap_or_default())
        }
        None => url.to_owned(),
    }
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The user's own folder.
fn home() -> Option<PathBuf> {
    let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    variable(name).map(PathBuf::from)
}

/// The folder `stream-users` of a base folder that a variable names, or that lies in the user's own.
fn folder(name: &str, in_home: &str) -> Option<PathBuf> {
    // A relative one is not to be taken, says the specification.
    let named = variable(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    named
        .or_else(|| home().map(|home| home.join(in_home)))
        .map(|folder| folder.join("stream-users"))
}
