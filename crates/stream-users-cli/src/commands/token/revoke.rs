//! `stream-users token revoke`.

use futures_util::StreamExt as _;
use stream_users_core::bulk::Row;
use stream_users_core::{Users, UsersApiExt as _};
use stream_users_model::{Custom, Timestamp, UserPatch};

use crate::arguments::time::Moment;
use crate::confirm;
use crate::exit::{self, Exit};
use crate::globals::Globals;
use crate::many::{self, Words};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The service refuses the users' tokens that were issued before the time (`revoke_tokens_issued_before`), and those that do
not say when they were. It replaces a time that was set before. TIME is as 2026-01-02T03:04:05Z, seconds since 1970, or
now. A token is dated five seconds back: where a user may log in again at once, revoke at five seconds ago.

On a terminal, it is asked for first, unless --yes is given. The results say of each user `revoked` or `accepted again`,
or `failed` and why; exit code 3 where some failed.

Examples:
  stream-users token revoke ada
  stream-users token revoke --file leaked.txt --before 2026-01-02T03:04:05Z --yes
  stream-users token revoke ada --undo")]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: many::Options,
    /// Refuse tokens that were issued before this time
    #[arg(long, value_name = "TIME", default_value = "now")]
    before: Moment,
    /// Accept the users' tokens again
    #[arg(long, conflicts_with = "before")]
    undo: bool,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let options = &arguments.options;
    let (whom, going) = (&options.whom, &options.going);
    let session = Session::open(globals).await?;
    let users: Users<Custom> = session.users();
    let undo = arguments.undo;
    if going.dry_run {
        let would = if undo {
            "would be accepted again"
        } else {
            "would be revoked"
        };
        return many::look(
            globals,
            &session,
            whom.rows()?,
            whom.is_read(),
            |_, user| match user {
                Some(_) => Ok(would),
                None => Err(many::NOBODY.to_owned()),
            },
        )
        .await;
    }
    if let (Some(_), Moment::Now, false) = (&going.state, arguments.before, undo) {
        // It would be another time in the run that goes on.
        return Err(exit::usage(format!(
            "with --state, say the time: --before {}",
            session.client().service_time()
        )));
    }
    let time = (!undo).then(|| arguments.before.at(session.client().service_time()));
    if let Some(time) = time {
        confirm::on_a_terminal(globals, || {
            Ok(format!(
                "the tokens of {} that were issued before {time} will be refused, until --undo is given",
                whom.sentence()?
            ))
        })?;
    }
    let patches = whom.rows()?.map(move |row| row.map(|row| patch(row, time)));
    let bulk = many::with_state(users.bulk(), &session, going.state.as_deref());
    let words = Words::new(if undo { "accepted again" } else { "revoked" }, options);
    many::run(globals, &session, bulk.update_users_partial(patches), &words).await
}

fn patch(row: Row<stream_users_model::UserId>, time: Option<Timestamp>) -> Row<UserPatch> {
    match row.item {
        Ok(id) => Row::new(row.number, UserPatch::new(id).revoke_tokens_issued_before(time)),
        Err(rejected) => Row::rejected(row.number, rejected),
    }
}
