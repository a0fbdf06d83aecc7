//! `stream-users token verify`.

use std::io::{IsTerminal, Read};
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;
use stream_users_core::token::VerifiedToken;
use stream_users_core::{Users, UsersApiExt as _};
use stream_users_model::{Custom, Str, Timestamp, Token, UserId};

use crate::arguments::time;
use crate::exit::{self, Exit};
use crate::globals::Globals;
use crate::output::Output;
use crate::session::Session;

/// More than the longest token that is read.
const MOST: u64 = 64 * 1024;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit code 0 where the token is valid, 1 where it is not; standard error then says why. A token that names no user is a
server's, which may do everything.

Give the token on standard input: others on this machine can read what stands on a command line.

Example:
  stream-users token verify < token.txt")]
pub(crate) struct Arguments {
    /// The token; `-`, the default, reads it from standard input
    #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true)]
    token: String,
    /// How far clocks may differ
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time::duration)]
    leeway: Duration,
    /// Ask the service, too: whether the user is there and active, and whether its tokens were revoked
    #[arg(long)]
    ask: bool,
}

#[derive(Serialize)]
struct Claims<'a> {
    user_id: Option<&'a str>,
    server: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_cids: Option<&'a [Str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_cids: Option<&'a [Str]>,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let token = read(&arguments.token)?;
    let session = Session::open(globals).await?;
    let verifier = session.client().token_verifier()?.leeway(arguments.leeway);
    let now = session.client().service_time();
    let token = verifier.verify(&token, now).map_err(|error| match error.code() {
        Some(code) => anyhow::anyhow!("{error} (the service's code {code})"),
        None => error.into(),
    })?;
    if arguments.ask {
        ask(&session, &token).await?;
    }
    Output::new(globals).value(&Claims {
        user_id: token.user_id().map(UserId::as_str),
        server: token.is_server(),
        issued_at: token.issued_at(),
        not_before: token.not_before(),
        expires_at: token.expires_at(),
        role: token.role(),
        channel_cids: token.channel_cids(),
        call_cids: token.call_cids(),
    })?;
    Ok(Exit::Done)
}

fn read(argument: &str) -> anyhow::Result<Token> {
    if argument != "-" {
        return Ok(Token::new(argument.trim()));
    }
    if std::io::stdin().is_terminal() {
        return Err(exit::usage(
            "give the token on standard input: stream-users token verify < token.txt",
        ));
    }
    let mut text = String::new();
    std::io::stdin()
        .take(MOST)
        .read_to_string(&mut text)
        .context("the token could not be read from standard input")?;
    Ok(Token::new(text.trim()))
}

/// Whether the service would still take the token.
async fn ask(session: &Session, token: &VerifiedToken) -> anyhow::Result<()> {
    let Some(id) = token.user_id() else {
        return Ok(());
    };
    let users: Users<Custom> = session.users();
    let user = users.get_user(id).await.map_err(|error| session.explain(error))?;
    let user =
        user.with_context(|| format!("there is no user {id:?}: it was never created, or it was deleted"))?;
    if let Some(time) = user.deactivated_at {
        anyhow::bail!("the user {id:?} was deactivated at {time}");
    }
    if let Some(time) = user
        .revoke_tokens_issued_before
        .filter(|_| token.is_revoked_by(user.revoke_tokens_issued_before))
    {
        anyhow::bail!(
            "the tokens of the user {id:?} that were issued before {time} were revoked; make a new one"
        );
    }
    Ok(())
}
