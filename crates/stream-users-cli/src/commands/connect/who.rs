//! Who connects: a user, for whom the server's secret signs a token; a guest, who is created; or nobody in particular.

use stream_users_live::ConnectUser;
use stream_users_model::UserRequest;

use crate::globals::Globals;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Who {
    /// As this user, who is created if there is none; the app's secret signs a token
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// As a guest of this name, who is created
    #[arg(long, value_name = "NAME")]
    guest: Option<String>,
    /// As nobody in particular
    #[arg(long)]
    anonymous: bool,
}

impl Who {
    /// The session of whoever connects; the one of a user is the server's, and signs a token for each connection.
    pub(super) async fn session(&self, globals: &Globals) -> anyhow::Result<Session> {
        if self.user.is_some() {
            return Session::open(globals).await;
        }
        Session::open_as(globals, |builder| match &self.guest {
            Some(name) => builder.guest(UserRequest::new(id_of(name)).name(name)),
            None => builder.anonymous(),
        })
        .await
    }

    /// What is said of the user at connecting.
    pub(super) fn user(&self) -> Option<ConnectUser> {
        self.user.clone().map(ConnectUser::new)
    }
}

/// An id after a name: what ids cannot have is a hyphen.
fn id_of(name: &str) -> String {
    let id: String = name
        .to_lowercase()
        .chars()
        .map(|character| match character {
            'a'..='z' | '0'..='9' | '@' | '_' => character,
            _ => '-',
        })
        .take(64)
        .collect();
    match id.trim_matches('-') {
        "" => "guest".to_owned(),
        id => id.to_owned(),
    }
}
