//! `stream-users api`: any operation, with JSON in and JSON out. Commands with options of their own have other files.

use std::io::Read;

use anyhow::{Context, bail};
use serde_json::{Map, Value};
use stream_users_core::{CallOptions, RawCall};
use stream_users_model::operation::{self, Operation};

use crate::{environment, output};

#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct Arguments {
    /// The operation: `upsert_users`, or the service's name for it, `UpdateUsers`
    operation: String,
    /// Its input as one JSON object, parameters of the path and the query included; `-` reads standard input
    #[arg(long, value_name = "BODY")]
    json: Option<String>,
}

fn after_help() -> String {
    let operations = operation::ALL
        .iter()
        .map(|operation| format!("  {:<24} {}", operation.name, operation.summary));
    let setup = "The client is set up by STREAM_API_KEY, STREAM_API_SECRET and STREAM_BASE_URL.";
    format!(
        "{setup}\n\nOperations:\n{}",
        operations.collect::<Vec<_>>().join("\n")
    )
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let operation = find(&arguments.operation)?;
    let input = input(arguments.json.as_deref())?;
    let client = environment::client()?;
    let answer = client
        .execute(&RawCall::new(operation, input), &CallOptions::new())
        .await?;
    output::line(answer.body.as_json())
}

fn find(name: &str) -> anyhow::Result<&'static Operation> {
    operation::find(name).with_context(|| {
        let names: Vec<&str> = operation::ALL.iter().map(|operation| operation.name).collect();
        format!("there is no operation {name:?}; there are {}", names.join(", "))
    })
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
    match serde_json::from_str(&text).context("--json is not JSON")? {
        Value::Object(map) => Ok(map),
        _ => bail!("--json must be an object, such as '{{\"id\": \"...\"}}'"),
    }
}
