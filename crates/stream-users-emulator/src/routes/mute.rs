//! `POST /api/v2/moderation/mute`: mutes users for a user.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};
use stream_users_model::Operation;
use stream_users_model::operation::{Caller as Allowed, Method};

use super::Route;
use super::moderation::end_of;
use super::shared::acting_user;
use crate::call::{Answer, Call};
use crate::events::{Event, emit};
use crate::read::{Fields, Problems, each_once};
use crate::refusal::Refusal;
use crate::store::blocks::{self, Mute};
use crate::store::users::{self, User};
use crate::surface::{full_user, mute_json};

const OPERATION: Operation = Operation::new("mute", "Mute", Method::Post, "/api/v2/moderation/mute")
    .with_body()
    .with_fields(&[
        ("target_ids", true),
        ("timeout", false),
        ("user_id", false),
        ("user", false),
    ])
    .caller(Allowed::User);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: mute,
};

/// How many users one call takes.
const MOST: usize = 1_000;

fn mute(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &call.body);
    let request = Targets::read(&mut fields, &mut problems);
    let expires = end_of(call, &mut fields, &mut problems);
    let muting = acting_user(call, tx, &mut fields, &mut problems)?;
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    if request.ids.contains(&muting) {
        return Err(Refusal::input("user cannot mute themselves"));
    }
    let user = users::existing(tx, &muting)?;
    let (targets, unknown) = request.find(tx)?;
    let mut mutes = Vec::with_capacity(targets.len());
    for target in &targets {
        let before = blocks::find_mute(tx, &muting, &target.id, call.now)?;
        let mute = Mute {
            user_id: muting.clone(),
            target_id: target.id.clone(),
            created_at: before.map_or(call.now, |before| before.created_at),
            updated_at: call.now,
            expires,
        };
        blocks::save_mute(tx, &mute)?;
        mutes.push(mute_json(tx, &user, &mute, call.viewer())?);
    }
    if !targets.is_empty() {
        let event = Event::UserMuted {
            user: &user,
            targets: &targets,
        };
        emit(tx, &event, call.now)?;
    }
    let mut answer = non_existing(&unknown);
    if request.single {
        answer.extend(mutes.pop().map(|mute| ("mute".to_owned(), mute)));
    } else {
        answer.insert("mutes".into(), Value::Array(mutes));
    }
    let mut own = full_user(tx, &user, call.viewer(), call.now)?;
    if let Value::Object(map) = &mut own {
        map.retain(|key, _| !["ban_expires", "bypass_moderation", "shadow_banned"].contains(&key.as_str()));
    }
    answer.insert("own_user".into(), own);
    Ok(answer)
}

/// Whom a mute is about.
pub(super) struct Targets {
    pub(super) ids: Vec<String>,
    /// Whether they were given as one `target_id`, as older clients do.
    pub(super) single: bool,
}

impl Targets {
    pub(super) fn read(fields: &mut Fields<'_>, problems: &mut Problems) -> Self {
        let before = problems.list().len();
        let single = fields.string("target_id", problems).filter(|id| !id.is_empty());
        let mut ids = fields.strings("target_ids", problems).unwrap_or_default();
        let single = single.filter(|_| ids.is_empty());
        ids.extend(single.map(str::to_owned));
        if ids.len() > MOST {
            problems.say("target_ids", &format!("must be {MOST} or less"));
        } else if problems.list().len() == before && (ids.is_empty() || ids.contains(&String::new())) {
            problems.say("target_ids", "is a required field");
        }
        Self {
            ids: each_once(ids),
            single: single.is_some(),
        }
    }

    /// Those who are there, and the ids of the others.
    pub(super) fn find(&self, tx: &Transaction<'_>) -> rusqlite::Result<(Vec<User>, Vec<&str>)> {
        let (mut found, mut unknown) = (Vec::new(), Vec::new());
        for id in &self.ids {
            match users::find(tx, id)?.filter(|user| user.deleted_at.is_none()) {
                Some(user) => found.push(user),
                None => unknown.push(id.as_str()),
            }
        }
        Ok((found, unknown))
    }
}

/// What an answer says of users who are not there: nothing if all are.
pub(super) fn non_existing(ids: &[&str]) -> Map<String, Value> {
    let mut answer = Map::new();
    if !ids.is_empty() {
        answer.insert("non_existing_users".into(), json!(ids));
    }
    answer
}
