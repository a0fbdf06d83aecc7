//! `/_emulator/rate_limits`: which quotas there are.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::read;
use crate::app::App;
use crate::error::Result;
use crate::routes;
use crate::settings::RateLimits;

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Off,
    Documented,
}

/// What is left out stays as it is; a quota that is null is as without.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    mode: Option<Mode>,
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
        match change.mode {
            Some(Mode::Off) => quotas.mode = RateLimits::Off,
            Some(Mode::Documented) => quotas.mode = RateLimits::Documented,
            None => {}
        }
        quotas.per_second = change.per_second.unwrap_or(quotas.per_second);
    });
    Ok(show(app))
}

pub(super) fn show(app: &App) -> Value {
    let quotas = app.limits.quotas();
    let mode = match quotas.mode {
        RateLimits::Off => Mode::Off,
        RateLimits::Documented => Mode::Documented,
    };
    json!({ "mode": mode, "quotas": quotas.own, "per_second": quotas.per_second })
}
