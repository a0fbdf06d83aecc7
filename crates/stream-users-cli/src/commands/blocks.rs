//! `stream-users blocks`: whom a user has blocked.

use stream_users_core::{Users, UsersApi as _};
use stream_users_model::{Custom, GetBlockedUsers};

use crate::exit::Exit;
use crate::globals::Globals;
use crate::output::Output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  stream-users blocks ada")]
pub(crate) struct Arguments {
    /// The user who blocks
    #[arg(value_name = "ID")]
    id: String,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let session = Session::open(globals).await?;
    let users: Users<Custom> = session.users();
    let request = GetBlockedUsers::new().user_id(arguments.id);
    let answer = users.get_blocked_users(request).await;
    let answer = answer.map_err(|error| session.explain(error))?;
    let mut rows = Output::new(globals).rows(&["blocked_user_id", "blocked_user.name", "created_at"]);
    for block in answer.body.blocks {
        if !rows.push(&block)? {
            return Ok(Exit::Done);
        }
    }
    rows.end()?;
    Ok(Exit::Done)
}
