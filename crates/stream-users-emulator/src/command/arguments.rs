//! What the command takes, and how each text is read. What is done with it stands beside this file.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::ValueEnum;
use serde_json::Value;

use crate::{
    DEFAULT_API_KEY, DEFAULT_API_SECRET, Emulator, EmulatorBuilder, RateLimits, Result, WebhookForm,
};

/// What the command takes.
#[derive(clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// Address to listen on; port 0 is a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,
    /// The key that requests have to carry.
    #[arg(long, value_name = "KEY", env = "STREAM_API_KEY", default_value = DEFAULT_API_KEY, value_parser = not_empty)]
    api_key: String,
    /// The secret that tokens have to be signed with; may be given several times, as during a rotation. The first one
    /// signs what the emulator signs itself.
    #[arg(
        long = "api-secret",
        value_name = "SECRET",
        env = "STREAM_API_SECRET",
        default_value = DEFAULT_API_SECRET,
        hide_env_values = true,
        value_parser = not_empty
    )]
    api_secrets: Vec<String>,
    /// How far tokens may be dated ahead of the emulator's clock, such as 5s.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    clock_skew: Duration,
    /// A setting of the app to start with, by its name on the wire; the value is JSON, or a text as it is. May be given
    /// several times.
    #[arg(long = "app-setting", value_name = "NAME=VALUE", value_parser = setting)]
    app_settings: Vec<(String, Value)>,
    /// Directory to keep the data in; without it everything is in memory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Whether requests are counted against the documented quotas.
    #[arg(long, value_enum, value_name = "MODE", default_value = "off")]
    rate_limits: RateLimitMode,
    /// How many requests of an operation each platform has a minute; the operation is given by its name or its id, and *
    /// is every one that is not given. May be given several times.
    #[arg(long = "quota", value_name = "OPERATION=NUMBER", value_parser = quota)]
    quotas: Vec<(String, u32)>,
    /// Let one second take no more than a thirtieth of a quota.
    #[arg(long)]
    per_second_limits: bool,
    /// Time at which the emulator's clock stands still until it is moved, such as 2027-01-01T00:00:00Z; without it the
    /// clock runs with the machine's.
    #[arg(long, value_name = "TIME", value_parser = time)]
    frozen_clock: Option<SystemTime>,
    /// What chance begins with, for faults that hit a share of the requests: with the same number the same ones.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    fault_seed: u64,
    /// How many connections there may be at one time; the next waits until another ends.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..))]
    max_connections: u16,
    /// How long tasks take, such as 50ms or 2s.
    #[arg(long, value_name = "DURATION", default_value = "50ms", value_parser = duration)]
    task_latency: Duration,
    /// A role that users may have besides the built-in ones; may be given several times.
    #[arg(long = "role", value_name = "NAME")]
    roles: Vec<String>,
    /// URL that is sent every event, http:// only; may be given several times.
    #[arg(long = "webhook", value_name = "URL")]
    webhooks: Vec<String>,
    /// Form of the events: times as RFC 3339 texts, or everything as on /api/v2.
    #[arg(long, value_enum, value_name = "FORM", default_value = "text")]
    webhook_form: EventForm,
    /// Compress events with gzip.
    #[arg(long)]
    webhook_gzip: bool,
    /// A setting of the emulator, by its name in the documentation; the value is JSON, or a text as it is. It holds
    /// where an option above names the same setting. May be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, Value)>,
    /// File with data to start with: JSON objects, one a line, or one JSON document.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The secret is left out.
        f.debug_struct("Arguments")
            .field("listen", &self.listen)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

