//! `stream-users delete`: users are deleted, softly or for good.

use clap::ValueEnum;
use stream_users_core::{Users, UsersApi as _, UsersApiExt as _};
use stream_users_model::{
    CallDeletionMode, ConversationDeletionMode, Custom, DeleteUsers, DeletionMode, UserId, operation,
};

use crate::confirm;
use crate::exit::{self, Exit};
use crate::globals::Globals;
use crate::many::{self, Words};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "an option each")]
#[command(after_help = "\
By default users are deleted softly, and `stream-users restore` brings their profiles back. Messages, conversations and
calls are left alone unless an option says otherwise. The id of a deleted user can never be used again.

It is said what will be done, and asked on a terminal, unless --yes is given. What cannot be undone (anything hard, by
pruning, or --files) is not done without --yes where there is no terminal: exit code 4.

The results say of each user `deleted`, or `failed` and why; exit code 3 where some failed.

Examples:
  stream-users delete ada
  stream-users delete ada bob --hard --new-channel-owner heir --dry-run
  stream-users delete --file ids.txt --hard --state delete.journal --yes")]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: many::Options,
    /// Delete the users for good, with their messages and conversations, as the service demands
    #[arg(long, conflicts_with = "pruning")]
    hard: bool,
    /// Delete the users and wipe what their profiles hold
    #[arg(long)]
    pruning: bool,
    /// What becomes of their messages
    #[arg(long, value_enum, value_name = "MODE")]
    messages: Option<Mode>,
    /// What becomes of their conversations, which are channels with two members
    #[arg(long, value_enum, value_name = "MODE")]
    conversations: Option<Lesser>,
    /// What becomes of their calls with one other
    #[arg(long, value_enum, value_name = "MODE")]
    calls: Option<Lesser>,
    /// Remove all that they have uploaded
    #[arg(long)]
    files: bool,
    /// Who owns their channels afterwards (`new_channel_owner_id`)
    #[arg(long, value_name = "ID")]
    new_channel_owner: Option<String>,
    /// Who owns their calls afterwards (`new_call_owner_id`)
    #[arg(long, value_name = "ID")]
    new_call_owner: Option<String>,
    /// Start the tasks, print their ids and do not wait for them
    #[arg(long, conflicts_with_all = ["state", "dry_run"])]
    no_wait: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Marked as deleted
    Soft,
    /// Marked as deleted, with the content wiped
    Pruning,
    /// Gone
    Hard,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lesser {
    /// Marked as deleted
    Soft,
    /// Gone
    Hard,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let template = template(&arguments)?;
    let Arguments { options, .. } = &arguments;
    let (whom, going) = (&options.whom, &options.going);
    let session = Session::open(globals).await?;
    let users: Users<Custom> = session.users();
    if going.dry_run {
        let would = if arguments.hard {
            "would be deleted for good"
        } else {
            "would be deleted"
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
    let what = || {
        Ok(format!(
            "{} will be deleted{}",
            whom.sentence()?,
            consequences(&arguments)
        ))
    };
    if is_final(&arguments) {
        confirm::confirm(globals, &what()?)?;
    } else {
        confirm::on_a_terminal(globals, what)?;
    }
    if arguments.no_wait {
        let (users, template) = (&users, &template);
        return many::start(
            globals,
            &session,
            &operation::DELETE_USERS,
            whom.rows()?,
            |ids| async move {
                let mut request = template.clone();
                request.user_ids = ids;
                Ok(users.delete_users(request).await?.body.task_id)
            },
        )
        .await;
    }
    let bulk = many::with_state(users.bulk(), &session, going.state.as_deref());
    let words = Words::new("deleted", options);
    many::run(
        globals,
        &session,
        bulk.delete_users(template, whom.rows()?),
        &words,
    )
    .await
}

/// Whether something of it cannot be undone.
fn is_final(arguments: &Arguments) -> bool {
    let Arguments {
        messages,
        conversations,
        calls,
        ..
    } = arguments;
    arguments.hard
        || arguments.pruning
        || arguments.files
        || messages.is_some_and(|mode| mode != Mode::Soft)
        || *conversations == Some(Lesser::Hard)
        || *calls == Some(Lesser::Hard)
}

/// What is deleted with them, and what can be undone.
fn consequences(arguments: &Arguments) -> String {
    let mut with = Vec::new();
    if arguments.hard {
        with.push("their messages and conversations");
    } else {
        match arguments.messages {
            Some(Mode::Hard) => with.push("their messages (for good)"),
            Some(Mode::Pruning) => with.push("what their messages say"),
            Some(Mode::Soft) => with.push("their messages"),
            None => {}
        }
        match arguments.conversations {
            Some(Lesser::Hard) => with.push("their conversations (for good)"),
            Some(Lesser::Soft) => with.push("their conversations"),
            None => {}
        }
    }
    match arguments.calls {
        Some(Lesser::Hard) => with.push("their calls (for good)"),
        Some(Lesser::Soft) => with.push("their calls"),
        None => {}
    }
    if arguments.files {
        with.push("their files");
    }
    let how = if arguments.hard { " for good" } else { "" };
    let with = match with.as_slice() {
        [] => String::new(),
        parts => format!(", with {}", parts.join(", ")),
    };
    let undone = if arguments.hard || arguments.pruning {
        "; this cannot be undone"
    } else if is_final(arguments) {
        "; `stream-users restore` brings back their profiles, and nothing else"
    } else {
        "; `stream-users restore` brings their profiles back"
    };
    format!("{how}{with}{undone}")
}

fn template(arguments: &Arguments) -> anyhow::Result<DeleteUsers> {
    let nobody = std::iter::empty::<UserId>();
    let mut request = if arguments.hard {
        DeleteUsers::hard(nobody)
    } else {
        DeleteUsers::new(nobody)
    };
    if arguments.pruning {
        request.user = Some(DeletionMode::Pruning);
    }
    let is_lesser = arguments.messages.is_some_and(|mode| mode != Mode::Hard)
        || arguments.conversations == Some(Lesser::Soft);
    if arguments.hard && is_lesser {
        return Err(exit::usage(
            "with --hard, messages and conversations are deleted for good as well: leave --messages and --conversations away",
        ));
    }
    if let Some(mode) = arguments.messages {
        request.messages = Some(match mode {
            Mode::Soft => DeletionMode::Soft,
            Mode::Pruning => DeletionMode::Pruning,
            Mode::Hard => DeletionMode::Hard,
        });
    }
    if let Some(mode) = arguments.conversations {
        request.conversations = Some(match mode {
            Lesser::Soft => ConversationDeletionMode::Soft,
            Lesser::Hard => ConversationDeletionMode::Hard,
        });
    }
    if let Some(mode) = arguments.calls {
        request.calls = Some(match mode {
            Lesser::Soft => CallDeletionMode::Soft,
            Lesser::Hard => CallDeletionMode::Hard,
        });
    }
    request.files = arguments.files.then_some(true);
    request.new_channel_owner_id = arguments.new_channel_owner.as_deref().map(UserId::from);
    request.new_call_owner_id = arguments.new_call_owner.as_deref().map(UserId::from);
    Ok(request)
}
