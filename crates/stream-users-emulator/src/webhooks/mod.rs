//! Webhooks: who is told of events, and the telling. What was to be told when the emulator stopped is told when it is
//! started again on the same data.

mod post;
mod worker;

use http::Uri;

use crate::error::{Error, Result};
use crate::settings::Settings;

pub(crate) use worker::run;

/// A URL that is told of events.
#[derive(Debug)]
pub(crate) struct Hook {
    pub(crate) url: String,
    /// The types of events that it is told of; all if there are none.
    event_types: Vec<String>,
}

impl Hook {
    pub(crate) fn wants(&self, event_type: &str) -> bool {
        self.event_types.is_empty() || self.event_types.iter().any(|wanted| wanted == event_type)
    }
}

/// The hooks of the settings.
pub(crate) fn hooks(settings: &Settings) -> Vec<Hook> {
    let hook = |url: &String| Hook {
        url: url.clone(),
        event_types: Vec::new(),
    };
    settings.webhooks.iter().map(hook).collect()
}

/// Refuses settings that name a URL to which nothing can be sent.
pub(crate) fn check(settings: &Settings) -> Result<()> {
    settings
        .webhooks
        .iter()
        .try_for_each(|url| target(url).map(drop).map_err(Error::Webhook))
}

/// Reads a URL to which events are sent, or says why nothing can be sent to it. The URL itself is not repeated: it may
/// hold a secret.
fn target(url: &str) -> std::result::Result<Uri, &'static str> {
    let uri: Uri = url
        .parse()
        .map_err(|_| "it is no URL; an example is http://127.0.0.1:8080/hook")?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("http"), Some(authority)) if authority.as_str().contains('@') => {
            Err("user and password cannot stand in it")
        }
        (Some("http"), Some(_)) => Ok(uri),
        (Some("https"), _) => {
            Err("the emulator does not speak TLS; use an http:// URL, of a proxy if need be")
        }
        _ => Err("it has to begin with http:// and name a host; an example is http://127.0.0.1:8080/hook"),
    }
}
