//! Parquet: rows of a file of columns. What columns mean belongs to the columns.
//!
//! It is read through the records of the `parquet` crate, page by page, so that no more than a page of each column is in
//! memory. Lists, maps and structs become JSON.

use std::fs::File;

use parquet::basic::{LogicalType, TimeUnit};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use serde_json::Value;
use stream_users_model::Timestamp;

use super::columns::{ColumnRule, Columns};
use super::failure::InputFailure;
use super::rows::{RawRow, Rejection, RowReader};
use super::source::Opened;

/// Reads the rows of a file. Their numbers are their places, from 1 on.
pub(crate) struct ParquetReader {
    input: String,
    rows: RowIter<'static>,
    columns: Columns,
    /// Which columns are times in nanoseconds: the records have them as numbers.
    nanos: Vec<bool>,
    number: u64,
    json: String,
}

impl ParquetReader {
    /// Reads the description of the file.
    pub(crate) fn open(opened: &Opened, rules: &[ColumnRule], separator: char) -> Result<Self, InputFailure> {
        let input = opened.name.clone();
        let Some(path) = opened.path() else {
            return Err(InputFailure::usage(
                input,
                "cannot be read as Parquet, whose description stands at the end; put it into a file",
            ));
        };
        let fail = |error: &dyn std::fmt::Display| {
            InputFailure::new(&input, format!("cannot be read as Parquet: {error}"))
        };
        let file = File::open(path).map_err(|error| fail(&error))?;
        let reader = SerializedFileReader::new(file).map_err(|error| fail(&error))?;
        let schema = reader.metadata().file_metadata().schema();
        let names: Vec<String> = schema
            .get_fields()
            .iter()
            .map(|field| field.name().to_owned())
            .collect();
        let columns =
            Columns::new(&names, rules, separator).map_err(|text| InputFailure::usage(&input, text))?;
        let nanos = schema.get_fields().iter().map(|field| {
            matches!(
                field.get_basic_info().logical_type_ref(),
                Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS
            )
        });
        let nanos = nanos.collect();
        Ok(Self {
            nanos,
            rows: RowIter::from_file_into(Box::new(reader)),
            input,
            columns,
            number: 0,
            json: String::new(),
        })
    }
}

impl RowReader for ParquetReader {
    fn next(&mut self) -> Result<Option<RawRow<'_>>, InputFailure> {
        let Some(row) = self.rows.next() else {
            return Ok(None);
        };
        self.number += 1;
        let row = row.map_err(|error| {
            InputFailure::new(
                &self.input,
                format!(
                    "cannot be read as Parquet beyond row {}: {error}",
                    self.number - 1
                ),
            )
        })?;
        let values: Result<Vec<Value>, String> = row
            .get_column_iter()
            .zip(&self.nanos)
            .map(|((name, field), is_nanos)| match field {
                Field::Long(nanos) if *is_nanos => Ok(time((*nanos).into())),
                field => json(field).ok_or_else(|| name.clone()),
            })
            .collect();
        let json = match values {
            Ok(values) => self.columns.user_of_values(values.into_iter()),
            Err(name) => Err(Rejection::new(format!(
                "the column {name:?} has bytes that are not UTF-8; write it as text, or pass it over with --column \
                 {name}=-"
            ))),
        };
        Ok(Some(RawRow {
            number: self.number,
            key: None,
            has_columns: true,
            json: json.map(|json| {
                self.json = json;
                self.json.as_str()
            }),
        }))
    }
}

/// A value as JSON; `None` where it has bytes that are no text.
///
/// Bytes are texts: some tools do not say of texts that they are. What is null inside a struct is left out, since every
/// row of a struct has all its fields.
fn json(field: &Field) -> Option<Value> {
    Some(match field {
        Field::Bytes(bytes) => Value::from(std::str::from_utf8(bytes.data()).ok()?),
        // The shortest text of it, and not that of the double which it becomes: 0.1 stays 0.1.
        Field::Float(float) => float.to_string().parse::<f64>().map_or(Value::Null, Value::from),
        Field::Group(row) => group(row)?,
        Field::TimestampMillis(millis) => time(i128::from(*millis) * 1_000_000),
        Field::TimestampMicros(micros) => time(i128::from(*micros) * 1_000),
        Field::ListInternal(list) => Value::Array(list.elements().iter().map(json).collect::<Option<_>>()?),
        Field::MapInternal(map) => {
            let entries = map.entries().iter().map(|(key, value)| {
                let key = match json(key)? {
                    Value::String(key) => key,
                    key => key.to_string(),
                };
                Some((key, json(value)?))
            });
            Value::Object(entries.collect::<Option<_>>()?)
        }
        other => other.to_json_value(),
    })
}

fn group(row: &Row) -> Option<Value> {
    let members = row
        .get_column_iter()
        .filter(|(_, field)| !matches!(field, Field::Null))
        .map(|(name, field)| Some((name.clone(), json(field)?)));
    Some(Value::Object(members.collect::<Option<_>>()?))
}

/// A time as RFC 3339, as the service writes times.
fn time(nanos: i128) -> Value {
    Timestamp::from_unix_nanos(nanos).map_or(Value::Null, |time| Value::from(time.to_string()))
}
