//! The lines that `connect` prints. Names are the service's; times are RFC 3339.

use serde::Serialize;
use serde_json::{Value, json};
use stream_users_live::{Gap, GapReason, State};
use stream_users_model::event::Event;
use stream_users_model::{Str, User};

// What the service says is written as it is: `Value` holds not all of it.

pub(super) fn connected(me: &User, connection_id: Option<Str>) -> impl Serialize {
    #[derive(Serialize)]
    struct Line<'a> {
        connected: Me<'a>,
    }
    #[derive(Serialize)]
    struct Me<'a> {
        #[serde(flatten)]
        user: &'a User,
        connection_id: Option<Str>,
    }
    Line {
        connected: Me {
            user: me,
            connection_id,
        },
    }
}

pub(super) fn presence(users: &[User]) -> impl Serialize {
    #[derive(Serialize)]
    struct Line<'a> {
        presence: &'a [User],
    }
    Line { presence: users }
}

pub(super) fn event(event: &Event) -> impl Serialize {
    #[derive(Serialize)]
    struct Line<'a> {
        event: &'a Event,
    }
    Line { event }
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
