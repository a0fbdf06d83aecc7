//! Calls through the public interface of stream-users with its default settings: retries, limiter and spans are on.

use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;

use stream_users::prelude::*;
use stream_users_bench::calls::{names, query, raw, typed_request, user};
use stream_users_bench::measure::{Arguments, Report};
use stream_users_bench::people::{FULL, Profile};
use stream_users_bench::{API_KEY, API_SECRET, TASK_ID, USER_ID};

const CLIENT: &str = "stream-users";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::of_the_process()?;
    let client = Client::builder(API_KEY)
        .server(API_SECRET)
        .base_url(&*arguments.base_url)
        // The servers of a bench are on a network of one's own.
        .allow_http()
        .transport(ReqwestTransport::new()?)
        .build()?;
    let report = if arguments.case == "blocking_get_task" {
        let users = stream_users::blocking::Users::<Custom>::new(client.users())?;
        arguments.measure_blocking(CLIENT, || {
            users
                .get_task(GetTask::new(TASK_ID))
                .map(|task| task.body.duration.len())
        })
    } else {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(measure(&arguments, &client))
    };
    Ok(report.print())
}

async fn measure(arguments: &Arguments, client: &Client) -> Report {
    let users: Users = client.users();
    let typed: Users<Profile> = client.users();
    macro_rules! measure {
        (|$users:ident| $call:expr) => {
            arguments
                .measure(CLIENT, move || {
                    let $users = $users.clone();
                    async move { Ok::<usize, stream_users::Error>($call) }
                })
                .await
        };
    }
    let (case, number) = split(&arguments.case);
    match (&*case, number) {
        ("upsert", Some(number)) => measure!(|users| {
            let request = UpsertUsers::new((0..number).map(|number| user(number, raw(number))));
            names(&users.upsert_users(request).await?.body.users)
        }),
        ("upsert_typed", Some(number)) => {
            measure!(|typed| names(&typed.upsert_users(typed_request(number)).await?.body.users))
        }
        ("upsert_ack", Some(number)) => measure!(|typed| {
            let request = typed_request(number).ignore_answer();
            typed.upsert_users(request).await?.body.duration.len()
        }),
        ("query", Some(number)) => {
            measure!(|users| names(&users.query_users(query(number)).await?.body.users))
        }
        ("query_typed", Some(number)) => {
            measure!(|typed| names(&typed.query_users(query(number)).await?.body.users))
        }
        ("query_read", Some(number)) => measure!(|users| {
            let users = users.query_users(query(number)).await?.body.users;
            for user in &users {
                black_box(user.custom.decode::<Profile>().ok());
            }
            names(&users)
        }),
        ("get_task", None) => {
            measure!(|users| users.get_task(GetTask::new(TASK_ID)).await?.body.duration.len())
        }
        ("deactivate_one", None) => measure!(|users| {
            let request = DeactivateUser::new(USER_ID).mark_messages_deleted(true);
            names(&users.deactivate_user(request).await?.body.user)
        }),
        _ => arguments.unsupported(CLIENT),
    }
}

/// A case without the number of users in it, and that number: of `upsert100_typed`, `upsert_typed` and 100. A call takes from 1
/// to 100.
fn split(case: &str) -> (String, Option<usize>) {
    let end_of_word = case.find(|character: char| !character.is_ascii_lowercase());
    let (word, rest) = case.split_at(end_of_word.unwrap_or(case.len()));
    let end_of_number = rest.find(|character: char| !character.is_ascii_digit());
    let (number, rest) = rest.split_at(end_of_number.unwrap_or(rest.len()));
    match number.parse() {
        Ok(number @ 1..=FULL) => (format!("{word}{rest}"), Some(number)),
        _ => (case.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_number_of_users_follows_the_operation_and_is_at_most_100() {
        assert_eq!(split("upsert100_typed"), ("upsert_typed".to_owned(), Some(100)));
        assert_eq!(split("query1"), ("query".to_owned(), Some(1)));
        for case in ["get_task", "query0", "query101", "query", "", "query_10"] {
            assert_eq!(split(case), (case.to_owned(), None));
        }
    }
}
