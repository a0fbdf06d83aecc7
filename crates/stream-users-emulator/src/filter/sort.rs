//! Sorts of the user query.

use rusqlite::types::Value as Bound;
use serde_json::Value;
use stream_users_model::{QueryUsers, SortType};

use super::sql::{Sql, path};
use crate::read::{Fields, Problems};

/// The fields that a query may sort by under their own names, with their columns. Every other name is a custom field.
const COLUMNS: [(&str, &str); 14] = [
    ("id", "u.id"),
    ("name", "u.name"),
    ("role", "u.role"),
    ("language", "u.language"),
    ("banned", "u.banned"),
    ("shadow_banned", "u.shadow_banned"),
    ("online", "u.online"),
    ("last_active", "u.last_active"),
    ("created_at", "u.created_at"),
    ("updated_at", "u.updated_at"),
    ("deactivated_at", "u.deactivated_at"),
    ("image", "u.image"),
    ("username", "u.username"),
    ("email", "u.email"),
];

/// One field to sort by.
#[derive(Debug)]
pub(crate) struct Order {
    key: Key,
    descending: bool,
}

#[derive(Debug)]
enum Key {
    Column(&'static str),
    /// A custom field: its path, and SQLite's words for the types that count. What is of another type counts as absent.
    Custom(String, &'static str),
}

/// Reads the field `sort` of a query.
pub(crate) fn parse_sort(list: &[Value], problems: &mut Problems) -> Vec<Order> {
    if list.len() > QueryUsers::MAX_SORT {
        problems.say("sort", &format!("must be {} or less", QueryUsers::MAX_SORT));
    }
    let mut orders = Vec::with_capacity(list.len());
    for (index, item) in list.iter().enumerate() {
        let at = format!("sort[{index}]");
        let Some(map) = item.as_object() else {
            problems.say(&at, "must be an object");
            continue;
        };
        let mut fields = Fields::new(at.as_str(), map);
        let field = fields.required("field", problems);
        // 0 is what a client sends that always sends a direction.
        let direction = fields.integer("direction", problems).unwrap_or(1);
        if !matches!(direction, -1..=1) {
            problems.say(&format!("{at}.direction"), "must be one of [1 -1]");
        }
        let kind = fields.one_of("type", SortType::VALUES, problems);
        orders.push(Order {
            key: key(field, kind),
            descending: direction < 0,
        });
    }
    orders
}

fn key(field: &str, kind: Option<&str>) -> Key {
    if let Some((_, column)) = COLUMNS.iter().find(|(name, _)| *name == field) {
        return Key::Column(column);
    }
    let types = if kind == Some(SortType::Number.as_str()) {
        "('integer', 'real')"
    } else if kind == Some(SortType::Boolean.as_str()) {
        "('true', 'false')"
    } else {
        "('integer', 'real', 'true', 'false', 'text')"
    };
    let keys: Vec<String> = field.split('.').map(str::to_owned).collect();
    Key::Custom(path(&keys), types)
}

/// The column by which a query is ordered before all others; nothing if it is a custom field.
pub(super) fn leading_column(orders: &[Order], default: &'static str) -> Option<&'static str> {
    match orders.first().map(|order| &order.key) {
        None => Some(default),
        Some(Key::Column(column)) => Some(column),
        Some(Key::Custom(..)) => None,
    }
}

/// Adds an ORDER BY. Without a sort the newest come first. Users who are equal by the sort come in the order of their
/// creation, in the direction of the last key, so that an index of the key serves both directions. `by_index` is
/// whether an index may be read for the sake of its order alone.
pub(super) fn compile_sort(orders: &[Order], by_index: bool, sql: &mut Sql) {
    sql.push(" ORDER BY ");
    let (mut created_at, mut id) = (false, false);
    for order in orders {
        let direction = if order.descending { " DESC, " } else { " ASC, " };
        match &order.key {
            Key::Column("u.online") if sql.viewer.is_some() => {
                sql.push("(u.online AND NOT ");
                sql.hidden();
                sql.push(")");
            }
            Key::Column("u.last_active") if sql.viewer.is_some() => {
                sql.push("CASE WHEN NOT ");
                sql.hidden();
                sql.push(" THEN u.last_active END");
            }
            Key::Column(column) => {
                created_at |= *column == "u.created_at";
                id |= *column == "u.id";
                // To SQLite a column with a plus is no column of an index.
                sql.push(if by_index { "" } else { "+" });
                sql.push(column);
            }
            Key::Custom(path, types) => {
                sql.push("CASE WHEN json_type(u.custom, ");
                sql.bind(Bound::Text(path.clone()));
                sql.push(") IN ");
                sql.push(types);
                sql.push(" THEN json_extract(u.custom, ");
                sql.bind(Bound::Text(path.clone()));
                sql.push(") END");
            }
        }
        sql.push(direction);
    }
    let direction = if orders.last().is_none_or(|order| order.descending) {
        " DESC"
    } else {
        " ASC"
    };
    if !created_at && !id {
        sql.push(if by_index { "u.created_at" } else { "+u.created_at" });
        sql.push(direction);
        sql.push(", ");
    }
    if id {
        // Nothing is left to order by: no two users have the same id.
        sql.text.truncate(sql.text.len() - ", ".len());
    } else {
        sql.push("u.id");
        sql.push(direction);
    }
}
