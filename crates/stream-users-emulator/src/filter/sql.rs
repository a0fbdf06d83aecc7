//! Compiles a checked filter to a condition in SQL with bound values.

use rusqlite::types::Value as Bound;
use serde_json::Value;

use super::fields::{Kind, Operator};
use super::parse::{Filter, Operand, Target};

/// A piece of SQL and the values for its `?`, in order.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) values: Vec<Bound>,
    /// The user who asks, who must not learn of a shadow ban of its own, nor when others are there who are invisible.
    pub(super) viewer: Option<String>,
}

impl Sql {
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a `?` and its value.
    pub(crate) fn bind(&mut self, value: Bound) {
        self.text.push('?');
        self.values.push(value);
    }

    /// Adds the condition that whoever asks may not see when the user is there.
    pub(super) fn hidden(&mut self) {
        self.push("(u.invisible AND u.id <> ");
        self.bind(Bound::from(self.viewer.clone()));
        self.push(")");
    }
}

/// Whether the test finds those who do not have the field.
fn finds_absent(operator: Operator, operand: &Operand) -> bool {
    match (operator, operand) {
        (Operator::Exists, Operand::Boolean(exists)) => !exists,
        (Operator::In, Operand::List(items)) => items.contains(&Operand::Null),
        (Operator::Equal, operand) => *operand == Operand::Null,
        _ => false,
    }
}

/// Adds the condition to `sql`.
pub(crate) fn compile(filter: &Filter, sql: &mut Sql) {
    match filter {
        Filter::And(branches) => join(branches, " AND ", "1", sql),
        Filter::Or(branches) => join(branches, " OR ", "0", sql),
        Filter::Nor(branches) => {
            // What is unknown to SQL is no match, so that its negation is one.
            sql.push("NOT COALESCE(");
            join(branches, " OR ", "0", sql);
            sql.push(", 0)");
        }
        Filter::Test {
            field: Target::BuiltIn(kind),
            operator,
            operand,
        } => match kind {
            Kind::Text(column, words) => column_test(column, *words, *operator, operand, sql),
            Kind::Boolean("u.shadow_banned") if sql.viewer.is_some() => {
                sql.push("(u.shadow_banned AND u.id <> ");
                sql.bind(Bound::from(sql.viewer.clone()));
                sql.push(")");
                column_test("", None, *operator, operand, sql);
            }
            Kind::Date("u.last_active") if sql.viewer.is_some() => {
                // An invisible user was never active, as far as others are told.
                sql.push("(");
                sql.hidden();
                sql.push(if finds_absent(*operator, operand) {
                    " OR "
                } else {
                    " = 0 AND "
                });
                column_test("u.last_active", None, *operator, operand, sql);
                sql.push(")");
            }
            Kind::Boolean(column) | Kind::Date(column) => column_test(column, None, *operator, operand, sql),
            Kind::Teams => teams(*operator, operand, sql),
        },
        Filter::Test {
            field: Target::Custom(keys),
            operator,
            operand,
        } => {
            custom(&path(keys), *operator, operand, sql);
        }
    }
}

/// Joins the branches as a balanced tree: SQLite bounds how deep an expression is, not how long.
fn join(branches: &[Filter], with: &str, empty: &str, sql: &mut Sql) {
    match branches {
        [] => sql.push(empty),
        [only] => compile(only, sql),
        _ => {
            let (left, right) = branches.split_at(branches.len() / 2);
            sql.push("(");
            join(left, with, empty, sql);
            sql.push(with);
            join(right, with, empty, sql);
            sql.push(")");
        }
    }
}

/// The path of a custom field for SQLite's JSON functions: each key in quotes, as JSON writes it.
pub(super) fn path(keys: &[String]) -> String {
    let mut path = "$".to_owned();
    for key in keys {
        path.push('.');
        path.push_str(&serde_json::json!(key).to_string());
    }
    path
}

fn bound(operand: &Operand) -> Bound {
    match operand {
        Operand::Null | Operand::List(_) => Bound::Null,
        Operand::Boolean(flag) => Bound::Integer(i64::from(*flag)),
        Operand::Text(text) | Operand::Words(text) => Bound::Text(text.clone()),
        Operand::Date(time) => Bound::Integer(*time),
        Operand::Number(number) => match number.as_i64() {
            Some(integer) => Bound::Integer(integer),
            None => Bound::Real(number.as_f64().unwrap_or_default()),
        },
    }
}

/// The values of a list as one JSON array; nulls are left out, they equal nothing.
fn list(items: &[Operand]) -> Bound {
    let values = items.iter().filter_map(|item| match item {
        Operand::Null | Operand::List(_) => None,
        Operand::Boolean(flag) => Some(Value::from(*flag)),
        Operand::Text(text) | Operand::Words(text) => Some(Value::from(text.as_str())),
        Operand::Date(time) => Some(Value::from(*time)),
        Operand::Number(number) => Some(Value::Number(number.clone())),
    });
    Bound::Text(values.collect::<Value>().to_string())
}

