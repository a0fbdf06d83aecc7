//! The options that say how an input is to be read. Every command that takes rows has them.

use std::path::Path;

use clap::ValueEnum;

use super::columns::ColumnRule;
use super::source::is_packing;
use super::user::ExtraFields;

/// How an input is read.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Options of the input")]
pub(crate) struct InputOptions {
    /// The format; by default the end of the file's name says it, or the first byte
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<InputFormat>,
    /// Which field a column fills, and its type: string, int, float, bool, json or list; `NAME=-` passes it over
    #[arg(long = "column", value_name = "NAME=FIELD[:TYPE]")]
    pub(crate) column: Vec<ColumnRule>,
    /// What stands between the cells of CSV: one character, or `tab`
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// What stands between the texts of a list in a cell
    #[arg(long, value_name = "CHARACTER", default_value = ";")]
    pub(crate) list_separator: char,
    /// What becomes of fields that no user has
    #[arg(long, value_enum, value_name = "WHAT", default_value = "refuse")]
    pub(crate) extra_fields: ExtraFields,
}

impl InputOptions {
    /// Those that decide on what a row holds and are not as they are by default.
    pub(crate) fn that_decide_on_rows(&self) -> Vec<String> {
        let mut options: Vec<String> = self
            .column
            .iter()
            .map(|rule| format!("--column {rule}"))
            .collect();
        if let Some(delimiter) = self.delimiter {
            options.push(format!("--delimiter {:?}", char::from(delimiter)));
        }
        if self.list_separator != ';' {
            options.push(format!("--list-separator {:?}", self.list_separator));
        }
        match self.extra_fields {
            ExtraFields::Refuse => {}
            ExtraFields::Custom => options.push("--extra-fields custom".to_owned()),
            ExtraFields::Ignore => options.push("--extra-fields ignore".to_owned()),
        }
        options
    }
}

/// The formats of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// A JSON object a line
    #[value(alias = "jsonl")]
    Ndjson,
    /// An array of users, or an object of users by id
    Json,
    /// A header and rows of cells
    Csv,
    /// Columns in a file of Apache Parquet; needs a command that was built with it
    Parquet,
    /// One id a line, for commands that take ids
    Lines,
}

impl InputFormat {
    /// What the end of a file's name says, without that of its packing.
    pub(super) fn named(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "json" => Some(Self::Json),
            "csv" | "tsv" => Some(Self::Csv),
            "parquet" => Some(Self::Parquet),
            "txt" => Some(Self::Lines),
            other if is_packing(other) => Self::named(Path::new(path.file_stem()?)),
            _ => None,
        }
    }
}

/// Whether the name says that tabs stand between the cells.
pub(super) fn has_tabs(path: &Path) -> bool {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) if is_packing(extension) => {
            path.file_stem().is_some_and(|stem| has_tabs(Path::new(stem)))
        }
        Some(extension) => extension.eq_ignore_ascii_case("tsv"),
        None => false,
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(b'\t'),
        [byte] if !matches!(byte, b'"' | b'\n' | b'\r') && byte.is_ascii() => Ok(*byte),
        _ => Err("must be one ASCII character that is no quote and no line end, or `tab`".to_owned()),
    }
}
