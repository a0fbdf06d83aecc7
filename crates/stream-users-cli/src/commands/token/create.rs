//! `stream-users token create`.

use std::time::Duration;

use serde_json::json;
use stream_users_core::token::UserToken;

use crate::arguments::Pair;
use crate::arguments::time::{self, Moment};
use crate::exit::{self, Exit};
use crate::globals::{Format, Globals};
use crate::output::{self, Output};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints the token alone, also into a pipe; --output json or ndjson prints an object with `token`. It is dated five
seconds back, since the service refuses tokens from its future and clocks differ. A TIME is as 2026-01-02T03:04:05Z,
seconds since 1970, or now. The user need not exist yet.

Examples:
  stream-users token create ada --expires-in 1h
  TOKEN=$(stream-users token create ada --expires-in 7d --role moderator)")]
pub(crate) struct Arguments {
    /// The user
    #[arg(value_name = "ID")]
    id: String,
    /// How long the token is valid, such as 15m, 1h or 7d; without an end, it is valid until it is revoked
    #[arg(long, value_name = "TIME", value_parser = time::duration)]
    expires_in: Option<Duration>,
    /// When the token expires (`exp`)
    #[arg(long, value_name = "TIME", conflicts_with = "expires_in")]
    expires_at: Option<Moment>,
    /// When the token was issued (`iat`); by default five seconds ago
    #[arg(long, value_name = "TIME")]
    issued_at: Option<Moment>,
    /// From when on the token is valid (`nbf`)
    #[arg(long, value_name = "TIME")]
    not_before: Option<Moment>,
    /// The role that the user has while acting with the token
    #[arg(long)]
    role: Option<String>,
    /// The chat channels that the token opens (`channel_cids`), such as messaging:general
    #[arg(long, value_name = "CID", value_delimiter = ',')]
    channel: Vec<String>,
    /// The video calls that the token opens (`call_cids`), such as default:standup
    #[arg(long, value_name = "CID", value_delimiter = ',')]
    call: Vec<String>,
    /// A claim of your own; the value is JSON or a text
    #[arg(long, value_name = "NAME=VALUE")]
    claim: Vec<Pair>,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let session = Session::open(globals).await?;
    let now = session.client().service_time();
    let mut token = UserToken::new(arguments.id.as_str());
    if let Some(span) = arguments.expires_in {
        token = token.expires_in(span);
    }
    if let Some(time) = arguments.expires_at {
        token = token.expires_at(time.at(now));
    }
    if let Some(time) = arguments.issued_at {
        token = token.issued_at(time.at(now));
    }
    if let Some(time) = arguments.not_before {
        token = token.not_before(time.at(now));
    }
    if let Some(role) = arguments.role {
        token = token.role(role);
    }
    if !arguments.channel.is_empty() {
        token = token.channel_cids(arguments.channel);
    }
    if !arguments.call.is_empty() {
        token = token.call_cids(arguments.call);
    }
    for claim in arguments.claim {
        token = token.claim(claim.name, claim.value);
    }
    // What is wrong with it lies with the options: the secret is there.
    let signed = session.client().create_token(&token);
    let signed = signed.map_err(|error| exit::usage(error.to_string()))?;
    let output = Output::new(globals);
    if arguments.expires_in.is_none() && arguments.expires_at.is_none() {
        output.note("the token has no end: it is valid until it is revoked; --expires-in 1h gives it one");
    }
    match globals.output {
        None | Some(Format::Table) => output::line(signed.expose())?,
        Some(Format::Csv) => {
            return Err(exit::usage(
                "a token is no row of CSV; leave --output away to print it alone",
            ));
        }
        Some(Format::Json | Format::Ndjson) => {
            output::json(&json!({"user_id": arguments.id, "token": signed.expose()}))?;
        }
    }
    Ok(Exit::Done)
}
