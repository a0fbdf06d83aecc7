//! A table for people: columns as wide as the first rows need, cut to the terminal.

use super::record::{Record, is_empty, is_number, plain};
use super::text::{fit, visible, width};

/// Between two columns.
const GAP: usize = 2;

/// As narrow as a column becomes.
const NARROW: usize = 4;

#[derive(Debug)]
struct Column {
    name: String,
    cells: usize,
    right: bool,
}

/// The columns, from the first rows on.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    bold: bool,
}

impl Table {
    /// Columns for the first rows, within so many cells, if there is a bound. Of those that were not `chosen` the ones
    /// that say nothing are left out.
    pub(super) fn new(
        names: &[String],
        chosen: bool,
        rows: &[Record],
        bound: Option<usize>,
        bold: bool,
    ) -> Self {
        let mut columns: Vec<Column> = names
            .iter()
            .filter(|name| {
                chosen
                    || rows.is_empty()
                    || rows
                        .iter()
                        .any(|row| row.get(name).is_some_and(|json| !is_empty(&json)))
            })
            .map(|name| Column {
                name: name.clone(),
                cells: rows
                    .iter()
                    .map(|row| width(&cell(row, name)))
                    .max()
                    .unwrap_or(0)
                    .max(width(name)),
                right: !rows.is_empty()
                    && rows
                        .iter()
                        .all(|row| row.get(name).is_some_and(|json| is_number(&json))),
            })
            .collect();
        if let Some(bound) = bound {
            narrow(&mut columns, bound);
        }
        Self { columns, bold }
    }

    pub(super) fn header(&self) -> String {
        let names = self
            .columns
            .iter()
            .map(|column| visible(&column.name).into_owned());
        let line = self.line(names);
        if self.bold && !line.is_empty() {
            format!("\u{1b}[1m{line}\u{1b}[0m")
        } else {
            line
        }
    }

    pub(super) fn row(&self, row: &Record) -> String {
        self.line(self.columns.iter().map(|column| cell(row, &column.name)))
    }

    fn line(&self, cells: impl Iterator<Item = String>) -> String {
        let mut line = String::new();
        for (index, (column, text)) in self.columns.iter().zip(cells).enumerate() {
            if index > 0 {
                line.extend(std::iter::repeat_n(' ', GAP));
            }
            fit(&mut line, &text, column.cells, column.right);
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// The fields of a single thing, below each other, without those that say nothing.
pub(super) fn fields(record: &Record) -> Vec<String> {
    let names = record.names();
    let told: Vec<(String, String)> = names
        .iter()
        .map(|name| (visible(name).into_owned(), cell(record, name)))
        .filter(|(_, cell)| !cell.is_empty())
        .collect();
    let widest = told.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    told.iter()
        .map(|(name, cell)| {
            let mut line = String::new();
            fit(&mut line, name, widest + GAP, false);
            line + cell
        })
        .collect()
}

/// What stands in a cell.
fn cell(row: &Record, name: &str) -> String {
    let Some(json) = row.get(name) else {
        return String::new();
    };
    if is_empty(&json) {
        return String::new();
    }
    let text = plain(&json);
    let is_time = name.ends_with("_at") || name == "last_active";
    match (is_time, text.split_once('T')) {
        // A time to the second.
        (true, Some((day, time))) if day.len() == 10 && time.ends_with('Z') => {
            let second = time.split(['.', 'Z']).next().unwrap_or(time);
            format!("{day} {second}Z")
        }
        _ => visible(&text).into_owned(),
    }
}

/// Takes from the widest column until all fit, or none can be narrower.
fn narrow(columns: &mut [Column], bound: usize) {
    let gaps = GAP * columns.len().saturating_sub(1);
    let mut all: usize = columns.iter().map(|column| column.cells).sum::<usize>() + gaps;
    while all > bound {
        let Some(widest) = columns.iter_mut().max_by_key(|column| column.cells) else {
            return;
        };
        if widest.cells <= NARROW {
            return;
        }
        widest.cells -= 1;
        all -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Record, Table, width};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let rows = [
            Record::of(r#"{"id":"李","role":"user","n":3,"created_at":"2026-01-02T03:04:05.678Z"}"#).unwrap(),
            Record::of(r#"{"id":"ada\u001b[2J","role":"","n":12,"teams":[]}"#).unwrap(),
        ];
        let table = Table::new(
            &names(&["id", "role", "teams", "n", "created_at"]),
            false,
            &rows,
            None,
            false,
        );
        assert_eq!(table.header(), "id       role   n  created_at");
        assert_eq!(table.row(&rows[0]), "李       user   3  2026-01-02 03:04:05Z");
        assert_eq!(table.row(&rows[1]), "ada␛[2J        12");
    }

    #[test]
    fn the_widest_column_is_cut_to_the_terminal() {
        let long = format!(r#"{{"id":"a","custom":{{"text":"{}"}}}}"#, "x".repeat(200));
        let rows = [Record::of(&long).unwrap()];
        let table = Table::new(&names(&["id", "custom"]), false, &rows, Some(40), false);
        let line = table.row(&rows[0]);
        assert_eq!(width(&line), 40);
        assert!(line.ends_with('…'), "{line}");
    }
}
