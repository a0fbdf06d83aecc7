//! `stream-users query`: users by a filter, in the order of the service or page by page to the end.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use stream_users_core::{Users, UsersApi as _, UsersApiExt as _};
use stream_users_model::{Custom, QueryUsers, Sort};

use crate::arguments::{self, Conditions};
use crate::exit::Exit;
use crate::globals::Globals;
use crate::output::Output;
use crate::session::Session;

/// How many users are shown where nothing is said: as many as the service answers then.
const BY_DEFAULT: u64 = 30;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
A filter is the service's: {\"role\":\"admin\"}, {\"created_at\":{\"$gt\":\"2026-01-01T00:00:00Z\"}},
{\"$or\":[{\"plan\":\"pro\"},{\"teams\":{\"$in\":[\"red\"]}}]}. Custom data stand in it under their own name. Without a
filter, everybody is found; deleted users never are.

Without --sort, the newest come first; with --all, or a --limit over 100, they come in the order of their ids.
An order by a field of custom data reaches 1,100 users, one by id, created_at, updated_at, role, name or
last_active any number.

Examples:
  stream-users query '{\"role\":\"admin\"}' --sort created_at:desc --limit 10
  stream-users query --where plan=pro --where 'seats>=5' --columns id,name,custom.plan
  stream-users query --all --output csv > users.csv")]
pub(crate) struct Arguments {
    /// Which users, as a filter in JSON: `{"role":"admin"}`
    #[arg(value_name = "FILTER")]
    positional: Option<String>,
    /// The same as FILTER
    #[arg(long, value_name = "FILTER", conflicts_with = "positional")]
    filter: Option<String>,
    #[command(flatten)]
    conditions: Conditions,
    /// The order: a field, `:asc` or `:desc`, and `:number` or `:boolean` for custom data; up to five, the first counts most
    #[arg(long, value_name = "FIELD[:desc]", value_delimiter = ',', value_parser = arguments::sort)]
    sort: Vec<Sort>,
    /// Show this many users at most, by default 30
    #[arg(long, value_name = "N", conflicts_with = "all", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Leave out this many users at the start, 1000 at most
    #[arg(long, value_name = "N")]
    offset: Option<u32>,
    /// Show all users that are found, page by page
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let filter = arguments.filter.as_deref().or(arguments.positional.as_deref());
    let mut query = QueryUsers::new(arguments.conditions.and(filter)?);
    if arguments.conditions.include_deactivated {
        query = query.include_deactivated_users(true);
    }
    query.sort = arguments.sort;
    query.offset = arguments.offset;
    let session = Session::open(globals).await?;
    let users: Users<Custom> = session.users();
    let output = Output::new(globals);
    let mut rows = output.users();
    let limit = match arguments.limit {
        _ if arguments.all => u64::MAX,
        Some(limit) => limit,
        None => BY_DEFAULT,
    };
    let mut shown: u64 = 0;
    match u32::try_from(limit) {
        Ok(limit) if limit <= QueryUsers::MAX_LIMIT => {
            let answer = users.query_users(query.limit(limit)).await;
            for user in answer.map_err(|error| session.explain(error))?.body.users {
                shown += 1;
                if !rows.push(&user)? {
                    return Ok(Exit::Done);
                }
            }
        }
        _ => {
            let mut items = pin!(users.items(query));
            while shown < limit {
                let Some(user) = items.try_next().await.map_err(|error| session.explain(error))? else {
                    break;
                };
                shown += 1;
                if !rows.push(&user)? {
                    return Ok(Exit::Done);
                }
            }
        }
    }
    rows.end()?;
    if shown == limit && arguments.limit.is_none() {
        output.note(&format!(
            "the first {shown} users; there may be more: take a larger --limit, or --all"
        ));
    }
    Ok(Exit::Done)
}
