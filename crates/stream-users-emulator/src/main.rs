//! The command `stream-users-emulator`: a local Stream until it is told to stop.

use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::{Parser, ValueEnum};
use serde_json::Value;
use stream_users_emulator::{DEFAULT_API_KEY, DEFAULT_API_SECRET, Emulator, RateLimits, WebhookForm};

/// A local Stream for tests and development.
///
/// Its first line on the standard output says where it listens. It stops gracefully on SIGTERM and ctrl-c, and at
/// once, with status 1, on a second one.
#[derive(Parser)]
#[command(version)]
struct Arguments {
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

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    let code = runtime.block_on(run(arguments));
    // Whatever still works on a request whose connection was cut off is not waited for.
    runtime.shutdown_background();
    code
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut builder = Emulator::builder()
        .api_key(arguments.api_key)
        .clock_skew(arguments.clock_skew)
        .listen(arguments.listen)
        .task_latency(arguments.task_latency)
        .rate_limits(match arguments.rate_limits {
            RateLimitMode::Off => RateLimits::Off,
            RateLimitMode::Documented => RateLimits::Documented,
        });
    if let Some(time) = arguments.frozen_clock {
        builder = builder.frozen_clock(time);
    }
    builder = builder.fault_seed(arguments.fault_seed);
    builder = builder.max_connections(arguments.max_connections.into());
    for (operation, per_minute) in arguments.quotas {
        builder = builder.quota(operation, per_minute);
    }
    builder = builder.settings(|settings| settings.limit_per_second = arguments.per_second_limits);
    let mut secrets = arguments.api_secrets.into_iter();
    if let Some(secret) = secrets.next() {
        builder = builder.api_secret(secret);
    }
    for secret in secrets {
        builder = builder.also_accept_secret(secret);
    }
    for (name, value) in arguments.app_settings {
        builder = builder.app_setting(name, value);
    }
    builder = builder.settings(|settings| {
        settings.webhooks = arguments.webhooks;
        settings.webhook_gzip = arguments.webhook_gzip;
        settings.webhook_form = match arguments.webhook_form {
            EventForm::Text => WebhookForm::Text,
            EventForm::Nanos => WebhookForm::Nanos,
        };
    });
    if let Some(directory) = arguments.data {
        builder = builder.data_dir(directory);
    }
    if let Some(file) = arguments.seed {
        builder = builder.seed_file(file);
    }
    for role in arguments.roles {
        builder = builder.role(role);
    }
    for (name, value) in arguments.settings {
        let mut set = Ok(());
        builder = builder.settings(|settings| set = settings.set(&name, value));
        set?;
    }
    // Handlers first: whoever reads the first line may send a signal at once.
    let mut stop = Stop::new()?;
    let emulator = builder.start().await?;
    if !emulator.address().ip().is_loopback() {
        warn(emulator.address())?;
    }
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", emulator.base_url())?;
    out.flush()?;
    stop.wait().await;
    tokio::select! {
        () = emulator.shutdown() => Ok(ExitCode::SUCCESS),
        () = stop.wait() => Ok(ExitCode::FAILURE),
    }
}

fn warn(address: SocketAddr) -> std::io::Result<()> {
    writeln!(
        std::io::stderr(),
        "WARNING: {address} can be reached from other machines. This emulator is made for tests: it protects \
         nothing, and whoever knows or guesses its secret reads and changes all its data. Use --listen 127.0.0.1:0 \
         unless you mean it."
    )
}

/// The signals that stop the emulator.
struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    #[cfg(unix)]
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(unix)]
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "setting signals up can fail elsewhere")]
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn wait(&mut self) {
        tokio::signal::ctrl_c().await.ok();
    }
}
