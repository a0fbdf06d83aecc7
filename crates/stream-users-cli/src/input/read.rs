//! [`Input`]: putting source, format and rows together.

use std::path::PathBuf;

use stream_users_core::bulk::{InputError, Rejected, Row};
use stream_users_model::{Custom, UserId, UserPatch, UserRequest};

use super::csv::CsvReader;
use super::duplicates::{Duplicates, Seen};
use super::failure::InputFailure;
use super::json::JsonReader;
use super::lines::{LineReader, Lines};
use super::notes::Notes;
use super::options::{InputFormat, InputOptions, has_tabs};
use super::rows::{RawRow, Rejection, RowReader};
use super::source::{BytesRead, Location, Opened, Source};
use super::stream::RowStream;
use super::user::UserRules;
use super::{id, patch};

/// What becomes of an id that stands twice in an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum DuplicateIds {
    /// Every row but the first is refused
    #[default]
    Refuse,
    /// All are sent in their order, so that the last counts
    Last,
}

/// An input that was found and not read yet.
pub(crate) struct Input {
    opened: Opened,
    path: PathBuf,
    options: InputOptions,
    notes: Notes,
}

impl Input {
    /// Finds the input. Nothing is read before the first row is asked for.
    ///
    /// # Errors
    /// Where it is not there or may not be read.
    pub(crate) fn open(location: &Location, options: &InputOptions) -> Result<Self, InputFailure> {
        let path = match location {
            Location::File(path) => path.clone(),
            Location::Stdin => PathBuf::new(),
        };
        Ok(Self {
            opened: Opened::open(location)?,
            path,
            options: options.clone(),
            notes: Notes::default(),
        })
    }

    /// How many bytes there are, where that is known.
    pub(crate) const fn size(&self) -> Option<u64> {
        self.opened.size()
    }

    /// How many bytes were read; it goes on counting while the input is read.
    pub(crate) fn bytes_read(&self) -> BytesRead {
        self.opened.bytes_read()
    }

    /// What the reading notices; complete when it has ended.
    pub(crate) fn notes(&self) -> Notes {
        self.notes.clone()
    }

    /// Reads users on a thread of its own.
    pub(crate) fn users(self, duplicates: DuplicateIds) -> RowStream<UserRequest<Custom>> {
        RowStream::of(self.users_here(duplicates))
    }

    /// Reads ids on a thread of its own.
    pub(crate) fn ids(self) -> RowStream<UserId> {
        RowStream::of(self.ids_here())
    }

    /// Reads patches on a thread of its own.
    pub(crate) fn patches(self) -> RowStream<UserPatch> {
        RowStream::of(self.patches_here())
    }

    /// Reads users where it is asked.
    pub(crate) fn users_here(self, duplicates: DuplicateIds) -> RowIterator<UserRequest<Custom>> {
        let rules = UserRules {
            extra: self.options.extra_fields,
            notes: self.notes.clone(),
        };
        let mut seen = (duplicates == DuplicateIds::Refuse).then(Duplicates::new);
        RowIterator::new(self, false, move |row| {
            let number = row.number;
            let user = rules.read(row)?;
            if let Some(seen) = &mut seen {
                once(seen, user.id.as_str(), number, &rules.notes)?;
            }
            Ok(user)
        })
    }

    /// Reads ids where it is asked.
    pub(crate) fn ids_here(self) -> RowIterator<UserId> {
        RowIterator::new(self, true, id::read)
    }

    /// Reads patches where it is asked.
    pub(crate) fn patches_here(self) -> RowIterator<UserPatch> {
        RowIterator::new(self, false, patch::read_patch)
    }

    /// Begins to read.
    fn reader(self, is_ids: bool) -> Result<Box<dyn RowReader>, InputFailure> {
        let named = self.options.format.or_else(|| InputFormat::named(&self.path));
        #[cfg(feature = "parquet")]
        if named == Some(InputFormat::Parquet) {
            let reader = super::parquet::ParquetReader::open(
                &self.opened,
                &self.options.column,
                self.options.list_separator,
            )?;
            self.notes.numbers_are_places();
            return Ok(Box::new(reader));
        }
        let mut source = self.opened.unpack()?;
        let format = match named {
            Some(format) => format,
            None => guess(&mut source, is_ids)?,
        };
        Ok(match format {
            InputFormat::Ndjson => Box::new(LineReader::new(source, Lines::Json)),
            InputFormat::Lines if is_ids => Box::new(LineReader::new(source, Lines::Text)),
            InputFormat::Lines => {
                return Err(InputFailure::usage(
                    source.name(),
                    "has one id a line, it is said, and more is needed here; take --format ndjson, json or csv",
                ));
            }
            InputFormat::Json => {
                self.notes.numbers_are_places();
                Box::new(JsonReader::new(source))
            }
            InputFormat::Csv => {
                let by_name = if has_tabs(&self.path) { b'\t' } else { b',' };
                Box::new(CsvReader::new(
                    source,
                    self.options.delimiter.unwrap_or(by_name),
                    &self.options.column,
                    self.options.list_separator,
                    self.notes,
                )?)
            }
            InputFormat::Parquet => return Err(no_parquet(&source)),
        })
    }
}

