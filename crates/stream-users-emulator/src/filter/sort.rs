//! Sorts of the user query.

use rusqlite::types::Value as Bound;
use serde_json::Value;
use stream_users_model::{QueryUsers, SortType};

use super::sql::{Sql, path};
use crate::read::{Fields, Problems};

/// The columns that a query may sort by under their own names. Every other name is a custom field.
const COLUMNS: [&str; 12] = [
    "id",
    "name",
    "role",
    "language",
    "banned",
    "shadow_banned",
    "online",
    "last_active",
    "created_at",
    "updated_at",
    "deactivated_at",
    "image",
];

/// One field to sort by.
#[derive(Debug)]
pub(crate) struct Order {
    field: String,
    descending: bool,
    number: bool,
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
        let field = fields.required("field", problems).to_owned();
        let direction = fields.integer("direction", problems).unwrap_or(1);
        if !matches!(direction, -1..=1) {
            problems.say(&format!("{at}.direction"), "must be one of [1 -1]");
        }
        let kind = fields.one_of("type", SortType::VALUES, problems);
        orders.push(Order {
            field,
            descending: direction < 0,
            number: kind == Some(SortType::Number.as_str()),
        });
    }
    orders
}

/// Adds an ORDER BY. Without a sort the newest come first.
pub(crate) fn compile_sort(orders: &[Order], sql: &mut Sql) {
    sql.push(" ORDER BY ");
    for order in orders {
        if let Some(column) = COLUMNS.iter().find(|column| **column == order.field) {
            sql.push("u.");
            sql.push(column);
        } else {
            let keys: Vec<String> = order.field.split('.').map(str::to_owned).collect();
            sql.push(if order.number {
                "CAST(json_extract(u.custom, "
            } else {
                "json_extract(u.custom, "
            });
            sql.bind(Bound::Text(path(&keys)));
            sql.push(if order.number { ") AS REAL)" } else { ")" });
        }
        sql.push(if order.descending { " DESC, " } else { " ASC, " });
    }
    sql.push("u.created_at DESC, u.id DESC");
}
