//! `GET /api/v2/chat/query_banned_users`: finds bans by whom they are of, by whom they were made, why and when.

use rusqlite::Transaction;
use rusqlite::types::Value as Bound;
use serde_json::{Map, Value, json};
use stream_users_model::Operation;
use stream_users_model::operation::{Caller as Allowed, Method};

use super::Route;
use crate::call::{Answer, Call, body};
use crate::filter::Sql;
use crate::permissions;
use crate::read::{Fields, Problems, kind_of, parse_time};
use crate::refusal::Refusal;
use crate::store::bans::{self, Ban};
use crate::store::users;
use crate::surface::user;

const OPERATION: Operation = Operation::new(
    "query_banned_users",
    "QueryBannedUsers",
    Method::Get,
    "/api/v2/chat/query_banned_users",
)
.with_query(&["payload"])
.caller(Allowed::User);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: query_banned_users,
};

/// How many bans are answered unless the query says so, and how many at most.
const USUAL: i64 = 30;
const MOST: i64 = 300;
const FURTHEST: i64 = 1_000;

/// The fields that texts are compared in, with their columns. A ban in a channel there is none of.
const TEXTS: [(&str, &str); 4] = [
    ("user_id", "u.id"),
    ("banned_by_id", "b.banned_by_id"),
    ("reason", "b.reason"),
    ("channel_cid", "NULL"),
];

/// The comparisons of times, and the field of the payload that says the same.
const TIMES: [(&str, &str, &str); 4] = [
    ("$gt", ">", "created_at_after"),
    ("$gte", ">=", "created_at_after_or_equal"),
    ("$lt", "<", "created_at_before"),
    ("$lte", "<=", "created_at_before_or_equal"),
];

fn query_banned_users(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    permissions::check_ban(call, tx)?;
    let text = call.query.text("payload").ok_or_else(Refusal::invalid_json)?;
    let map: Map<String, Value> = serde_json::from_str(text).map_err(|_| Refusal::invalid_json())?;
    let mut problems = Problems::default();
    let mut fields = Fields::new("", &map);
    let conditions = fields.object("filter_conditions", &mut problems);
    if conditions.is_none() && problems.list().is_empty() {
        problems.say("filter_conditions", "is a required field");
    }
    let descending = descending(&mut fields, &mut problems);
    let limit = bounded(&mut fields, "limit", MOST, &mut problems).filter(|limit| *limit > 0);
    let offset = bounded(&mut fields, "offset", FURTHEST, &mut problems);
    let mut sql = Sql::default();
    sql.push("1");
    for (_, comparison, name) in TIMES {
        if let Some(time) = fields.time(name, &mut problems) {
            sql.push(&format!(" AND {} {comparison} ", bans::CREATED_AT));
            sql.bind(Bound::from(time));
        }
    }
    if let Some(own) = call.viewer().user {
        // Nobody learns of a shadow ban of their own.
        sql.push(" AND NOT (u.shadow_banned AND u.id = ");
        sql.bind(Bound::from(own.to_owned()));
        sql.push(")");
    }
    // Expired bans are none here, and whoever may ban sees all bans.
    fields.boolean("exclude_expired_bans", &mut problems);
    fields.string("user_id", &mut problems);
    fields.object("user", &mut problems);
    fields.finish(call.strict(), &mut problems);
    problems.check()?;
    for (name, condition) in conditions.into_iter().flatten() {
        compile(name, condition, &mut sql)?;
    }
    sql.values.push(Bound::from(limit.unwrap_or(USUAL)));
    sql.values.push(Bound::from(offset.unwrap_or(0)));
    let bans = bans::find(tx, &sql.text, descending, sql.values)?
        .iter()
        .map(|ban| ban_json(call, tx, ban))
        .collect::<rusqlite::Result<Vec<Value>>>()?;
    Ok(body([("bans", Value::Array(bans))]))
}

