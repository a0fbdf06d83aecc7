//! `stream-users get`: users by their ids.

use std::collections::HashMap;
use std::pin::pin;

use futures_util::TryStreamExt as _;
use stream_users_core::{Users, UsersApiExt as _};
use stream_users_model::{Custom, QueryUsers, User, UserId};

use crate::arguments::{Whom, whom};
use crate::exit::Exit;
use crate::globals::Globals;
use crate::output::{self, Output};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Any number of users, in the order of their ids here; deactivated ones, too. Exit code 3 where one of them is not there:
standard error names each. Deleted users are not there.

Examples:
  stream-users get ada bob
  stream-users get --file ids.txt --output csv")]
pub(crate) struct Arguments {
    #[command(flatten)]
    whom: Whom,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let ids = arguments.whom.rows()?;
    let session = Session::open(globals).await?;
    let users: Users<Custom> = session.users();
    let mut rows = Output::new(globals).users();
    let mut is_whole = true;
    let mut chunks = pin!(ids.try_chunks(QueryUsers::MAX_LIMIT as usize));
    while let Some(chunk) = chunks
        .try_next()
        .await
        .map_err(|error| whom::explain_input(error.1))?
    {
        let mut asked: Vec<UserId> = Vec::with_capacity(chunk.len());
        for row in chunk {
            match row.item {
                Ok(id) => asked.push(id),
                Err(rejected) => {
                    is_whole = false;
                    output::failure(&format!("line {}: {}", row.number, rejected.reason));
                }
            }
        }
        let found = users.get_users(asked.iter().cloned()).await;
        let found = found.map_err(|error| session.explain(error))?;
        let found: HashMap<&str, &User<Custom>> = found.iter().map(|user| (user.id.as_str(), user)).collect();
        for id in &asked {
            let Some(user) = found.get(id.as_str()) else {
                is_whole = false;
                output::failure(&format!("there is no user {id}"));
                continue;
            };
            if !rows.push(user)? {
                return Ok(Exit::Done);
            }
        }
    }
    rows.end()?;
    Ok(if is_whole { Exit::Done } else { Exit::SomeFailed })
}
