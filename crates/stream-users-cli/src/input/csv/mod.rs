//! CSV: a header and rows of cells. Cutting rows into cells belongs to `record`, what cells mean to the columns.

mod record;

use super::columns::{ColumnRule, Columns};
use super::failure::InputFailure;
use super::notes::Notes;
use super::rows::{RawRow, Rejection, RowReader, too_long};
use super::source::Source;

use self::record::{Problem, Record, RecordReader};

/// Reads rows; the number of each is the line on which it begins.
pub(crate) struct CsvReader {
    records: RecordReader,
    columns: Columns,
    /// The first line, in which the columns have their names.
    header: Vec<String>,
    notes: Notes,
    json: String,
}

impl CsvReader {
    /// Reads the header.
    pub(crate) fn new(
        source: Source,
        delimiter: u8,
        rules: &[ColumnRule],
        separator: char,
        notes: Notes,
    ) -> Result<Self, InputFailure> {
        let mut records = RecordReader::new(source, delimiter);
        let header = records.next()?;
        let names: Option<Vec<String>> = records
            .cells()
            .map(|name| std::str::from_utf8(name).ok().map(|name| name.trim().to_owned()))
            .collect();
        let columns = match (header, &names) {
            (None, _) => Err("is empty; its first line should name the columns".to_owned()),
            (Some(record), Some(names)) if record.problem.is_none() => Columns::new(names, rules, separator),
            _ => Err(
                "should name its columns in the first line, and that line is no valid CSV in UTF-8"
                    .to_owned(),
            ),
        };
        let columns = columns.map_err(|text| InputFailure::usage(records.source().name(), text))?;
        Ok(Self {
            records,
            columns,
            header: names.unwrap_or_default(),
            notes,
            json: String::new(),
        })
    }

    fn read(&mut self, record: Record) -> Result<String, Rejection> {
        let cells: Result<Vec<&str>, usize> = self
            .records
            .cells()
            .enumerate()
            .map(|(index, cell)| std::str::from_utf8(cell).map_err(|_| index + 1))
            .collect();
        let (len, wanted) = (self.records.len(), self.columns.len());
        let spans = if record.last > record.first {
            format!(
                "; lines {} to {} belong to it: is a quote missing?",
                record.first, record.last
            )
        } else {
            String::new()
        };
        match record.problem {
            Some(Problem::TooLong) => return Err(too_long()),
            Some(Problem::BehindQuote) => {
                return Err(Rejection::new(format!(
                    "something stands behind a closing quote; write a quote in a cell as two{spans}"
                )));
            }
            Some(Problem::OpenQuote) => {
                return Err(Rejection::new(format!(
                    "a quote is opened and not closed before the end of the input; close it{spans}"
                )));
            }
            None => {}
        }
        let cells = cells.map_err(|cell| {
            Rejection::new(format!(
                "cell {cell} is not UTF-8; convert the input to UTF-8 first"
            ))
        })?;
        if len != wanted {
            let id = self
                .columns
                .id()
                .and_then(|place| cells.get(place))
                .filter(|id| !id.is_empty());
            return Err(Rejection::of(
                id.copied(),
                format!(
                    "the row has {len} cells and the header {wanted}; put cells with delimiters in quotes{spans}"
                ),
            ));
        }
        let mut names = cells
            .iter()
            .map(|cell| cell.trim_start_matches('\u{feff}').trim());
        if self.header.iter().all(|name| names.next() == Some(name)) {
            return Err(Rejection::new(
                "the row is the header again, as in files that were put together; take the line out",
            ));
        }
        self.columns.user(cells.into_iter())
    }
}

impl RowReader for CsvReader {
    fn next(&mut self) -> Result<Option<RawRow<'_>>, InputFailure> {
        let Some(record) = self.records.next()? else {
            for (name, field) in self.columns.mixed() {
                self.notes.mixed_column(name, &field);
            }
            return Ok(None);
        };
        let json = self.read(record);
        Ok(Some(RawRow {
            number: record.first,
            key: None,
            has_columns: true,
            json: json.map(|json| {
                self.json = json;
                self.json.as_str()
            }),
        }))
    }
}
