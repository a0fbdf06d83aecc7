//! The lines that `connect` prints. Names are the service's; times are RFC 3339.

use serde_json::{Value, json};
use stream_users_live::{Gap, GapReason, Live, State};
use stream_users_model::User;
use stream_users_model::event::Event;

pub(super) fn connected(live: &Live) -> serde_json::Result<Value> {
    let mut me = serde_json::to_value(&*live.me())?;
    me["connection_id"] = serde_json::to_value(live.connection_id())?;
    Ok(json!({ "connected": me }))
}

pub(super) fn presence(users: &[User]) -> serde_json::Result<Value> {
    Ok(json!({ "presence": serde_json::to_value(users)? }))
}

pub(super) fn event(event: &Event) -> serde_json::Result<Value> {
    Ok(json!({ "event": serde_json::to_value(event)? }))
}

/// `None` for one that this version does not know.
pub(super) fn state(state: &State) -> Option<Value> {
    Some(match state {
        State::Connecting => json!({ "state": "connecting" }),
        State::Online { connection_id, .. } => json!({ "state": "online", "connection_id": connection_id }),
        State::Reconnecting { reason, attempt, .. } => {
            json!({ "state": "reconnecting", "attempt": attempt, "reason": reason.to_string() })
        }
        State::Closed { reason, .. } => {
            json!({ "state": "closed", "reason": reason.as_ref().map(ToString::to_string) })
        }
        _ => return None,
    })
}

pub(super) fn gap(gap: &Gap) -> Value {
    let mut told = json!({ "since": gap.since, "until": gap.until });
    match gap.reason {
        GapReason::Reconnected => told["reason"] = "reconnected".into(),
        GapReason::Overflow { dropped, .. } => {
            told["reason"] = "overflow".into();
            told["dropped"] = dropped.into();
        }
        _ => {}
    }
    json!({ "gap": told })
}
