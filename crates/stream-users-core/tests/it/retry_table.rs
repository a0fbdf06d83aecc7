//! The tables of the guide, as the data of a test: every failure, with every operation.

use std::collections::BTreeSet;

use stream_users_core::retry::NoRetry;
use stream_users_core::{CallOptions, TransportErrorKind};
use stream_users_model::operation::{self, Idempotency, Operation};
use stream_users_model::{ApiError, ErrorCode};
use stream_users_testing::{Answer, ScriptedTransport};

use crate::stage::{Stage, call, seconds};

const PAGE: &str = include_str!("../../../../docs/guide/retries.md");

/// The cells of the rows of the table whose head begins with `first`.
fn table(first: &str) -> Vec<Vec<&'static str>> {
    let head = format!("| {first} |");
    let rows = PAGE.lines().skip_while(|line| !line.starts_with(&head)).skip(2);
    let rows: Vec<Vec<&str>> = rows
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(!rows.is_empty(), "no table begins with `{first}`");
    rows
}

/// What stands behind `word` in a cell, as a number.
fn number<T: std::str::FromStr>(cell: &str, word: &str) -> Option<T> {
    let rest = cell.split_once(word)?.1.trim_start();
    let end = rest.find([',', ' ']).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The answer that a row of the table is about.
fn answer(cell: &str) -> Answer {
    let kind = match cell {
        "no connection" => Some(TransportErrorKind::Connect),
        "timeout" => Some(TransportErrorKind::Timeout),
        "interrupted" => Some(TransportErrorKind::Interrupted),
        "answer too large" => Some(TransportErrorKind::TooLarge),
        "request that cannot be sent" => Some(TransportErrorKind::Request),
        _ => None,
    };
    if let Some(kind) = kind {
        return Answer::error(kind);
    }
    let status: u16 = number(cell, "http").unwrap_or_else(|| panic!("the row `{cell}` has no status"));
    let refusal = |code: i64| ApiError::new(ErrorCode::from(code), status, "refused");
    if let Some(code) = number(cell, "code") {
        return Answer::api_error(&refusal(code));
    }
    if cell.starts_with("unrecoverable") {
        let mut refusal = refusal(9);
        refusal.unrecoverable = true;
        return Answer::api_error(&refusal);
    }
    let answer = Answer::new(status, "somebody else");
    if cell.contains("Retry-After") {
        answer.header("retry-after", "1")
    } else {
        answer
    }
}

fn fine() -> Answer {
    Answer::json(200, serde_json::json!({}))
}

#[test]
fn the_tables_are_whole() {
    let rows = table("failure");
    let codes: BTreeSet<i64> = rows.iter().filter_map(|row| number(row[0], "code")).collect();
    let known: BTreeSet<i64> = (-100..1_000)
        .filter(|code| ErrorCode::from(*code).name().is_some())
        .collect();
    assert_eq!(codes, known, "codes in the guide's table, and codes of the model");
    for row in &rows {
        let [_, idempotent, others, why] = row[..] else {
            panic!("{row:?}")
        };
        assert!(
            ["yes", "no"].contains(&idempotent) && ["yes", "no"].contains(&others) && !why.is_empty(),
            "{row:?}"
        );
    }
    let listed: Vec<(&str, &str)> = table("operation")
        .iter()
        .map(|row| (row[0].trim_matches('`'), row[1]))
        .collect();
    let declared: Vec<(&str, &str)> = operation::ALL
        .iter()
        .map(|operation| {
            (
                operation.name,
                if is_idempotent(operation) {
                    "idempotent"
                } else {
                    "not"
                },
            )
        })
        .collect();
    assert_eq!(listed, declared);
}

fn is_idempotent(operation: &Operation) -> bool {
    operation.idempotency == Idempotency::Idempotent
}

/// A failure at the first attempt, or after others that are tried again whatever the operation.
#[tokio::test]
async fn every_failure_with_every_operation_goes_as_the_table_says() {
    let (mut cases, mut again) = (0, 0);
    for row in table("failure") {
        for operation in operation::ALL {
            let retried = row[if is_idempotent(operation) { 1 } else { 2 }] == "yes";
            for before in 0..2 {
                let what = format!("{} of {} after {before} refusals", row[0], operation.name);
                let earlier = (0..before).map(|_| Answer::error(TransportErrorKind::Connect));
                let answers = earlier.chain([answer(row[0]), fine()]);
                let stage = Stage::new(answers);
                let outcome = stage.client.execute(&call(operation), &CallOptions::new()).await;
                assert_eq!(stage.sent(), before + 1 + usize::from(retried), "{what}");
                assert_eq!(outcome.is_ok(), retried, "{what}");
                cases += 1;
                again += usize::from(retried);

                let stage = Stage::over(ScriptedTransport::new([answer(row[0]), fine()]), |builder| {
                    builder.retry(NoRetry::new())
                });
                let error = stage
                    .client
                    .execute(&call(operation), &CallOptions::new())
                    .await
                    .unwrap_err();
                assert_eq!(stage.sent(), 1, "without retries: {what}");
                assert_eq!(error.operation(), Some(operation.name));
                cases += 1;

                let stage = Stage::new([answer(row[0]), answer(row[0]), answer(row[0]), fine()]);
                let options = CallOptions::new().timeout(seconds(80));
                stage
                    .client
                    .execute(&call(operation), &options)
                    .await
                    .unwrap_err();
                assert_eq!(
                    stage.sent(),
                    if retried { 3 } else { 1 },
                    "three attempts at most: {what}"
                );
                cases += 1;
            }
        }
    }
    assert!(cases > 5_000 && again > 0, "{cases} cases, {again} tried again");
}
