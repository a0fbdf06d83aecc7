//! [`Whom`]: users by their ids, on the command line or in a file.

use std::collections::HashSet;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use stream_users_core::bulk::{InputError, Row};
use stream_users_model::UserId;

use crate::exit;
use crate::input::{ColumnRule, Input, InputFailure, InputFormat, InputOptions, Location, RowStream};

/// How many ids a sentence names.
const NAMED: usize = 5;

/// Users by their ids.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Whom {
    /// The users; `-` reads their ids from standard input
    #[arg(value_name = "ID", required_unless_present = "file", conflicts_with = "file")]
    ids: Vec<String>,
    /// Take the ids from a file, or with `-` from standard input: an id a line, NDJSON or JSON with an `id`, or a column
    /// `id` of CSV
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
    /// What the file holds: lines, ndjson, json or csv; by default the end of its name says it, or the first byte
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<InputFormat>,
    /// Which column of CSV holds the ids, where its name is not `id`: `--column user_id=id`
    #[arg(long, value_name = "NAME=FIELD")]
    column: Vec<ColumnRule>,
}

impl Whom {
    /// The one user, where it is a single one on the command line.
    pub(crate) fn only(&self) -> Option<&str> {
        match (self.location(), self.ids.as_slice()) {
            (None, [id]) => Some(id),
            _ => None,
        }
    }

    /// Where the ids are read from, where they are not on the command line.
    fn location(&self) -> Option<Location> {
        match (&self.file, self.ids.as_slice()) {
            (Some(file), _) => Some(Location::new(file)),
            (None, [id]) if id == "-" => Some(Location::Stdin),
            (None, _) => None,
        }
    }

    fn input(&self) -> InputOptions {
        InputOptions {
            format: self.format,
            column: self.column.clone(),
            ..InputOptions::default()
        }
    }

    /// Whether they are read from a file or standard input.
    pub(crate) fn is_read(&self) -> bool {
        self.location().is_some()
    }

    /// The users, each once where they stand on the command line, and as a file has them.
    ///
    /// # Errors
    /// Where the file is not there or may not be read.
    pub(crate) fn rows(&self) -> anyhow::Result<Ids> {
        if let Some(location) = self.location() {
            let input = Input::open(&location, &self.input()).map_err(explain)?;
            return Ok(Ids::Read(input.ids()));
        }
        let mut seen = HashSet::new();
        let ids = self.ids.iter().filter(|id| seen.insert(id.as_str()));
        let rows = (1..)
            .zip(ids)
            .map(|(number, id)| Row::new(number, UserId::from(id.as_str())));
        Ok(Ids::Given(rows.collect::<Vec<_>>().into_iter()))
    }

    /// Who they are, for a sentence: `the user ada`, `the 3 users ada, bob and eve`, `the 12000 users of ids.txt`.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(crate) fn sentence(&self) -> anyhow::Result<String> {
        match self.location() {
            None => Ok(named(&self.ids)),
            Some(Location::Stdin) => Ok("the users whose ids come from standard input".to_owned()),
            Some(Location::File(path)) => {
                let name = path.display();
                // What can be read once only is left for the work itself.
                if !path.is_file() {
                    return Ok(format!("the users of {name}"));
                }
                let location = Location::File(path.clone());
                let input = Input::open(&location, &self.input()).map_err(explain)?;
                let mut count: u64 = 0;
                for row in input.ids_here() {
                    count += u64::from(row.map_err(explain_input)?.item.is_ok());
                }
                Ok(format!("the {count} users of {name}"))
            }
        }
    }
}

/// How many users: `1 user`, `2 users`.
pub(crate) fn users(count: u64) -> String {
    let users = if count == 1 { "user" } else { "users" };
    format!("{count} {users}")
}

/// Who they are, for a sentence.
pub(crate) fn named(ids: &[String]) -> String {
    match ids {
        [id] => format!("the user {id}"),
        ids if ids.len() <= NAMED => {
            let (last, others) = ids
                .split_last()
                .map_or(("", ids), |(last, others)| (last.as_str(), others));
            format!("the {} users {} and {last}", ids.len(), others.join(", "))
        }
        ids => format!(
            "{} users ({} and {} more)",
            ids.len(),
            ids[..NAMED].join(", "),
            ids.len() - NAMED
        ),
    }
}

/// The error of an input, with its exit code.
pub(crate) fn explain(failure: InputFailure) -> anyhow::Error {
    if failure.is_usage() {
        exit::usage(failure.to_string())
    } else {
        failure.into()
    }
}

/// [`explain`] for an error of which nothing else is known.
pub(crate) fn explain_input(error: InputError) -> anyhow::Error {
    match error.downcast::<InputFailure>() {
        Ok(failure) => explain(*failure),
        Err(error) => anyhow::Error::from_boxed(error),
    }
}

/// The users, one row each.
pub(crate) enum Ids {
    Given(std::vec::IntoIter<Row<UserId>>),
    Read(RowStream<UserId>),
}

impl Stream for Ids {
    type Item = Result<Row<UserId>, InputError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.get_mut() {
            Self::Given(rows) => Poll::Ready(rows.next().map(Ok)),
            Self::Read(rows) => Pin::new(rows).poll_next(context),
        }
    }
}
