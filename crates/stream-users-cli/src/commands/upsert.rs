//! `stream-users upsert`: users are created or replaced: one by options, or those of a file. A file that is to be gone on
//! with belongs to `import`.

use anyhow::Context as _;
use futures_util::stream;
use serde_json::{Map, Value};
use stream_users_core::bulk::{InputError, Row};
use stream_users_core::{Users, UsersApiExt as _};
use stream_users_model::{Custom, UserRequest};

use crate::arguments::{Pair, whom};
use crate::exit::{self, Exit};
use crate::globals::Globals;
use crate::input::{DuplicateIds, Input, InputOptions, Location};
use crate::many::{self, Words};
use crate::output::Output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
A user who is there is replaced whole: a name, an image and custom data that are not given are dropped, role and teams
stay. To change single fields, take `stream-users patch`.

Prints the user as it is then. With --file, the results say of each user `upserted`, or `failed` and why; exit code 3
where some failed. For a file that is to be gone on with after an end, take `stream-users import`.

Examples:
  stream-users upsert ada --name Ada --role admin --team red --custom plan=pro --custom seats=3
  jq -c .user events.json | stream-users upsert --file -")]
pub(crate) struct Arguments {
    /// The user
    #[arg(value_name = "ID", required_unless_present = "file", conflicts_with = "file")]
    id: Option<String>,
    /// The name
    #[arg(long, requires = "id")]
    name: Option<String>,
    /// The URL of an image
    #[arg(long, value_name = "URL", requires = "id")]
    image: Option<String>,
    /// The role; a new user has `user` without it
    #[arg(long, requires = "id")]
    role: Option<String>,
    /// The preferred language as an ISO 639-1 code
    #[arg(long, value_name = "CODE", requires = "id")]
    language: Option<String>,
    /// A team that the user belongs to; may be given often
    #[arg(long, value_name = "TEAM", value_delimiter = ',', requires = "id")]
    team: Vec<String>,
    /// Let the user appear offline to others
    #[arg(long, requires = "id")]
    invisible: bool,
    /// Custom data; the value is JSON or a text; may be given often
    #[arg(long, value_name = "NAME=VALUE", requires = "id")]
    custom: Vec<Pair>,
    /// All custom data as a JSON object; --custom adds to it
    #[arg(long, value_name = "JSON", requires = "id")]
    custom_json: Option<String>,
    /// Take users from a file, or with `-` from standard input, as `stream-users import` does
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
    /// Look the users up, say of each whether it would be created or replaced, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    input: InputOptions,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    if let Some(file) = &arguments.file {
        return of_file(globals, &arguments, &Location::new(file)).await;
    }
    let dry_run = arguments.dry_run;
    let user = user(arguments)?;
    let session = Session::open(globals).await?;
    if dry_run {
        let rows = stream::iter([Ok::<_, InputError>(Row::new(1, user))]);
        return many::look(globals, &session, rows, false, verdict).await;
    }
    let users: Users<Custom> = session.users();
    let user = users
        .upsert_user(user)
        .await
        .map_err(|error| session.explain(error))?;
    let mut rows = Output::new(globals).users();
    rows.push(&user)?;
    rows.end()?;
    Ok(Exit::Done)
}

async fn of_file(globals: &Globals, arguments: &Arguments, location: &Location) -> anyhow::Result<Exit> {
    let input = Input::open(location, &arguments.input).map_err(whom::explain)?;
    let rows = input.users(DuplicateIds::Refuse);
    let session = Session::open(globals).await?;
    if arguments.dry_run {
        return many::look(globals, &session, rows, true, verdict).await;
    }
    let users: Users<Custom> = session.users();
    let words = Words {
        done: "upserted",
        lines: true,
        state: false,
    };
    many::run(globals, &session, users.bulk().upsert_users(rows), &words).await
}

fn verdict(
    _: &UserRequest<Custom>,
    user: Option<&stream_users_model::User<Custom>>,
) -> Result<&'static str, String> {
    match user {
        Some(user) if user.is_active() => Ok("would be replaced"),
        Some(_) => Err("is deactivated; reactivate it first".to_owned()),
        None => Ok("would be created"),
    }
}

fn user(arguments: Arguments) -> anyhow::Result<UserRequest<Custom>> {
    let id = arguments.id.context("there is no user")?;
    let mut user = UserRequest::new(id);
    user.name = arguments.name.map(Into::into);
    user.image = arguments.image.map(Into::into);
    user.role = arguments.role.map(Into::into);
    user.language = arguments.language.map(Into::into);
    user.invisible = arguments.invisible.then_some(true);
    if !arguments.team.is_empty() {
        user = user.teams(arguments.team);
    }
    if arguments.custom_json.is_some() || !arguments.custom.is_empty() {
        let mut custom = arguments
            .custom_json
            .as_deref()
            .map(object)
            .transpose()?
            .unwrap_or_default();
        custom.extend(arguments.custom.into_iter().map(|pair| (pair.name, pair.value)));
        user = user.custom(Custom::from_serialize(&custom)?);
    }
    Ok(user)
}

fn object(json: &str) -> anyhow::Result<Map<String, Value>> {
    const EXAMPLE: &str =
        "write it as in '{\"plan\":\"pro\"}', in single quotes so that the shell leaves it as it is";
    match serde_json::from_str(json) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(exit::usage(format!(
            "--custom-json is not a JSON object; {EXAMPLE}"
        ))),
        Err(error) => Err(exit::usage(format!(
            "--custom-json is not JSON: {error}; {EXAMPLE}"
        ))),
    }
}
