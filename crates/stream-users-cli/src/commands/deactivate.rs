//! `stream-users deactivate`: users can neither connect nor act until they are reactivated.

use stream_users_core::{Users, UsersApi as _, UsersApiExt as _};
use stream_users_model::{Custom, DeactivateUser, DeactivateUsers, UserId, operation};

use crate::confirm;
use crate::exit::Exit;
use crate::globals::Globals;
use crate::many::{self, Words};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
A deactivated user can neither connect nor act, and queries find it with --include-deactivated only; its data stay, and
`stream-users reactivate` takes it back. On a terminal, it is asked for first, unless --yes is given.

The results say of each user `deactivated`, or `failed` and why; exit code 3 where some failed.

Examples:
  stream-users deactivate ada --created-by support
  stream-users deactivate --file leavers.csv --state leavers.journal --yes")]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: many::Options,
    /// Who does it, for the event that tells of it (`created_by_id`)
    #[arg(long, value_name = "ID")]
    created_by: Option<String>,
    /// Mark the users' messages as deleted
    #[arg(long)]
    mark_messages_deleted: bool,
    /// Mark the users' channels as deleted
    #[arg(long)]
    mark_channels_deleted: bool,
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
                Some(user) if user.is_active() => Ok("would be deactivated"),
                Some(_) => Err("is deactivated already".to_owned()),
                None => Err(many::NOBODY.to_owned()),
            },
        )
        .await;
    }
    confirm::on_a_terminal(globals, || {
        Ok(format!(
            "{} will be deactivated; `stream-users reactivate` takes it back",
            whom.sentence()?
        ))
    })?;
    let template = template(&arguments);
    if arguments.no_wait {
        let (users, template) = (&users, &template);
        return many::start(
            globals,
            &session,
            &operation::DEACTIVATE_USERS,
            whom.rows()?,
            |ids| async move {
                let mut request = template.clone();
                request.user_ids = ids;
                Ok(users.deactivate_users(request).await?.body.task_id)
            },
        )
        .await;
    }
    // One user needs no task.
    if let (Some(id), None, false) = (whom.only(), &going.state, arguments.mark_channels_deleted) {
        let mut request = DeactivateUser::new(id);
        request.created_by_id = template.created_by_id;
        request.mark_messages_deleted = template.mark_messages_deleted;
        let answer = users.deactivate_user(request).await;
        return many::one(globals, &session, id, "deactivated", answer.map(drop));
    }
    let bulk = many::with_state(users.bulk(), &session, going.state.as_deref());
    let words = Words::new("deactivated", options);
    many::run(
        globals,
        &session,
        bulk.deactivate_users(template, whom.rows()?),
        &words,
    )
    .await
}

fn template(arguments: &Arguments) -> DeactivateUsers {
    let mut request = DeactivateUsers::new(std::iter::empty::<UserId>());
    request.created_by_id = arguments.created_by.as_deref().map(UserId::from);
    request.mark_messages_deleted = arguments.mark_messages_deleted.then_some(true);
    request.mark_channels_deleted = arguments.mark_channels_deleted.then_some(true);
    request
}
