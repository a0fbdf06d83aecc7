//! A user query as one statement of SQL.

use rusqlite::types::Value as Bound;

use super::fields::{Kind, Operator};
use super::parse::{Filter, Operand, Target};
use super::sort::{Order, compile_sort, leading_column};
use super::sql::{Sql, compile};

/// What a query asks for.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) filter: Filter,
    pub(crate) sort: Vec<Order>,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
    pub(crate) include_deactivated: bool,
    /// Conditions on the id in the older form: a comparison in SQL and its value.
    pub(crate) ids: Vec<(&'static str, String)>,
    /// The user who asks; none if it is a server.
    pub(crate) viewer: Option<String>,
}

impl Search {
    /// The statement that gives the `rowid`s of the users, in their order. Nothing else of a user is read for it, as
    /// long as an index has what the filter and the sort look at.
    pub(crate) fn sql(&self) -> Sql {
        let mut sql = Sql {
            viewer: self.viewer.clone(),
            ..Sql::default()
        };
        sql.push("SELECT u.rowid FROM users AS u WHERE u.deleted_at IS NULL");
        if !self.include_deactivated {
            sql.push(" AND u.deactivated_at IS NULL");
        }
        for (comparison, id) in &self.ids {
            sql.push(" AND u.id ");
            sql.push(comparison);
            sql.push(" ");
            sql.bind(Bound::Text(id.clone()));
        }
        sql.push(" AND ");
        compile(&self.filter, &mut sql);
        if self.sort.is_empty() && !self.ids.is_empty() {
            sql.push(" ORDER BY u.id DESC");
        } else {
            compile_sort(&self.sort, !self.is_narrow(), &mut sql);
        }
        sql.push(" LIMIT ");
        sql.bind(Bound::Integer(self.limit));
        sql.push(" OFFSET ");
        sql.bind(Bound::Integer(self.offset));
        sql
    }

    /// Whether the users should be found by a range of the filter and then be sorted, rather than be looked at in their
    /// order until there are enough. SQLite would do the latter for every range, and look at nearly everybody where
    /// few are in the range.
    fn is_narrow(&self) -> bool {
        let mut ranges = Vec::new();
        let mut equal = false;
        visit(
            &self.filter,
            &mut |kind, operator, operand| match (kind, operator) {
                (Kind::Text(column, _) | Kind::Date(column), Operator::Equal | Operator::In) => {
                    equal |= column != "u.language";
                }
                (
                    Kind::Text(column @ ("u.name" | "u.role"), _) | Kind::Date(column),
                    Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte,
                ) => ranges.push(column),
                (Kind::Date(column @ "u.last_active"), Operator::Exists)
                    if *operand == Operand::Boolean(true) =>
                {
                    ranges.push(column);
                }
                _ => {}
            },
        );
        let leading = leading_column(&self.sort, "u.created_at");
        !equal && !ranges.is_empty() && !ranges.iter().any(|column| leading == Some(*column))
    }
}

/// Looks at the tests of built-in fields that every user who is found must pass.
fn visit<'a>(filter: &'a Filter, look: &mut impl FnMut(Kind, Operator, &'a Operand)) {
    match filter {
        Filter::And(branches) => branches.iter().for_each(|branch| visit(branch, look)),
        Filter::Test {
            field: Target::BuiltIn(kind),
            operator,
            operand,
        } => look(*kind, *operator, operand),
        _ => {}
    }
}
