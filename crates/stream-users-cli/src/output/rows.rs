//! [`Rows`]: a list of results that is printed while it comes, in bounded memory. What a row looks like stands in `table`
//! and `csv`; JSON is printed as it is.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::csv::Csv;
use super::record::Record;
use super::screen::Screen;
use super::table::Table;
use super::{Output, warning};
use crate::globals::Format;

/// How many rows decide on the columns: a page of users.
const FIRST: usize = 100;

/// How long results wait for others before they are written.
const AT_ONCE: Duration = Duration::from_millis(200);

/// What a table shows of a user, as far as there is something to show.
const OF_USERS: &[&str] = &[
    "id",
    "name",
    "role",
    "teams",
    "last_active",
    "deactivated_at",
    "deleted_at",
    "custom",
];

/// A list that is printed while it comes.
#[must_use = "what is left is printed by `end`"]
pub(crate) struct Rows {
    form: Form,
    screen: Screen,
    written: Instant,
    /// Whether a reader went away.
    unread: bool,
    /// Whether something stands or waits that [`Rows::end`] has to bring to its end.
    open: bool,
}

enum Form {
    Ndjson,
    Json { any: bool },
    Csv(Columns<Csv>),
    Table(Columns<Table>),
}

/// The columns, which the first rows decide.
struct Columns<T> {
    /// Those of a list; none are all that there are.
    names: Option<Vec<String>>,
    /// Whether somebody asked for these.
    chosen: bool,
    first: Vec<Record>,
    made: Option<T>,
}

impl<T> Columns<T> {
    /// The rows that have been waiting for the columns, and these.
    fn settle(
        &mut self,
        make: impl FnOnce(&Self) -> T,
        header: impl FnOnce(&T) -> String,
    ) -> (Vec<Record>, &mut T, Option<String>) {
        let (columns, header) = if let Some(columns) = self.made.take() {
            (columns, None)
        } else {
            let columns = make(self);
            let header = header(&columns);
            (columns, Some(header))
        };
        (std::mem::take(&mut self.first), self.made.insert(columns), header)
    }
}

impl Rows {
    pub(super) fn users(output: &Output) -> Self {
        let names = match output.format() {
            Format::Table => Some(OF_USERS),
            _ => None,
        };
        Self::with(output, names)
    }

    pub(super) fn new(output: &Output, columns: &[&str]) -> Self {
        Self::with(output, Some(columns))
    }

    pub(super) fn with(output: &Output, columns: Option<&[&str]>) -> Self {
        let chosen = output.columns.is_some();
        let names = output
            .columns
            .clone()
            .or_else(|| columns.map(|columns| columns.iter().map(ToString::to_string).collect()));
        let form = match output.format() {
            Format::Ndjson => Form::Ndjson,
            Format::Json => Form::Json { any: false },
            Format::Csv => Form::Csv(Columns {
                names,
                chosen,
                first: Vec::new(),
                made: None,
            }),
            Format::Table => Form::Table(Columns {
                names,
                chosen,
                first: Vec::new(),
                made: None,
            }),
        };
        Self {
            form,
            screen: Screen::new(),
            written: Instant::now(),
            unread: false,
            open: false,
        }
    }

    /// Prints one, and says whether somebody reads it still: end then.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(crate) fn push(&mut self, row: &impl Serialize) -> anyhow::Result<bool> {
        if self.unread {
            return Ok(false);
        }
        let json = serde_json::to_string(row)?;
        self.open = true;
        match &mut self.form {
            Form::Ndjson => self.screen.json(&json)?,
            Form::Json { any } => {
                self.screen.raw(if *any { ",\n" } else { "[\n" })?;
                *any = true;
                self.screen.json_without_end(&json)?;
            }
            Form::Csv(columns) => {
                columns.first.push(Record::of(&json)?);
                if columns.made.is_some() || columns.first.len() >= FIRST {
                    csv(columns, &mut self.screen)?;
                }
            }
            Form::Table(columns) => {
                columns.first.push(Record::of(&json)?);
                if columns.made.is_some() || columns.first.len() >= FIRST {
                    table(columns, &mut self.screen)?;
                }
            }
        }
        if self.screen.is_terminal() || self.written.elapsed() >= AT_ONCE {
            self.screen.flush()?;
            self.written = Instant::now();
        }
        self.unread = self.screen.is_closed();
        Ok(!self.unread)
    }

    /// Prints what is left.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(crate) fn end(mut self) -> anyhow::Result<()> {
        self.finish()
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        self.open = false;
        match &mut self.form {
            Form::Ndjson => {}
            Form::Json { any } => self.screen.raw(if *any { "\n]\n" } else { "[]\n" })?,
            Form::Csv(columns) => {
                csv(columns, &mut self.screen)?;
                if let Some(left_out) = columns.made.as_ref().and_then(Csv::left_out) {
                    warning(&left_out);
                }
            }
            Form::Table(columns) => {
                // Nothing found is no table.
                if columns.made.is_some() || !columns.first.is_empty() {
                    table(columns, &mut self.screen)?;
                }
            }
        }
        self.screen.flush()
    }
}

impl Drop for Rows {
    /// What was given before something failed is printed all the same: it may be the id of a task that was started. What
    /// failed is said elsewhere.
    fn drop(&mut self) {
        if self.open {
            self.finish().ok();
        }
    }
}

fn csv(columns: &mut Columns<Csv>, screen: &mut Screen) -> anyhow::Result<()> {
    let make = |columns: &Columns<Csv>| match &columns.names {
        Some(names) => Csv::chosen(names.clone()),
        None => Csv::of(&columns.first),
    };
    let (rows, csv, header) = columns.settle(make, Csv::header);
    if let Some(header) = header {
        screen.text(&header)?;
    }
    for row in rows {
        screen.text(&csv.row(&row))?;
    }
    Ok(())
}

fn table(columns: &mut Columns<Table>, screen: &mut Screen) -> anyhow::Result<()> {
    let (width, bold) = (screen.width(), screen.has_colours());
    let make = |columns: &Columns<Table>| {
        let names = columns.names.clone().unwrap_or_default();
        Table::new(&names, columns.chosen, &columns.first, width, bold)
    };
    let (rows, table, header) = columns.settle(make, Table::header);
    if let Some(header) = header {
        screen.styled(&header)?;
    }
    for row in rows {
        screen.text(&table.row(&row))?;
    }
    Ok(())
}