fn column_test(column: &str, words: Option<&str>, operator: Operator, operand: &Operand, sql: &mut Sql) {
    match (operator, operand) {
        (Operator::Exists, Operand::Boolean(true)) if column == "u.last_active" => {
            // Few users are ever active. A range is found by an index, and what is not null is none to SQLite.
            sql.push("u.last_active >= ");
            sql.bind(Bound::Integer(i64::MIN));
        }
        (Operator::Exists, Operand::Boolean(exists)) => {
            sql.push(column);
            sql.push(if *exists { " IS NOT NULL" } else { " IS NULL" });
        }
        (Operator::Autocomplete, _) => {
            sql.push("instr(");
            sql.push(words.unwrap_or("''"));
            sql.push(", ");
            sql.bind(bound(operand));
            sql.push(") > 0");
        }
        (Operator::In | Operator::Nin, Operand::List(items)) => {
            sql.push(if operator == Operator::Nin {
                "NOT COALESCE(("
            } else {
                "("
            });
            if items.contains(&Operand::Null) {
                sql.push(column);
                sql.push(" IS NULL OR ");
            }
            sql.push(column);
            sql.push(" IN (SELECT value FROM json_each(");
            sql.bind(list(items));
            sql.push(if operator == Operator::Nin {
                "))), 0)"
            } else {
                ")))"
            });
        }
        (Operator::Equal, Operand::Null) => {
            sql.push(column);
            sql.push(" IS NULL");
        }
        (Operator::Ne, Operand::Null) => {
            sql.push(column);
            sql.push(" IS NOT NULL");
        }
        _ => {
            sql.push(column);
            sql.push(" ");
            sql.push(operator.sql());
            sql.push(" ");
            sql.bind(bound(operand));
        }
    }
}

fn teams(operator: Operator, operand: &Operand, sql: &mut Sql) {
    match operand {
        Operand::Null => sql.push("json_array_length(u.teams) = 0"),
        Operand::List(items) if operator == Operator::In => {
            sql.push("(");
            if items.contains(&Operand::Null) {
                teams(Operator::Equal, &Operand::Null, sql);
                sql.push(" OR ");
            }
            sql.push("EXISTS (SELECT 1 FROM json_each(u.teams) AS team WHERE team.value IN ");
            sql.push("(SELECT value FROM json_each(");
            sql.bind(list(items));
            sql.push("))))");
        }
        Operand::List(items) => {
            // Exactly these teams: as many, and none besides.
            sql.push("(json_array_length(u.teams) = json_array_length(");
            sql.bind(list(items));
            sql.push(") AND NOT EXISTS (SELECT 1 FROM json_each(u.teams) AS team WHERE team.value NOT IN ");
            sql.push("(SELECT value FROM json_each(");
            sql.bind(list(items));
            sql.push("))))");
        }
        _ => {
            sql.push("EXISTS (SELECT 1 FROM json_each(u.teams) WHERE value = ");
            sql.bind(bound(operand));
            sql.push(")");
        }
    }
}

/// The types, in SQLite's words, that a custom value must have to be compared with this operand.
fn types(operand: &Operand) -> &'static str {
    match operand {
        Operand::Boolean(_) => "('true', 'false')",
        Operand::Number(_) => "('integer', 'real')",
        _ => "('text')",
    }
}

fn custom(path: &str, operator: Operator, operand: &Operand, sql: &mut Sql) {
    let at = Bound::Text(path.to_owned());
    match (operator, operand) {
        (Operator::Exists, Operand::Boolean(exists)) => {
            sql.push("json_type(u.custom, ");
            sql.bind(at);
            sql.push(if *exists { ") IS NOT NULL" } else { ") IS NULL" });
        }
        (Operator::In, Operand::List(items)) => {
            sql.push("(");
            if items.contains(&Operand::Null) {
                custom(path, Operator::Equal, &Operand::Null, sql);
                sql.push(" OR ");
            }
            sql.push("EXISTS (SELECT 1 FROM json_each(");
            sql.bind(list(items));
            sql.push(") AS item WHERE item.atom = json_extract(u.custom, ");
            sql.bind(at.clone());
            sql.push(") AND replace(item.type, 'real', 'integer') = replace(json_type(u.custom, ");
            sql.bind(at);
            sql.push("), 'real', 'integer')))");
        }
        (Operator::Contains, _) => {
            sql.push("(json_type(u.custom, ");
            sql.bind(at.clone());
            sql.push(") = 'array' AND EXISTS (SELECT 1 FROM json_each(u.custom, ");
            sql.bind(at);
            sql.push(") AS item WHERE item.type IN ");
            sql.push(types(operand));
            sql.push(" AND item.atom = ");
            sql.bind(bound(operand));
            sql.push("))");
        }
        (_, Operand::Null) => {
            sql.push("json_extract(u.custom, ");
            sql.bind(at);
            sql.push(if operator == Operator::Ne {
                ") IS NOT NULL"
            } else {
                ") IS NULL"
            });
        }
        _ => {
            sql.push("(json_type(u.custom, ");
            sql.bind(at.clone());
            sql.push(") IN ");
            sql.push(types(operand));
            sql.push(" AND json_extract(u.custom, ");
            sql.bind(at);
            sql.push(") ");
            sql.push(operator.sql());
            sql.push(" ");
            sql.bind(bound(operand));
            sql.push(")");
        }
    }
}