/// What the first byte says, where nothing else does. CSV is not guessed: anything may be CSV.
fn guess(source: &mut Source, is_ids: bool) -> Result<InputFormat, InputFailure> {
    let head = source.fill_to(4)?;
    match head.trim_ascii_start() {
        [] | [b'{', ..] => Ok(InputFormat::Ndjson),
        [b'[', ..] => Ok(InputFormat::Json),
        [b'P', b'A', b'R', b'1', ..] => Ok(InputFormat::Parquet),
        _ if is_ids => Ok(InputFormat::Lines),
        _ => Err(InputFailure::usage(
            source.name(),
            "says its format neither by its name nor by its first byte; say --format ndjson, json or csv",
        )),
    }
}

fn no_parquet(source: &Source) -> InputFailure {
    let text = if cfg!(feature = "parquet") {
        "is Parquet, which is read from a file by its name only; name the file, or say --format parquet"
    } else {
        "is Parquet, and this command was built without it; build it with --features parquet"
    };
    InputFailure::usage(source.name(), text)
}

/// Refuses an id that was in a row before.
fn once(seen: &mut Duplicates, id: &str, number: u64, notes: &Notes) -> Result<(), Rejection> {
    match seen.insert(id, number) {
        Seen::First => Ok(()),
        Seen::Before(first) => {
            let word = notes.number_word();
            let first = first.map_or_else(|| format!("an earlier {word}"), |first| format!("{word} {first}"));
            Err(Rejection::of(
                Some(id),
                format!("the id stands in {first} already; keep one, or say --duplicates last"),
            ))
        }
    }
}

/// The longest reason that is given, in characters: names in a row may be as long as the row.
const LONGEST_REASON: usize = 500;

/// The longest id that is named, in characters: longer ones are refused.
const LONGEST_ID: usize = 300;

/// The beginning of a text that is too long.
fn cut(mut text: String, longest: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

type Convert<T> = Box<dyn FnMut(RawRow<'_>) -> Result<T, Rejection> + Send>;

/// The rows of an input, one after the other.
pub(crate) struct RowIterator<T> {
    state: State,
    is_ids: bool,
    convert: Convert<T>,
    bytes: usize,
}

enum State {
    NotBegun(Box<Input>),
    Reading(Box<dyn RowReader>),
    Ended,
}

impl<T> RowIterator<T> {
    fn new(
        input: Input,
        is_ids: bool,
        convert: impl FnMut(RawRow<'_>) -> Result<T, Rejection> + Send + 'static,
    ) -> Self {
        Self {
            state: State::NotBegun(Box::new(input)),
            is_ids,
            convert: Box::new(convert),
            bytes: 0,
        }
    }

    /// How many bytes of JSON the last row was.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    fn advance(&mut self) -> Result<Option<Row<T>>, InputFailure> {
        if let State::NotBegun(_) = self.state
            && let State::NotBegun(input) = std::mem::replace(&mut self.state, State::Ended)
        {
            self.state = State::Reading(input.reader(self.is_ids)?);
        }
        let State::Reading(reader) = &mut self.state else {
            return Ok(None);
        };
        let Some(row) = reader.next()? else {
            return Ok(None);
        };
        let number = row.number;
        self.bytes = row.json.as_ref().map_or(0, |json| json.len());
        Ok(Some(match (self.convert)(row) {
            Ok(item) => Row::new(number, item),
            Err(Rejection { id, reason }) => {
                let mut rejected = Rejected::new(cut(reason, LONGEST_REASON));
                rejected.id = id.map(|id| UserId::from(cut(id, LONGEST_ID)));
                Row::rejected(number, rejected)
            }
        }))
    }
}

impl<T> Iterator for RowIterator<T> {
    type Item = Result<Row<T>, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.advance() {
            Ok(Some(row)) => Some(Ok(row)),
            Ok(None) => {
                self.state = State::Ended;
                None
            }
            Err(failure) => {
                self.state = State::Ended;
                Some(Err(failure.into()))
            }
        }
    }
}

#[cfg(test)]
impl Input {
    /// Bytes as if they came from a file of this name.
    pub(super) fn of(
        name: &str,
        reader: impl std::io::Read + Send + 'static,
        options: &InputOptions,
    ) -> Self {
        Self {
            opened: Opened::of(name, reader),
            path: PathBuf::from(name),
            options: options.clone(),
            notes: Notes::default(),
        }
    }
}
