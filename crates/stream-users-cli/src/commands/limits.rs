//! `stream-users limits`: the quotas and what is left of them.

use clap::ValueEnum;
use serde::Serialize;
use stream_users_core::{Users, UsersApi as _};
use stream_users_model::{Custom, EndpointLimit, GetRateLimits, StrMap, Timestamp, operation};

use crate::exit::Exit;
use crate::globals::Globals;
use crate::output::Output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
A quota is that of a minute; `reset` says when it is full again.

Examples:
  stream-users limits
  stream-users limits --endpoint upsert_users --endpoint QueryUsers --platform all")]
pub(crate) struct Arguments {
    /// Only of this operation, as the service calls it (`UpdateUsers`) or as this command does (`upsert_users`)
    #[arg(long, value_name = "NAME", value_delimiter = ',', num_args = 1..)]
    endpoint: Vec<String>,
    /// Of which platform
    #[arg(long, value_enum, default_value_t = Platform::Server)]
    platform: Platform,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Platform {
    /// Servers, such as this command
    Server,
    /// Android
    Android,
    /// iOS
    Ios,
    /// Browsers
    Web,
    /// Unity
    Unity,
    /// Every platform
    All,
}

#[derive(Serialize)]
struct Row<'a> {
    platform: &'static str,
    endpoint: &'a str,
    limit: i64,
    remaining: i64,
    reset: Option<Timestamp>,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let request = GetRateLimits::new().endpoints(arguments.endpoint.iter().map(|name| service_name(name)));
    let request = match arguments.platform {
        Platform::Server => request.server_side(),
        Platform::Android => request.android(),
        Platform::Ios => request.ios(),
        Platform::Web => request.web(),
        Platform::Unity => request.unity(),
        Platform::All => request,
    };
    let session = Session::open(globals).await?;
    let users: Users<Custom> = session.users();
    let answer = users.get_rate_limits(request).await;
    let limits = answer.map_err(|error| session.explain(error))?.body;
    let platforms: [(&'static str, &Option<StrMap<EndpointLimit>>); 5] = [
        ("server_side", &limits.server_side),
        ("android", &limits.android),
        ("ios", &limits.ios),
        ("web", &limits.web),
        ("unity", &limits.unity),
    ];
    let mut rows = Output::new(globals).rows(&["platform", "endpoint", "limit", "remaining", "reset"]);
    for (platform, limits) in platforms {
        let mut limits: Vec<_> = limits.iter().flat_map(StrMap::iter).collect();
        limits.sort_by_key(|(endpoint, _)| *endpoint);
        for (endpoint, limit) in limits {
            let row = Row {
                platform,
                endpoint,
                limit: limit.limit,
                remaining: limit.remaining,
                reset: limit.reset_at(),
            };
            if !rows.push(&row)? {
                return Ok(Exit::Done);
            }
        }
    }
    rows.end()?;
    Ok(Exit::Done)
}

/// The service's name of an operation of ours; of another, the name that was given.
fn service_name(name: &str) -> &str {
    operation::find(&name.replace('-', "_")).map_or(name, |operation| operation.id)
}
