//! The app as it is answered.

use rusqlite::Transaction;
use serde_json::{Map, Value};

use super::known::defaults;
use crate::store::app_settings;
use crate::surface::Surface;

/// What a client is shown of the app.
const FOR_CLIENTS: [&str; 7] = [
    "async_url_enrich_enabled",
    "auto_translation_enabled",
    "file_upload_config",
    "id",
    "image_upload_config",
    "name",
    "placement",
];

/// The app as a server is shown it: every setting.
pub(crate) fn for_servers(
    tx: &Transaction<'_>,
    start: &Map<String, Value>,
    surface: Surface,
) -> rusqlite::Result<Map<String, Value>> {
    let mut app = defaults();
    lay_over(&mut app, start.clone());
    lay_over(&mut app, app_settings::all(tx)?);
    if let Some(time) = app
        .remove("revoke_tokens_issued_before")
        .and_then(|time| time.as_i64())
    {
        app.insert("revoke_tokens_issued_before".to_owned(), surface.time(time));
    }
    let hooks = app.get_mut("event_hooks").and_then(Value::as_array_mut);
    for hook in hooks.into_iter().flatten() {
        for name in ["created_at", "updated_at"] {
            if let Some(value) = hook.get_mut(name)
                && let Some(time) = value.as_i64()
            {
                *value = surface.time(time);
            }
        }
    }
    Ok(app)
}

/// The app as a client is shown it: nothing that is a secret or is for servers.
pub(crate) fn for_clients(
    tx: &Transaction<'_>,
    start: &Map<String, Value>,
    surface: Surface,
) -> rusqlite::Result<Map<String, Value>> {
    let mut app = for_servers(tx, start, surface)?;
    app.retain(|name, _| FOR_CLIENTS.contains(&name.as_str()));
    Ok(app)
}

/// Lays settings over others. An object that is there already is completed by the keys of the new one.
fn lay_over(app: &mut Map<String, Value>, settings: Map<String, Value>) {
    for (name, value) in settings {
        match (app.get_mut(&name), value) {
            (Some(Value::Object(before)), Value::Object(value)) => before.extend(value),
            (_, value) => {
                app.insert(name, value);
            }
        }
    }
}
