//! `stream-users api`: any operation, with JSON in and JSON out. Commands with options of their own have other files.

use std::io::Read;

use anyhow::Context;
use serde_json::{Map, Value};
use stream_users_core::{CallOptions, RawCall};
use stream_users_model::operation::{self, Operation};

use crate::exit::{self, Exit};
use crate::globals::Globals;
use crate::output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = SETUP, after_long_help = operations())]
pub(crate) struct Arguments {
    /// The operation: `upsert_users`, or the service's name for it, `UpdateUsers`
    operation: String,
    /// Its input as one JSON object, parameters of the path and the query included; `-` reads standard input
    #[arg(long, value_name = "BODY")]
    json: Option<String>,
    /// Send fields that this version does not know, too
    #[arg(long)]
    any_field: bool,
}

const SETUP: &str = "`stream-users api --help` lists the operations.";

fn operations() -> String {
    let operations = operation::ALL
        .iter()
        .map(|operation| format!("  {:<24} {}", operation.name, operation.summary));
    format!("Operations:\n{}", operations.collect::<Vec<_>>().join("\n"))
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let operation = find(&arguments.operation)?;
    let input = input(arguments.json.as_deref())?;
    check_fields(operation, &input, arguments.any_field)?;
    let session = Session::open(globals).await?;
    let call = RawCall::new(operation, input);
    let answer = session
        .client()
        .execute(&call, &CallOptions::new())
        .await
        .map_err(|error| session.explain(error))?;
    output::line(answer.body.as_json())?;
    Ok(Exit::Done)
}

fn find(name: &str) -> anyhow::Result<&'static Operation> {
    operation::find(&name.replace('-', "_")).ok_or_else(|| {
        let names: Vec<&str> = operation::ALL.iter().map(|operation| operation.name).collect();
        exit::usage(format!(
            "there is no operation {name:?}; there are {}",
            names.join(", ")
        ))
    })
}

/// Refuses a field that the operation does not take, which the service would pass over in silence, and a call without
/// one that it needs.
fn check_fields(operation: &Operation, input: &Map<String, Value>, any_field: bool) -> anyhow::Result<()> {
    if operation.fields.is_empty() {
        return Ok(());
    }
    let document = operation
        .json_query
        .and_then(|name| input.get(name))
        .and_then(Value::as_object);
    let given = document.unwrap_or(input);
    let elsewhere = |name: &str| {
        document.is_none()
            && (operation.path.contains(&format!("{{{name}}}")) || operation.query.contains(&name))
    };
    let known = |name: &str| operation.fields.iter().any(|(field, _)| *field == name);
    let takes = || {
        let fields = operation.fields.iter().map(|(name, required)| {
            let required = if *required { " (required)" } else { "" };
            format!("{name}{required}")
        });
        fields.collect::<Vec<_>>().join(", ")
    };
    let unknown = given
        .keys()
        .find(|name| !any_field && !known(name) && !elsewhere(name));
    if let Some(unknown) = unknown {
        return Err(exit::usage(format!(
            "{unknown:?} is no field of {}, which takes {}; to send it all the same, add --any-field",
            operation.name,
            takes()
        )));
    }
    let missing = operation
        .fields
        .iter()
        .find(|(name, required)| *required && !given.contains_key(*name));
    if let Some((missing, _)) = missing {
        return Err(exit::usage(format!(
            "{} needs the field {missing:?}; it takes {}",
            operation.name,
            takes()
        )));
    }
    Ok(())
}

fn input(json: Option<&str>) -> anyhow::Result<Map<String, Value>> {
    let text = match json {
        None => return Ok(Map::new()),
        Some("-") => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("standard input could not be read")?;
            text
        }
        Some(text) => text.to_owned(),
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(exit::usage(
            "--json must be an object, such as '{\"id\": \"...\"}'",
        )),
        Err(error) => Err(exit::usage(format!("--json is not JSON: {error}"))),
    }
}
