//! `GET /api/v2/users`: finds users by filter, sort, limit and offset.

use std::sync::Arc;

use rusqlite::{Transaction, params_from_iter};
use serde_json::{Map, Value};
use stream_users_model::{QueryUsers, operation};

use super::Route;
use crate::auth::Caller;
use crate::call::{Answer, Call, body};
use crate::filter::{self, Filter, Search};
use crate::live::Connection;
use crate::permissions;
use crate::read::{Fields, Problems};
use crate::refusal::Refusal;
use crate::store::users::{self, User};
use crate::surface::full_users;
use crate::tenancy;

pub(super) const ROUTE: Route = Route {
    operation: &operation::QUERY_USERS,
    handler: query_users,
};

/// How many users are answered unless the query says so.
const USUAL: i64 = 30;

fn query_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let text = call.query.text("payload").ok_or_else(Refusal::invalid_json)?;
    let map: Map<String, Value> = serde_json::from_str(text).map_err(|_| Refusal::invalid_json())?;
    permissions::check_search(call, tx)?;
    let (search, presence) = read(call, tx, &map)?;
    let subscriber = if presence { subscriber(call)? } else { None };
    let found = select(tx, &search)?;
    if let Some(connection) = subscriber {
        let ids: Vec<String> = found.iter().map(|user| user.id.clone()).collect();
        let hub = call.app.hub.clone();
        let (count, most) = (
            hub.subscriptions_with(&connection, &ids),
            call.app.settings.max_subscriptions,
        );
        if count > most {
            return Err(Refusal::input(format!(
                "presence: a connection can be told of at most {most} users and would be told of {count}; ask without \
                 presence or over another connection"
            )));
        }
        call.app
            .store
            .when_kept(tx, move || hub.subscribe(&connection, ids));
    }
    let users = full_users(tx, &found, call.viewer(), call.now)?;
    Ok(body([("users", Value::Array(users))]))
}

/// The connection that is to be told of the users who are found. Only whoever it belongs to may say so, or a server.
fn subscriber(call: &Call<'_>) -> Result<Option<Arc<Connection>>, Refusal> {
    let Some(id) = call.query.text("connection_id") else {
        return Ok(None);
    };
    let connection = call.app.hub.connection(id);
    let connection = connection.ok_or_else(Refusal::unknown_connection)?;
    let is_own = match &call.caller {
        Caller::Server => true,
        Caller::User(own) => *own == connection.user_id,
        Caller::Anonymous => connection.anonymous,
    };
    if is_own {
        Ok(Some(connection))
    } else {
        Err(Refusal::not_allowed("connection_id is another user's connection"))
    }
}

/// What is searched for, and whether changes of who is found are to be told.
fn read(call: &Call<'_>, tx: &Transaction<'_>, map: &Map<String, Value>) -> Result<(Search, bool), Refusal> {
    let mut problems = Problems::default();
    let mut fields = Fields::new("", map);
    let conditions = fields.object("filter_conditions", &mut problems);
    if conditions.is_none() && problems.list().is_empty() {
        problems.say("filter_conditions", "is a required field");
    }
    let sort = fields
        .array("sort", &mut problems)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let sort = filter::parse_sort(sort, &mut problems);
    let limit = bounded(&mut fields, "limit", QueryUsers::MAX_LIMIT, &mut problems);
    let offset = bounded(&mut fields, "offset", QueryUsers::MAX_OFFSET, &mut problems);
    let presence = fields.boolean("presence", &mut problems).unwrap_or(false);
    // Older clients send these always.
    for name in ["state", "watch"] {
        fields.boolean(name, &mut problems);
    }
    let include_deactivated = fields
        .boolean("include_deactivated_users", &mut problems)
        .unwrap_or(false);
    let mut ids = Vec::new();
    for (name, comparison) in [("id_gt", ">"), ("id_gte", ">="), ("id_lt", "<"), ("id_lte", "<=")] {
        if let Some(id) = fields.string(name, &mut problems).filter(|id| !id.is_empty()) {
            ids.push((comparison, id.to_owned()));
        }
    }
    let user_id = fields
        .string("user_id", &mut problems)
        .filter(|id| !id.is_empty());
    let user = fields.object("user", &mut problems);
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    if user_id.is_some() && user.is_some() {
        return Err(Refusal::user_twice());
    }
    let named = user_id.or_else(|| user?.get("id")?.as_str());
    match (&call.caller, named) {
        (Caller::Server, Some(id)) => {
            users::usable(tx, id)?;
        }
        (Caller::User(own), Some(id)) if own != id => {
            return Err(Refusal::another_user());
        }
        _ => {}
    }
    let conditions = conditions.ok_or_else(Refusal::invalid_json)?;
    let mut filter = filter::parse(conditions)?;
    if let Some(more) = tenancy::limit(call, tx, conditions)? {
        filter = Filter::And(vec![filter, filter::parse(&more)?]);
    }
    let limit = limit.filter(|limit| *limit > 0).unwrap_or(USUAL);
    let search = Search {
        filter,
        sort,
        limit,
        offset: offset.unwrap_or(0),
        include_deactivated,
        ids,
        viewer: call.viewer().user.map(str::to_owned),
    };
    Ok((search, presence))
}

fn bounded(fields: &mut Fields<'_>, name: &'static str, most: u32, problems: &mut Problems) -> Option<i64> {
    let number = fields.integer(name, problems)?;
    if number < 0 {
        problems.say(name, "must be 0 or greater");
    } else if number > i64::from(most) {
        problems.say(name, &format!("must be {most} or less"));
    }
    Some(number)
}

/// The longest statement, in bytes, that is kept for the next query of its form. Many long ones would take much memory,
/// and hardly any of them comes again.
const LONGEST_KEPT: usize = 4 << 10;

/// Finds who they are before anything of them is read, so that only those who are answered are.
fn select(tx: &Transaction<'_>, search: &Search) -> rusqlite::Result<Vec<User>> {
    let sql = search.sql();
    let mut statement = tx.prepare_cached(&sql.text)?;
    let rows: Vec<i64> = statement
        .query_map(params_from_iter(sql.values), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if sql.text.len() > LONGEST_KEPT {
        statement.discard();
    }
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.extend(users::select(tx, "WHERE u.rowid = ?1", &[&row])?);
    }
    Ok(found)
}
