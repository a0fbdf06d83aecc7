//! The cases of the driver through the official crate: those that it has. It reads 18 of the 31 fields of a user.

use std::error::Error;
use std::process::ExitCode;

use getstream::models::{QueryUsersPayload, SortParamRequest, UserRequest, UserResponse};
use getstream::{ClientConfig, Stream};
use serde_json::{Value, json};
use stream_users_bench::by_hand;
use stream_users_bench::measure::{Arguments, Report};
use stream_users_bench::people::FULL;
use stream_users_bench::{API_KEY, API_SECRET};

const CLIENT: &str = "official";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::of_the_process()?;
    let config = ClientConfig {
        base_url: arguments.base_url.clone(),
        ..ClientConfig::default()
    };
    let client = Stream::with_config(API_KEY, API_SECRET, config)?;
    let report = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(measure(&arguments, client));
    Ok(report.print())
}

async fn measure(arguments: &Arguments, client: Stream) -> Report {
    macro_rules! measure {
        (|$client:ident| $call:expr) => {
            arguments
                .measure(CLIENT, move || {
                    let $client = client.clone();
                    async move { Ok::<usize, getstream::Error>($call) }
                })
                .await
        };
    }
    match &*arguments.case {
        "upsert100" => measure!(|client| names(client.upsert_users((0..FULL).map(user)).await?.users.values())),
        "query100" => measure!(|client| names(&client.query_users(query()).await?.users)),
        _ => arguments.unsupported(CLIENT),
    }
}

fn query() -> QueryUsersPayload {
    QueryUsersPayload {
        filter_conditions: [("role".to_owned(), json!({ "$eq": "user" }))].into_iter().collect(),
        sort: Some(vec![SortParamRequest {
            field: Some("created_at".to_owned()),
            direction: Some(1),
        }]),
        limit: i32::try_from(FULL).ok(),
        ..QueryUsersPayload::default()
    }
}

fn user(number: usize) -> UserRequest {
    let by_hand = by_hand::user::<Value>(number, Value::Null);
    UserRequest {
        id: by_hand.id,
        name: by_hand.name,
        image: by_hand.image,
        role: by_hand.role,
        language: by_hand.language,
        teams: by_hand.teams,
        teams_role: by_hand.teams_role,
        custom: Some(by_hand::custom(number).into_iter().collect()),
        ..UserRequest::default()
    }
}

fn names<'u>(users: impl IntoIterator<Item = &'u UserResponse>) -> usize {
    users.into_iter().map(|user| user.name.as_deref().map_or(0, str::len)).sum()
}
