//! The readers, given bytes. The command as a whole is tried as a process.

mod csv;
mod json;
mod laws;
mod ndjson;
mod others;
mod packed;
#[cfg(feature = "parquet")]
mod parquet;

use std::io::Read;

use clap::Parser;
use stream_users_model::{Custom, UserRequest};

use super::{DuplicateIds, Input, InputFailure, InputOptions};

/// What became of a row: its number, and the user as JSON, or id and reason.
type Read1 = (u64, Result<String, (Option<String>, String)>);

/// The options as the command line has them.
fn options(arguments: &[&str]) -> InputOptions {
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: InputOptions,
    }
    let mut line = vec!["test"];
    line.extend(arguments);
    Line::try_parse_from(line).unwrap().options
}

fn input(name: &str, bytes: impl AsRef<[u8]>, arguments: &[&str]) -> Input {
    let bytes = bytes.as_ref().to_vec();
    Input::of(name, std::io::Cursor::new(bytes), &options(arguments))
}

/// A reader that gives one byte at a time: nothing may depend on how much comes at once.
struct Dripping<R>(R);

impl<R: Read> Read for Dripping<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

fn rows_of(input: Input) -> (Vec<Read1>, Option<InputFailure>) {
    let mut rows = Vec::new();
    for row in input.users_here(DuplicateIds::Refuse) {
        match row {
            Ok(row) => rows.push((
                row.number,
                row.item
                    .map(|user: UserRequest<Custom>| serde_json::to_string(&user).unwrap())
                    .map_err(|rejected| (rejected.id.map(String::from), rejected.reason)),
            )),
            Err(error) => return (rows, Some(*error.downcast::<InputFailure>().unwrap())),
        }
    }
    (rows, None)
}

/// All rows of an input that can be read to its end, whether it comes at once or in drips.
fn rows(name: &str, bytes: impl AsRef<[u8]>, arguments: &[&str]) -> Vec<Read1> {
    let at_once = rows_of(input(name, &bytes, arguments));
    let drip = Dripping(std::io::Cursor::new(bytes.as_ref().to_vec()));
    assert_eq!(rows_of(Input::of(name, drip, &options(arguments))), at_once);
    assert_eq!(at_once.1, None);
    at_once.0
}

/// Why an input cannot be read to its end.
fn failure(name: &str, bytes: impl AsRef<[u8]>, arguments: &[&str]) -> String {
    let (_, failure) = rows_of(input(name, bytes, arguments));
    failure.expect("the input cannot be read").to_string()
}

fn good(number: u64, json: &str) -> Read1 {
    (number, Ok(json.to_owned()))
}

/// The reason of the only row.
fn reason(name: &str, bytes: impl AsRef<[u8]>, arguments: &[&str]) -> String {
    let rows = rows(name, bytes, arguments);
    assert_eq!(rows.len(), 1, "{rows:?}");
    let (_, result) = rows.into_iter().next().unwrap();
    result.unwrap_err().1
}
