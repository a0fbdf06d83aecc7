//! `stream-users guest`: a guest, and the token to act as it.

use stream_users_core::{Random, Users, UsersApi as _};
use stream_users_model::{CreateGuest, Custom, UserRequest};

use crate::arguments::Pair;
use crate::exit::{self, Exit};
use crate::globals::{Format, Globals};
use crate::output::{self, Output};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints the guest under the id that the service gave it, and the token. Whoever has the token is the guest.

Examples:
  stream-users guest --name Ada
  stream-users guest visitor-7 --custom page=/pricing | jq -r .access_token")]
pub(crate) struct Arguments {
    /// The id to ask for, which the service may put something before; by default a random one
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// The name
    #[arg(long)]
    name: Option<String>,
    /// The URL of an image
    #[arg(long, value_name = "URL")]
    image: Option<String>,
    /// Custom data; the value is JSON or a text
    #[arg(long, value_name = "NAME=VALUE")]
    custom: Vec<Pair>,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let output = Output::new(globals);
    // Before anything is sent: the token of a guest is told once.
    if output.format() == Format::Csv {
        return Err(exit::usage(
            "a guest is no row of CSV; take --output json, ndjson or table",
        ));
    }
    let mut user = UserRequest::<Custom>::new(arguments.id.unwrap_or_else(|| Random::new().request_id()));
    if let Some(name) = arguments.name {
        user = user.name(name);
    }
    if let Some(image) = arguments.image {
        user = user.image(image);
    }
    if !arguments.custom.is_empty() {
        let pairs = arguments.custom.into_iter().map(|pair| (pair.name, pair.value));
        user = user.custom(pairs.collect());
    }
    let session = Session::open(globals).await?;
    let users: Users<Custom> = session.users();
    let guest = users.create_guest(CreateGuest::new(user)).await;
    let guest = guest.map_err(|error| session.explain(error))?.body;
    match output.format() {
        // A cell may be cut, a token must not be.
        Format::Table => {
            output::line(&format!("id            {}", guest.user.id))?;
            output::line(&format!("access_token  {}", guest.access_token.expose()))?;
        }
        Format::Csv | Format::Json | Format::Ndjson => {
            output::json(&serde_json::json!({
                "user": guest.user,
                "access_token": guest.access_token.expose(),
            }))?;
        }
    }
    Ok(Exit::Done)
}
