//! `stream-users unblock`: blocks are taken back.

use stream_users_core::{Users, UsersApi as _};
use stream_users_model::{Custom, UnblockUsers};

use crate::each;
use crate::exit::Exit;
use crate::globals::Globals;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  stream-users unblock bob --by ada")]
pub(crate) struct Arguments {
    /// The users to unblock
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// The user who has blocked them
    #[arg(long, value_name = "ID")]
    by: String,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let session = Session::open(globals).await?;
    let users: Users<Custom> = session.users();
    let (users, by) = (&users, arguments.by.as_str());
    if arguments.dry_run {
        return each::pretend(globals, &arguments.ids, "would be unblocked");
    }
    each::run(globals, &session, &arguments.ids, "unblocked", |id| async move {
        users
            .unblock_users(UnblockUsers::new(id).user_id(by))
            .await
            .map(drop)
    })
    .await
}
