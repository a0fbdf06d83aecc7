//! Who is told of an event over connections. Webhooks are told of every event that is kept; here is what each user hears.
//!
//! Where the service's documentation names nobody, as for a mute, the users are told whom the event is about to: they
//! alone can have a use for it.

use serde_json::{Value, json};

use super::PRESENCE;
use crate::store::outbox::Stored;

/// Whom an event is told over connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience<'a> {
    /// Nobody.
    Nobody,
    /// All connections of this user.
    Own(&'a str),
    /// All connections of this user, and those that are subscribed to it.
    OwnAndSubscribers(&'a str),
}

/// Who is told of this event.
pub(super) fn audience(event: &Stored) -> Audience<'_> {
    let id = event.body.pointer("/user/id").and_then(Value::as_str);
    let Some(id) = id else {
        // Channels and exports are nobody's.
        return Audience::Nobody;
    };
    match event.kind.as_str() {
        "user.updated" | "user.deleted" | PRESENCE => Audience::OwnAndSubscribers(id),
        // Whoever has been banned in the dark does not hear of it.
        "user.banned" | "user.unbanned" if event.body.get("shadow") == Some(&json!(true)) => Audience::Nobody,
        _ => Audience::Own(id),
    }
}

/// What a user hears after one of its mutes, so that it knows the others: official clients heed nothing else.
pub(super) const MUTES_UPDATED: &str = "notification.mutes_updated";

/// Whether [`MUTES_UPDATED`] follows.
pub(super) fn changes_mutes(event: &Stored) -> bool {
    matches!(event.kind.as_str(), "user.muted" | "user.unmuted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_has_its_audience() {
        let (ada, both) = (Audience::Own("ada"), Audience::OwnAndSubscribers("ada"));
        for (kind, shadow, expected) in [
            ("user.updated", None, both),
            ("user.presence.changed", None, both),
            ("user.deleted", None, both),
            ("user.deactivated", None, ada),
            ("user.reactivated", None, ada),
            ("user.banned", Some(false), ada),
            ("user.unbanned", Some(false), ada),
            ("user.banned", Some(true), Audience::Nobody),
            ("user.unbanned", Some(true), Audience::Nobody),
            ("user.messages.deleted", None, ada),
            ("user.muted", None, ada),
            ("user.unmuted", None, ada),
            ("friendship_request", None, ada),
        ] {
            let body = json!({ "user": { "id": "ada" }, "target_user": { "id": "bob" }, "shadow": shadow });
            let event = Stored {
                id: 1,
                kind: kind.to_owned(),
                body,
                request_info: None,
            };
            assert_eq!(audience(&event), expected, "{kind} {shadow:?}");
        }
        for kind in ["channel.deleted", "export.users.success", "export.users.error"] {
            let event = Stored {
                id: 1,
                kind: kind.to_owned(),
                body: json!({ "channel": { "created_by": { "id": "ada" } } }),
                request_info: None,
            };
            assert_eq!(audience(&event), Audience::Nobody, "{kind}");
        }
    }
}