impl Arguments {
    /// What they come to.
    ///
    /// # Errors
    /// Where a setting does not exist or has no such value.
    pub(super) fn builder(self) -> Result<EmulatorBuilder> {
        let mut builder = Emulator::builder()
            .api_key(self.api_key)
            .clock_skew(self.clock_skew)
            .listen(self.listen)
            .task_latency(self.task_latency)
            .rate_limits(match self.rate_limits {
                RateLimitMode::Off => RateLimits::Off,
                RateLimitMode::Documented => RateLimits::Documented,
            });
        if let Some(time) = self.frozen_clock {
            builder = builder.frozen_clock(time);
        }
        builder = builder.fault_seed(self.fault_seed);
        builder = builder.max_connections(self.max_connections.into());
        for (operation, per_minute) in self.quotas {
            builder = builder.quota(operation, per_minute);
        }
        builder = builder.settings(|settings| settings.limit_per_second = self.per_second_limits);
        let mut secrets = self.api_secrets.into_iter();
        if let Some(secret) = secrets.next() {
            builder = builder.api_secret(secret);
        }
        for secret in secrets {
            builder = builder.also_accept_secret(secret);
        }
        for (name, value) in self.app_settings {
            builder = builder.app_setting(name, value);
        }
        builder = builder.settings(|settings| {
            settings.webhooks = self.webhooks;
            settings.webhook_gzip = self.webhook_gzip;
            settings.webhook_form = match self.webhook_form {
                EventForm::Text => WebhookForm::Text,
                EventForm::Nanos => WebhookForm::Nanos,
            };
        });
        if let Some(directory) = self.data {
            builder = builder.data_dir(directory);
        }
        if let Some(file) = self.seed {
            builder = builder.seed_file(file);
        }
        for role in self.roles {
            builder = builder.role(role);
        }
        for (name, value) in self.settings {
            let mut set = Ok(());
            builder = builder.settings(|settings| set = settings.set(&name, value));
            set?;
        }
        Ok(builder)
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RateLimitMode {
    /// Count down from 1,000,000 per operation and minute, refuse nothing.
    Off,
    /// The quotas that Stream documents.
    Documented,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EventForm {
    /// Times as RFC 3339 texts, custom data beside the other fields.
    Text,
    /// Times as integers of nanoseconds, custom data in `custom`.
    Nanos,
}

/// Reads `50ms`, `2s` or `1m`.
fn duration(text: &str) -> Result<Duration, &'static str> {
    let duration = text.parse::<jiff::SignedDuration>().ok();
    duration
        .and_then(|duration| duration.try_into().ok())
        .ok_or("expected a number and ms, s, m or h, such as 50ms")
}

/// Reads `2027-01-01T00:00:00Z`.
fn time(text: &str) -> Result<SystemTime, &'static str> {
    let time = text.parse::<jiff::Timestamp>();
    time.map(SystemTime::from)
        .map_err(|_| "expected a time such as 2027-01-01T00:00:00Z")
}

/// Reads `UpdateUsers=10`.
fn quota(text: &str) -> Result<(String, u32), &'static str> {
    let expected = "expected an operation, = and a number of requests a minute, such as UpdateUsers=10";
    let (operation, number) = text.split_once('=').ok_or(expected)?;
    Ok((operation.to_owned(), number.parse().map_err(|_| expected)?))
}

/// Reads `name=value`.
fn setting(text: &str) -> Result<(String, Value), &'static str> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("expected a name, = and a value, such as NAME=true")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}

/// Reads `127.0.0.1:8800` or `localhost:8800`. A name that stands for several addresses is the first of version 4.
fn address(text: &str) -> Result<SocketAddr, String> {
    let failed =
        |error: std::io::Error| format!("{error}; expected an address and a port, such as 127.0.0.1:8800");
    let all: Vec<SocketAddr> = text.to_socket_addrs().map_err(failed)?.collect();
    let first = all.iter().find(|address| address.is_ipv4()).or(all.first());
    first
        .copied()
        .ok_or_else(|| format!("{text} stands for no address"))
}

/// Takes any text but the empty one, which no request can carry and which protects nothing.
fn not_empty(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        Err("it must not be empty; leave the option and the environment variable out for the default")
    } else {
        Ok(text.to_owned())
    }
}
