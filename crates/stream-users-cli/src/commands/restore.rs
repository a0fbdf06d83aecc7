//! `stream-users restore`: softly deleted users are there again.

use stream_users_core::{Users, UsersApiExt as _};
use stream_users_model::Custom;

use crate::exit::Exit;
use crate::globals::Globals;
use crate::many::{self, Words};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Their profiles come back; memberships, messages and reactions do not. Users who were deleted for good or by pruning
cannot be restored. A dry run cannot see deleted users: it says who is there, and so cannot be restored.

The results say of each user `restored`, or `failed` and why; exit code 3 where some failed.

Examples:
  stream-users restore ada
  stream-users restore --file ids.txt --state restore.journal")]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: many::Options,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let Arguments { options } = &arguments;
    let (whom, going) = (&options.whom, &options.going);
    let session = Session::open(globals).await?;
    let users: Users<Custom> = session.users();
    if going.dry_run {
        return many::look(
            globals,
            &session,
            whom.rows()?,
            whom.is_read(),
            |_, user| match user {
                Some(_) => Err("is not deleted".to_owned()),
                None => Ok("would be restored, if it was deleted softly"),
            },
        )
        .await;
    }
    if let (Some(id), None) = (whom.only(), &going.state) {
        let answer = users.restore_user(id).await;
        return many::one(globals, &session, id, "restored", answer);
    }
    let bulk = many::with_state(users.bulk(), &session, going.state.as_deref());
    let words = Words::new("restored", options);
    many::run(globals, &session, bulk.restore_users(whom.rows()?), &words).await
}
