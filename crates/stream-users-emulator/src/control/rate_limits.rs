//! `/_emulator/rate_limits`: which quotas there are.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use crate::app::App;
use crate::error::Result;
use crate::routes;
use crate::settings::RateLimits;

/// What is left out stays as it is; a quota that is null is as without.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    mode: Option<RateLimits>,
    #[serde(default)]
    quotas: BTreeMap<String, Option<u32>>,
    per_second: Option<bool>,
}

pub(crate) fn set_quota(app: &App, operation: &str, per_minute: Option<u32>) -> Result<()> {
    let operation = routes::named_or_every(operation)?;
    app.limits.change(|quotas| {
        match per_minute {
            Some(limit) => quotas.own.insert(operation, limit),
            None => quotas.own.remove(operation),
        };
    });
    Ok(())
}

pub(super) fn change(app: &App, body: &Bytes) -> Result<Value> {
    let change: Change = read(body)?;
    for operation in change.quotas.keys() {
        routes::named_or_every(operation)?;
    }
    for (operation, limit) in &change.quotas {
        set_quota(app, operation, *limit)?;
    }
    app.limits.change(|quotas| {
        quotas.mode = change.mode.unwrap_or(quotas.mode);
        quotas.per_second = change.per_second.unwrap_or(quotas.per_second);
    });
    Ok(show(app))
}

pub(super) fn show(app: &App) -> Value {
    let quotas = app.limits.quotas();
    json!({ "mode": quotas.mode, "quotas": quotas.own, "per_second": quotas.per_second })
}
