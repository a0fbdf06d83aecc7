//! [`Settings`]: key, secret and host, and where each came from. Of several places the first that says something counts:
//! a profile that is named; the environment; the default profile; whoever sits at the terminal.

use stream_users_core::{ClientBuilder, Secret};

use super::config::{Config, Profile};
use super::{secret, variable};
use crate::exit;
use crate::globals::Globals;

/// What a client needs, but for its transport.
pub(super) struct Settings {
    pub(super) api_key: String,
    /// Not asked for where nothing is signed.
    pub(super) api_secret: Option<Secret>,
    pub(super) base_url: Option<BaseUrl>,
    pub(super) allow_http: bool,
    /// What says key and secret, for errors.
    pub(super) source: String,
}

/// A host, and what says it.
pub(super) struct BaseUrl {
    pub(super) url: String,
    pub(super) source: String,
}

/// Which credentials are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Key and secret.
    Secret,
    /// The key alone.
    Key,
}

impl Settings {
    pub(super) fn read(globals: &Globals, need: Need) -> anyhow::Result<Self> {
        // A file that is broken is no business of whoever has everything in the environment.
        if globals.profile.is_none() && variable("STREAM_API_KEY").is_some() {
            return Self::from_environment(globals, need);
        }
        let config = Config::read(globals)?;
        let profile = match (&config, &globals.profile) {
            (Some(config), Some(name)) => Some(config.profile(name)?),
            (None, Some(name)) => {
                return Err(exit::usage(format!(
                    "there is no profile {name:?}: the configuration file has no place, since neither HOME nor \
                     XDG_CONFIG_HOME is set; name it with --config"
                )));
            }
            (Some(config), None) => config.default()?,
            (None, None) => None,
        };
        match (profile, &config) {
            (Some(profile), Some(config)) => Self::from_profile(globals, profile, config, need),
            _ => Self::from_terminal(globals, config.as_ref(), need),
        }
    }

    fn from_environment(globals: &Globals, need: Need) -> anyhow::Result<Self> {
        let Some(api_key) = variable("STREAM_API_KEY") else {
            return Err(exit::credentials("STREAM_API_KEY is not set"));
        };
        let api_secret = match (need, variable("STREAM_API_SECRET")) {
            (Need::Key, secret) => secret.map(Secret::new),
            (Need::Secret, Some(secret)) => Some(Secret::new(secret)),
            (Need::Secret, None) if secret::can_ask() => Some(secret::ask("the key in STREAM_API_KEY")?),
            (Need::Secret, None) => {
                return Err(exit::credentials(
                    "STREAM_API_KEY is set and STREAM_API_SECRET is not: set both, or neither and name a profile with \
                     --profile",
                ));
            }
        };
        Ok(Self {
            api_key,
            api_secret,
            base_url: base_url(globals, None),
            allow_http: allows_http(),
            source: "the environment (STREAM_API_KEY, STREAM_API_SECRET)".to_owned(),
        })
    }

    fn from_profile(
        globals: &Globals,
        profile: &Profile,
        config: &Config,
        need: Need,
    ) -> anyhow::Result<Self> {
        let (name, path) = (&profile.name, config.path.display());
        let Some(api_key) = profile.api_key.clone() else {
            return Err(exit::credentials(format!(
                "the profile {name:?} in {path} has no api_key"
            )));
        };
        let api_secret = match (need, &profile.api_secret) {
            (Need::Key, _) => None,
            (Need::Secret, Some(from)) => Some(secret::read(name, from)?),
            (Need::Secret, None) if secret::can_ask() => Some(secret::ask(&format!("the profile {name:?}"))?),
            (Need::Secret, None) => {
                return Err(exit::credentials(format!(
                    "the profile {name:?} in {path} has no secret, and there is no terminal to ask on: give it \
                     api_secret_file, api_secret_command or api_secret"
                )));
            }
        };
        let allow_http = profile.allow_http || (globals.profile.is_none() && allows_http());
        Ok(Self {
            api_key,
            api_secret,
            base_url: base_url(globals, Some((profile, config))),
            allow_http,
            source: format!("the profile {name:?} in {path}"),
        })
    }

    /// Nothing says anything: somebody does, or it is said what was looked for.
    fn from_terminal(globals: &Globals, config: Option<&Config>, need: Need) -> anyhow::Result<Self> {
        let file = match config {
            None => "there is no place for a configuration file (HOME is not set)".to_owned(),
            Some(config) if !config.exists => {
                format!("there is no configuration file {}", config.path.display())
            }
            Some(config) => format!(
                "the configuration file {} names no default_profile{}",
                config.path.display(),
                config.has()
            ),
        };
        if variable("STREAM_API_SECRET").is_some() {
            return Err(exit::credentials(format!(
                "STREAM_API_SECRET is set and STREAM_API_KEY is not, and {file}"
            )));
        }
        if !secret::can_ask() {
            return Err(exit::credentials(format!(
                "there are no credentials: STREAM_API_KEY and STREAM_API_SECRET are not set, and {file}; set them, write a \
                 profile, or use --emulator"
            )));
        }
        let api_key = crate::confirm::ask("API key: ")
            .map_err(|error| error.context(exit::Refusal::credentials("no API key was given")))?;
        if api_key.is_empty() {
            return Err(exit::credentials("no API key was given"));
        }
        let api_secret = match need {
            Need::Secret => Some(secret::ask("this key")?),
            Need::Key => None,
        };
        Ok(Self {
            api_key,
            api_secret,
            base_url: base_url(globals, None),
            allow_http: allows_http(),
            source: "what was typed".to_owned(),
        })
    }

    /// A builder that knows key and host.
    pub(super) fn builder(&self) -> ClientBuilder {
        let mut builder = stream_users_core::Client::builder(&self.api_key);
        if let Some(base_url) = &self.base_url {
            builder = builder.base_url(&base_url.url);
        }
        if self.allow_http {
            builder = builder.allow_http();
        }
        builder
    }
}

/// The host: of the option, of a profile that is named, of the environment, of the default profile.
fn base_url(globals: &Globals, profile: Option<(&Profile, &Config)>) -> Option<BaseUrl> {
    let of = |url: String, source: &str| BaseUrl {
        url,
        source: source.to_owned(),
    };
    if let Some(url) = &globals.base_url {
        return Some(of(url.clone(), "--base-url"));
    }
    let stated = profile.and_then(|(profile, config)| {
        let url = profile.base_url.clone()?;
        let source = format!(
            "base_url of the profile {:?} in {}",
            profile.name,
            config.path.display()
        );
        Some(of(url, &source))
    });
    let named = profile.is_some() && globals.profile.is_some();
    let environment = || variable("STREAM_BASE_URL").map(|url| of(url, "STREAM_BASE_URL"));
    if named { stated } else { environment().or(stated) }
}

fn allows_http() -> bool {
    matches!(variable("STREAM_ALLOW_HTTP").as_deref(), Some("1" | "true"))
}
