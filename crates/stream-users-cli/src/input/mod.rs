//! Reading rows: users, ids and patches from a file or standard input, as NDJSON, JSON, CSV or Parquet, packed or not.
//!
//! [`Input::open`] finds an input; [`Input::users`], [`Input::ids`] and [`Input::patches`] read it on a thread of its
//! own, a bounded number of rows ahead, and give a stream; [`RowIterator`] is the same without a thread. A row that
//! cannot be used is a rejected row with its reason; an input that cannot be read further is an error, and the last thing
//! that is given. What is done with rows belongs to the commands.

mod columns;
mod csv;
mod duplicates;
mod failure;
mod fields;
mod id;
mod json;
mod lines;
mod members;
mod notes;
mod options;
#[cfg(feature = "parquet")]
mod parquet;
mod patch;
mod read;
mod rows;
mod source;
mod stream;
#[cfg(test)]
mod tests;
mod user;

pub(crate) use self::columns::ColumnRule;
pub(crate) use self::failure::InputFailure;
pub(crate) use self::options::{InputFormat, InputOptions};
pub(crate) use self::read::{DuplicateIds, Input};
pub(crate) use self::source::{BytesRead, Location};
pub(crate) use self::stream::RowStream;