/// Whether the newest come first: bans are sorted by when they began.
fn descending(fields: &mut Fields<'_>, problems: &mut Problems) -> bool {
    let mut descending = false;
    for (index, item) in fields.array("sort", problems).into_iter().flatten().enumerate() {
        let at = format!("sort[{index}]");
        match (item["field"].as_str(), item["direction"].as_i64().unwrap_or(1)) {
            (Some("created_at"), direction @ -1..=1) => descending = direction < 0,
            (Some("created_at"), _) => problems.say(&format!("{at}.direction"), "must be one of [1 -1]"),
            _ => problems.say(&format!("{at}.field"), "must be one of [created_at]"),
        }
    }
    descending
}

fn bounded(fields: &mut Fields<'_>, name: &'static str, most: i64, problems: &mut Problems) -> Option<i64> {
    let number = fields.integer(name, problems)?;
    if number < 0 {
        problems.say(name, "must be 0 or greater");
    } else if number > most {
        problems.say(name, &format!("must be {most} or less"));
    }
    Some(number)
}

/// Adds what a field has to be.
fn compile(name: &str, condition: &Value, sql: &mut Sql) -> Result<(), Refusal> {
    let equal = Map::from_iter([("$eq".to_owned(), condition.clone())]);
    let operators = condition.as_object().unwrap_or(&equal);
    let column = TEXTS.iter().find(|(known, _)| *known == name);
    for (operator, value) in operators {
        match (column, operator.as_str()) {
            (Some((_, column)), "$eq") => {
                sql.push(&format!(" AND {column} = "));
                sql.bind(Bound::from(text(name, value)?));
            }
            (Some((_, column)), "$in") => {
                let list = value.as_array().ok_or_else(|| wrong_type(name, value, "array"))?;
                let texts: Vec<String> = list
                    .iter()
                    .map(|value| text(name, value))
                    .collect::<Result<_, _>>()?;
                sql.push(&format!(" AND {column} IN (SELECT value FROM json_each("));
                sql.bind(Bound::from(json!(texts).to_string()));
                sql.push("))");
            }
            (None, operator) if name == "created_at" => {
                let comparison = TIMES.iter().find(|(known, ..)| *known == operator);
                let comparison = match comparison {
                    Some((_, comparison, _)) => *comparison,
                    None if operator == "$eq" => "=",
                    None => return Err(not_allowed(operator, name)),
                };
                let time = parse_time(value).ok_or_else(|| wrong_type(name, value, "date"))?;
                sql.push(&format!(" AND {} {comparison} ", bans::CREATED_AT));
                sql.bind(Bound::from(time));
            }
            (Some(_), operator) => return Err(not_allowed(operator, name)),
            (None, _) => return Err(Refusal::input(format!("unrecognized field \"{name}\""))),
        }
    }
    Ok(())
}

fn text(name: &str, value: &Value) -> Result<String, Refusal> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| wrong_type(name, value, "string"))
}

fn wrong_type(name: &str, value: &Value, expected: &str) -> Refusal {
    let kind = kind_of(value);
    Refusal::input(format!(
        "field `{name}` contains type {kind}. expecting {expected}"
    ))
}

fn not_allowed(operator: &str, name: &str) -> Refusal {
    Refusal::input(format!(
        "operator \"{operator}\" is not allowed for field \"{name}\""
    ))
}

/// The contract's `BanResponse`.
fn ban_json(call: &Call<'_>, tx: &Transaction<'_>, ban: &Ban) -> rusqlite::Result<Value> {
    let viewer = call.viewer();
    let mut map = Map::new();
    map.insert("created_at".into(), viewer.time(ban.created_at));
    if let Some(reason) = &ban.reason {
        map.insert("reason".into(), json!(reason));
    }
    if let Some(banned) = users::find(tx, &ban.user_id)? {
        map.insert("shadow".into(), json!(banned.shadow_banned));
        if let Some(expires) = banned.ban_expires {
            map.insert("expires".into(), viewer.time(expires));
        }
        map.insert("user".into(), user(tx, &banned, viewer)?);
    }
    if let Some(author) = &ban.banned_by_id
        && let Some(author) = users::find(tx, author)?
    {
        map.insert("banned_by".into(), user(tx, &author, viewer)?);
    }
    Ok(Value::Object(map))
}
