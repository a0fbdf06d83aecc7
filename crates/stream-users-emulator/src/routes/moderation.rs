//! What bans and mutes have in common.

use rusqlite::Transaction;

use crate::auth::Caller;
use crate::call::Call;
use crate::clock::{Nanos, SECOND};
use crate::read::{Fields, Problems};
use crate::refusal::Refusal;
use crate::store::users::{self, User};
use crate::surface::Surface;

/// The user whom it is about.
pub(super) fn target(tx: &Transaction<'_>, id: &str) -> Result<User, Refusal> {
    users::existing(tx, id)
}

/// Complains about bans in single channels, which are not there.
pub(super) fn refuse_channel(name: &str, value: Option<&str>, problems: &mut Problems) {
    if value.is_some_and(|value| !value.is_empty()) {
        problems.say(
            name,
            "names a channel: the emulator has bans in the whole app only, leave it out",
        );
    }
}

/// Who does it, as far as the request says so: the token's user, or for a server the first of the fields that are given,
/// which are `ids` or `objects` with an id.
pub(super) fn acting_moderator<'a>(
    call: &'a Call<'_>,
    fields: &mut Fields<'a>,
    ids: &[&'static str],
    objects: &[&'static str],
    problems: &mut Problems,
) -> Option<&'a str> {
    let mut named = None;
    for name in ids {
        named = named.or(fields.string(name, problems));
    }
    for name in objects {
        let user = fields.object(name, problems);
        named = named.or_else(|| user?.get("id")?.as_str());
    }
    match &call.caller {
        Caller::User(own) => Some(own),
        _ => named.filter(|id| !id.is_empty()),
    }
}

/// When it ends: `timeout` is a number of minutes, none or zero is for good. The older surface takes a time that is past.
pub(super) fn end_of(call: &Call<'_>, fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Nanos> {
    let minutes = fields.integer("timeout", problems)?;
    if minutes < 0 && call.surface == Surface::V2 {
        problems.say("timeout", "must be 0 or greater");
    }
    let nanos = minutes.saturating_mul(60).saturating_mul(SECOND);
    (minutes != 0).then(|| call.now.saturating_add(nanos))
}
