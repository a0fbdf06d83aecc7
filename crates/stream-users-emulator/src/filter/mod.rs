//! Filters and sorts of the user query: read from JSON, checked against the table of fields and operators, and
//! compiled to SQL over the table `users AS u`. No value of a request ever becomes part of the SQL text.

mod fields;
mod parse;
#[cfg(test)]
mod plans;
mod search;
mod sort;
mod sql;

pub(crate) use parse::{Filter, parse};
pub(crate) use search::Search;
pub(crate) use sort::parse_sort;
pub(crate) use sql::Sql;
