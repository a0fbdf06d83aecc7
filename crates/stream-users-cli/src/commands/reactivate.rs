//! `stream-users reactivate`: deactivated users can connect and act again.

use stream_users_core::{Users, UsersApi as _, UsersApiExt as _};
use stream_users_model::{Custom, ReactivateUser, ReactivateUsers, UserId, operation};

use crate::exit::Exit;
use crate::globals::Globals;
use crate::many::{self, Words};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The results say of each user `reactivated`, or `failed` and why; exit code 3 where some failed.

Examples:
  stream-users reactivate ada --restore-messages
  stream-users query --all --include-deactivated --where plan=pro | stream-users reactivate -")]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: many::Options,
    /// Who does it, for the event that tells of it (`created_by_id`)
    #[arg(long, value_name = "ID")]
    created_by: Option<String>,
    /// Bring back messages that the deactivation has marked as deleted
    #[arg(long)]
    restore_messages: bool,
    /// Bring back channels that the deactivation has marked as deleted
    #[arg(long)]
    restore_channels: bool,
    /// Start the tasks, print their ids and do not wait for them
    #[arg(long, conflicts_with_all = ["state", "dry_run"])]
    no_wait: bool,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let Arguments { options, .. } = &arguments;
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
                Some(user) if user.deactivated_at.is_some() => Ok("would be reactivated"),
                Some(_) => Err("is not deactivated".to_owned()),
                None => Err(many::NOBODY.to_owned()),
            },
        )
        .await;
    }
    let mut template = ReactivateUsers::new(std::iter::empty::<UserId>());
    template.created_by_id = arguments.created_by.as_deref().map(UserId::from);
    template.restore_messages = arguments.restore_messages.then_some(true);
    template.restore_channels = arguments.restore_channels.then_some(true);
    if arguments.no_wait {
        let (users, template) = (&users, &template);
        return many::start(
            globals,
            &session,
            &operation::REACTIVATE_USERS,
            whom.rows()?,
            |ids| async move {
                let mut request = template.clone();
                request.user_ids = ids;
                Ok(users.reactivate_users(request).await?.body.task_id)
            },
        )
        .await;
    }
    // One user needs no task.
    if let (Some(id), None, None) = (whom.only(), &going.state, template.restore_channels) {
        let mut request = ReactivateUser::new(id);
        request.created_by_id = template.created_by_id;
        request.restore_messages = template.restore_messages;
        let answer = users.reactivate_user(request).await;
        return many::one(globals, &session, id, "reactivated", answer.map(drop));
    }
    let bulk = many::with_state(users.bulk(), &session, going.state.as_deref());
    let words = Words::new("reactivated", options);
    many::run(
        globals,
        &session,
        bulk.reactivate_users(template, whom.rows()?),
        &words,
    )
    .await
}
