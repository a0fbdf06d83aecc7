//! The cases of the driver, written by hand over reqwest and `serde_json`.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};
use stream_users_bench::TOKEN;
use stream_users_bench::by_hand::{self, Acknowledged, Client, Map, UpsertedUsers, User};
use stream_users_bench::measure::{Arguments, Report};
use stream_users_bench::people::{self, FULL, Profile};

const CLIENT: &str = "by-hand";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::of_the_process()?;
    let client = Client::new(&arguments.base_url, TOKEN.to_owned());
    let report = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(measure(&arguments, Arc::new(client)));
    Ok(report.print())
}

async fn measure(arguments: &Arguments, client: Arc<Client>) -> Report {
    macro_rules! measure {
        (|$client:ident| $call:expr) => {
            arguments
                .measure(CLIENT, move || {
                    let $client = Arc::clone(&client);
                    async move { Ok::<usize, reqwest::Error>($call) }
                })
                .await
        };
    }
    match &*arguments.case {
        "upsert100" => measure!(|client| {
            let users = (0..FULL).map(|number| by_hand::user(number, by_hand::custom(number)));
            let answer: UpsertedUsers<Map> = client.upsert_users(users.collect()).await?;
            names(answer.users.values())
        }),
        "upsert100_typed" => measure!(|client| {
            let users = (0..FULL).map(|number| by_hand::user(number, people::profile(number)));
            let answer: UpsertedUsers<Profile> = client.upsert_users(users.collect()).await?;
            names(answer.users.values())
        }),
        "upsert100_ack" => measure!(|client| {
            let users = (0..FULL).map(|number| by_hand::user(number, people::profile(number)));
            let answer: Acknowledged = client.upsert_users(users.collect()).await?;
            answer.duration.len()
        }),
        "query100" => measure!(|client| names::<Map>(&client.query_users(&query()).await?.users)),
        "query100_typed" => measure!(|client| names::<Profile>(&client.query_users(&query()).await?.users)),
        "get_task" => measure!(|client| client.get_task().await?.duration.len()),
        "deactivate_one" => measure!(|client| names([&client.deactivate_user().await?.user])),
        _ => arguments.unsupported(CLIENT),
    }
}

fn query() -> Value {
    json!({
        "filter_conditions": { "role": { "$eq": "user" } },
        "sort": [{ "field": "created_at", "direction": 1 }],
        "limit": FULL,
    })
}

/// How many bytes the names have that were read.
fn names<'u, C: 'u>(users: impl IntoIterator<Item = &'u User<C>>) -> usize {
    let length = |user: &User<C>| user.name.as_deref().map_or(0, str::len);
    users.into_iter().map(length).sum()
}
