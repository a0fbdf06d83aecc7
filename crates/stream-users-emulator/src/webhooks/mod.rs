//! Webhooks: who is told of events, and the telling. What was to be told when the emulator stopped is told when it is
//! started again on the same data.

mod post;
mod worker;

use http::Uri;
use rusqlite::Transaction;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::store::app_settings;

pub(crate) use worker::run;

/// A URL that is told of events.
#[derive(Debug)]
pub(crate) struct Hook {
    pub(crate) url: String,
    /// The types of events that it is told of; all if there are none.
    event_types: Vec<String>,
    /// Whether it is told of what the app has made up.
    custom_events: bool,
}

impl Hook {
    fn new(url: &str, event_types: Option<&Value>) -> Self {
        let event_types = event_types.and_then(Value::as_array).into_iter().flatten();
        Self {
            url: url.to_owned(),
            event_types: event_types
                .filter_map(|wanted| wanted.as_str().map(str::to_owned))
                .collect(),
            custom_events: true,
        }
    }

    /// A hook of the app's settings, if it is one that is told of events over HTTP.
    fn of_app(hook: &Map<String, Value>) -> Option<Self> {
        let flag = |name: &str| hook.get(name).and_then(Value::as_bool);
        let text = |name: &str| hook.get(name).and_then(Value::as_str);
        let is_told =
            flag("enabled") != Some(false) && text("hook_type").is_none_or(|kind| kind == "webhook");
        let url = text("webhook_url").filter(|url| is_told && !url.is_empty())?;
        Some(Self {
            custom_events: flag("should_send_custom_events") != Some(false),
            ..Self::new(url, hook.get("event_types"))
        })
    }

    pub(crate) fn wants(&self, event_type: &str) -> bool {
        let listed =
            self.event_types.is_empty() || self.event_types.iter().any(|wanted| wanted == event_type);
        // Types of the service have a dot, those of the app cannot have one.
        listed && (self.custom_events || event_type.contains('.'))
    }

    /// Why nothing can be sent to it, if that is so.
    pub(crate) fn unusable(&self) -> Option<&'static str> {
        target(&self.url).err()
    }
}

/// The settings of the app that name hooks.
const APP_SETTINGS: [&str; 3] = ["event_hooks", "webhook_events", "webhook_url"];

/// The hooks of the emulator's settings, and those of the app's.
pub(crate) fn hooks(tx: &Transaction<'_>, settings: &Settings) -> rusqlite::Result<Vec<Hook>> {
    let changed = app_settings::some(tx, &APP_SETTINGS)?;
    let value = |name: &str| changed.get(name).or_else(|| settings.app.get(name));
    let mut hooks: Vec<Hook> = settings.webhooks.iter().map(|url| Hook::new(url, None)).collect();
    let url = value("webhook_url").and_then(Value::as_str);
    if let Some(url) = url.filter(|url| !url.is_empty()) {
        hooks.push(Hook::new(url, value("webhook_events")));
    }
    let of_app = value("event_hooks")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    hooks.extend(of_app.filter_map(|hook| Hook::of_app(hook.as_object()?)));
    Ok(hooks)
}

/// Whether events are compressed: the emulator's settings or those of the app say so.
pub(crate) fn compresses(tx: &Transaction<'_>, settings: &Settings) -> rusqlite::Result<bool> {
    let name = "enable_hook_payload_compression";
    let changed = app_settings::some(tx, &[name])?;
    let flag = changed.get(name).or_else(|| settings.app.get(name));
    Ok(settings.webhook_gzip || flag.and_then(Value::as_bool).unwrap_or(false))
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
