//! Comma-separated values, as RFC 4180 has them but for lines that end with a newline alone.

use std::collections::BTreeSet;

use super::record::{Record, plain};

/// How many names are told of columns that came too late.
const TOLD: usize = 10;

/// The columns, from the first rows on.
#[derive(Debug)]
pub(super) struct Csv {
    columns: Vec<String>,
    /// Whether they were asked for: then what is in no column is left out in silence.
    chosen: bool,
    late: BTreeSet<String>,
}

impl Csv {
    /// Columns that were asked for.
    pub(super) fn chosen(columns: Vec<String>) -> Self {
        Self {
            columns,
            chosen: true,
            late: BTreeSet::new(),
        }
    }

    /// Every field that is in one of the first rows.
    pub(super) fn of(rows: &[Record]) -> Self {
        let mut seen = BTreeSet::new();
        let (mut columns, mut custom) = (Vec::new(), Vec::new());
        for name in rows.iter().flat_map(Record::names) {
            if seen.insert(name.clone()) {
                let list = if name.starts_with("custom.") {
                    &mut custom
                } else {
                    &mut columns
                };
                list.push(name);
            }
        }
        columns.append(&mut custom);
        Self {
            columns,
            chosen: false,
            late: BTreeSet::new(),
        }
    }

    pub(super) fn header(&self) -> String {
        line(self.columns.iter().map(|name| Some(name.as_str())))
    }

    pub(super) fn row(&mut self, row: &Record) -> String {
        if !self.chosen && self.late.len() <= TOLD {
            let names = row.names().into_iter();
            self.late
                .extend(names.filter(|name| !self.columns.contains(name)).take(TOLD + 1));
        }
        let values: Vec<_> = self.columns.iter().map(|name| row.get(name)).collect();
        let texts: Vec<_> = values
            .iter()
            .map(|json| json.as_deref().filter(|json| *json != "null").map(plain))
            .collect();
        line(texts.iter().map(|text| text.as_deref()))
    }

    /// What was left out because it came after the header.
    pub(super) fn left_out(&self) -> Option<String> {
        if self.late.is_empty() {
            return None;
        }
        let names: Vec<&str> = self.late.iter().take(TOLD).map(String::as_str).collect();
        let more = if self.late.len() > TOLD { " and others" } else { "" };
        Some(format!(
            "fields that are in none of the first rows are left out: {}{more}; name the columns with --columns",
            names.join(", ")
        ))
    }
}

/// A line; nothing is a field without quotes, and an empty text one with them.
fn line<'a>(fields: impl Iterator<Item = Option<&'a str>>) -> String {
    let mut line = String::new();
    for (index, field) in fields.enumerate() {
        if index > 0 {
            line.push(',');
        }
        let Some(field) = field else { continue };
        let plain = !field.is_empty() && !field.contains([',', '"', '\n', '\r']) && field.trim() == field;
        if plain {
            line.push_str(field);
        } else {
            line.push('"');
            line.push_str(&field.replace('"', "\"\""));
            line.push('"');
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{Csv, Record};

    fn records(lines: &[&str]) -> Vec<Record> {
        lines.iter().map(|line| Record::of(line).unwrap()).collect()
    }

    #[test]
    fn custom_data_are_columns_of_their_own() {
        let rows = records(&[
            r#"{"id":"a","custom":{"plan":"x, \"y\""},"teams":["t"]}"#,
            r#"{"id":"b","name":"","custom":{"seats":3,"plan":null}}"#,
        ]);
        let mut csv = Csv::of(&rows);
        assert_eq!(csv.header(), "id,teams,name,custom.plan,custom.seats");
        assert_eq!(csv.row(&rows[0]), r#"a,"[""t""]",,"x, ""y""","#);
        assert_eq!(csv.row(&rows[1]), r#"b,,"",,3"#);
        assert_eq!(csv.left_out(), None);
    }

    #[test]
    fn what_comes_too_late_is_told() {
        let mut csv = Csv::of(&records(&[r#"{"id":"a"}"#]));
        let late = records(&[r#"{"id":"b","custom":{"plan":1}}"#]);
        assert_eq!(csv.row(&late[0]), "b");
        assert!(csv.left_out().unwrap().contains("custom.plan"));
        let mut chosen = Csv::chosen(vec!["custom.plan".to_owned(), "id".to_owned()]);
        assert_eq!(chosen.row(&late[0]), "1,b");
        assert_eq!(chosen.left_out(), None);
    }
}
