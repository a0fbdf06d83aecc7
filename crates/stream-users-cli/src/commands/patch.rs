//! `stream-users patch`: single fields of users are set and unset: of one by options, of many by a file of patches.

use std::path::PathBuf;

use anyhow::Context as _;
use futures_util::stream;
use stream_users_core::bulk::{InputError, Row};
use stream_users_core::{Users, UsersApiExt as _};
use stream_users_model::{Custom, User, UserPatch};

use crate::arguments::{Pair, whom};
use crate::exit::{self, Exit};
use crate::globals::Globals;
use crate::input::{Input, InputOptions, Location};
use crate::many::{self, Words};
use crate::output::Output;
use crate::session::Session;

/// Fields that hold texts: what is set there is none of JSON.
const TEXTS: [&str; 4] = ["name", "image", "role", "language"];

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The service's partial update: the fields that are named change, the rest stays. Custom data stand beside the built-in
fields: `plan`, not `custom.plan`; a dot leads into an object, as in address.city. A value is JSON or a text; for name,
image, role and language it is a text.

Prints the user as it is then. A file holds a patch a line, {\"id\":\"ada\",\"set\":{\"plan\":\"pro\"},\"unset\":[\"image\"]}, or
is CSV, whose columns are set. Its results say of each user `changed`, or `failed` and why; exit code 3 where some failed.

Examples:
  stream-users patch ada --set name='Ada L.' --set address.city=London --unset image
  stream-users patch --file plans.csv --state plans.journal")]
pub(crate) struct Arguments {
    /// The user
    #[arg(value_name = "ID", required_unless_present = "file", conflicts_with = "file")]
    id: Option<String>,
    /// Set a field; may be given often
    #[arg(long, value_name = "FIELD=VALUE", requires = "id")]
    set: Vec<Pair>,
    /// Unset a field; may be given often
    #[arg(long, value_name = "FIELD", value_delimiter = ',', requires = "id")]
    unset: Vec<String>,
    /// Take patches from a file, or with `-` from standard input
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
    /// Keep in this file what was done, so that the same command goes on after it was ended, and does nothing twice
    #[arg(long, value_name = "PATH", requires = "file")]
    state: Option<PathBuf>,
    /// Look the users up, say of each whether it would be changed, and change nothing
    #[arg(long, conflicts_with = "state")]
    dry_run: bool,
    #[command(flatten)]
    input: InputOptions,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    if let Some(file) = &arguments.file {
        return of_file(globals, &arguments, &Location::new(file)).await;
    }
    let dry_run = arguments.dry_run;
    let patch = patch(arguments)?;
    let session = Session::open(globals).await?;
    if dry_run {
        let rows = stream::iter([Ok::<_, InputError>(Row::new(1, patch))]);
        return many::look(globals, &session, rows, false, verdict).await;
    }
    let users: Users<Custom> = session.users();
    let user = users.update_user_partial(patch).await;
    let user = user.map_err(|error| session.explain(error))?;
    let mut rows = Output::new(globals).users();
    rows.push(&user)?;
    rows.end()?;
    Ok(Exit::Done)
}

async fn of_file(globals: &Globals, arguments: &Arguments, location: &Location) -> anyhow::Result<Exit> {
    let input = Input::open(location, &arguments.input).map_err(whom::explain)?;
    let rows = input.patches();
    let session = Session::open(globals).await?;
    if arguments.dry_run {
        return many::look(globals, &session, rows, true, verdict).await;
    }
    let users: Users<Custom> = session.users();
    let bulk = many::with_state(users.bulk(), &session, arguments.state.as_deref());
    let words = Words {
        done: "changed",
        lines: true,
        state: arguments.state.is_some(),
    };
    many::run(globals, &session, bulk.update_users_partial(rows), &words).await
}

fn verdict(_: &UserPatch, user: Option<&User<Custom>>) -> Result<&'static str, String> {
    match user {
        Some(_) => Ok("would be changed"),
        None => Err(many::NOBODY.to_owned()),
    }
}

fn patch(arguments: Arguments) -> anyhow::Result<UserPatch> {
    let id = arguments.id.context("there is no user")?;
    let mut patch = UserPatch::new(id);
    for pair in arguments.set {
        let name = field(&pair.name).to_owned();
        patch = if TEXTS.contains(&name.as_str()) {
            patch.set(name, pair.into_text())
        } else {
            patch.set(name, pair.value)
        };
    }
    for name in &arguments.unset {
        patch = patch.unset(field(name));
    }
    if patch.is_empty() {
        return Err(exit::usage(
            "nothing would be changed: name a field with --set FIELD=VALUE or --unset FIELD",
        ));
    }
    Ok(patch)
}

/// Results show custom data under `custom`; in a patch they stand beside the other fields.
fn field(name: &str) -> &str {
    name.strip_prefix("custom.").unwrap_or(name)
}
