//! `/_emulator/connections`: who is connected, and [`Cut`](crate::Cut) as JSON.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use crate::app::App;
use crate::error::Result;
use crate::live::{Cut, How, LiveConnection, cut, list};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    cut: Kind,
    /// Of `close` alone.
    #[serde(default = "normal")]
    code: u16,
    #[serde(default)]
    reason: String,
    user_id: Option<String>,
    connection_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Reset,
    HangUp,
    Close,
    Silence,
}

/// The code of a connection that has done what it was for.
fn normal() -> u16 {
    1000
}

pub(super) fn show(app: &App) -> Value {
    let connections: Vec<Value> = list(app).iter().map(LiveConnection::to_json).collect();
    json!({ "connections": connections })
}

pub(super) fn change(app: &App, body: &Bytes) -> Result<Value> {
    let request: Request = read(body)?;
    let how = match request.cut {
        Kind::Reset => How::Reset,
        Kind::HangUp => How::HangUp,
        Kind::Close => How::Close {
            code: request.code,
            reason: request.reason,
        },
        Kind::Silence => How::Silence,
    };
    let count = cut(
        app,
        Cut {
            user_id: request.user_id,
            connection_id: request.connection_id,
            ..Cut::new(how)
        },
    )?;
    Ok(json!({ "cut": count }))
}
