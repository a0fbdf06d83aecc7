use stream_users_core::{CallOptions, Error, RawCall, Response, Result, UsersApi};
use stream_users_model::{
    BlockUsers, Custom, DeactivateUser, ExportUser, GetBlockedUsers, GetTask, GetUserLiveLocations,
    ReactivateUser, UpdateLiveLocation, operation,
};

use crate::stage::{Stage, empty};

const HOSTILE: &[&str] = &[
    "..",
    ".",
    "",
    "a/b",
    "/",
    "//",
    "../x",
    "a/../b",
    "a?b",
    "a#b",
    "100%",
    "a%2Fb",
    "%2e%2e",
    "%",
    "é😀",
    "$&",
    "!anon",
    "a b",
    "a+b",
    "a;b",
    "a\\b",
    "a\"b",
    "a&api_key=x",
    "{user_id}",
    "{}",
    "a\nb",
    "\u{0}",
    "...",
    "~",
    "a:b@c",
    "\u{202e}",
];

/// Those that would name another endpoint, whatever their encoding.
const REFUSED: &[&str] = &["..", ".", ""];

/// What must be true of a call with `id` in its path: it is refused before it is sent, or `id` arrives as one segment.
fn check_path<T>(stage: &Stage, outcome: Result<Response<T>>, id: &str, expected: [&str; 4]) {
    if REFUSED.contains(&id) {
        refused(stage, outcome.err(), id);
        return;
    }
    let request = stage.request();
    let expected: Vec<&str> = ["api", "v2"]
        .into_iter()
        .chain(expected)
        .filter(|part| *part != "-")
        .collect();
    assert_eq!(request.segments(), expected, "{id:?}");
    let names: Vec<String> = request.query().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["api_key"], "{id:?}");
    assert!(!request.as_http().uri().to_string().contains('#'));
}

fn refused(stage: &Stage, error: Option<Error>, id: &str) {
    let error = error.unwrap_or_else(|| panic!("{id:?} was not refused"));
    assert!(error.is_invalid(), "{error}");
    assert_eq!(error.violations().len(), 1, "{error}");
    assert_eq!(stage.sent(), 0, "{id:?}");
}

#[tokio::test]
async fn an_id_in_a_path_is_one_segment_or_is_refused() {
    for id in HOSTILE.iter().copied() {
        let stage = Stage::new([empty()]);
        let outcome = stage
            .users::<Custom>()
            .deactivate_user(DeactivateUser::new(id))
            .await;
        check_path(&stage, outcome, id, ["users", id, "deactivate", "-"]);

        let stage = Stage::new([empty()]);
        let outcome = stage
            .users::<Custom>()
            .reactivate_user(ReactivateUser::new(id))
            .await;
        check_path(&stage, outcome, id, ["users", id, "reactivate", "-"]);

        let stage = Stage::new([empty()]);
        let outcome = stage.users::<Custom>().export_user(ExportUser::new(id)).await;
        check_path(&stage, outcome, id, ["users", id, "export", "-"]);

        let stage = Stage::new([empty()]);
        let outcome = stage.users::<Custom>().get_task(GetTask::new(id)).await;
        check_path(&stage, outcome, id, ["tasks", id, "-", "-"]);
    }
}

#[tokio::test]
async fn a_raw_call_encodes_and_refuses_the_same() {
    for id in HOSTILE.iter().copied() {
        for (operation, parameter) in [
            (&operation::DEACTIVATE_USER, "user_id"),
            (&operation::REACTIVATE_USER, "user_id"),
            (&operation::EXPORT_USER, "user_id"),
            (&operation::GET_TASK, "id"),
        ] {
            let stage = Stage::new([empty()]);
            let input = [(parameter.to_owned(), id.into())].into_iter().collect();
            let outcome = stage
                .client
                .execute(&RawCall::new(operation, input), &CallOptions::new())
                .await;
            let last = operation.path.rsplit('/').next().unwrap();
            let (place, last) = if parameter == "id" {
                ("tasks", "-")
            } else {
                ("users", last)
            };
            check_path(&stage, outcome, id, [place, id, last, "-"]);
        }
    }
}

#[tokio::test]
async fn an_id_in_a_query_is_one_value_or_is_refused() {
    for id in HOSTILE.iter().copied() {
        let move_it = UpdateLiveLocation::new("m-1").position(0.0, 0.0).user_id(id);
        for number in 0..3 {
            let stage = Stage::new([empty()]);
            let users = stage.users::<Custom>();
            let error = match number {
                0 => users
                    .get_blocked_users(GetBlockedUsers::new().user_id(id))
                    .await
                    .err(),
                1 => users
                    .get_user_live_locations(GetUserLiveLocations::new().user_id(id))
                    .await
                    .err(),
                _ => users.update_live_location(move_it.clone()).await.err(),
            };
            if REFUSED.contains(&id) {
                refused(&stage, error, id);
                continue;
            }
            let query = stage.request().query();
            assert_eq!(query.len(), 2, "{query:?}");
            assert_eq!(query[0].0, "api_key");
            assert_eq!(query[1], ("user_id".to_owned(), id.to_owned()));
        }
    }
}

#[tokio::test]
async fn an_id_in_a_body_arrives_as_it_is_or_is_refused() {
    for id in HOSTILE.iter().copied() {
        let stage = Stage::new([empty()]);
        let outcome = stage
            .users::<Custom>()
            .block_users(BlockUsers::new(id).user_id("me"))
            .await;
        if REFUSED.contains(&id) {
            refused(&stage, outcome.err(), id);
        } else {
            assert_eq!(stage.request().json().unwrap()["blocked_user_id"], id);
        }
    }
}

#[tokio::test]
async fn an_id_has_at_most_255_characters_whatever_their_bytes() {
    let (longest, longer) = ("é".repeat(255), "é".repeat(256));
    let stage = Stage::new([empty()]);
    stage
        .users::<Custom>()
        .deactivate_user(DeactivateUser::new(&longest))
        .await
        .unwrap();
    assert_eq!(stage.request().segments()[3], longest);

    let stage = Stage::new([empty()]);
    let error = stage
        .users::<Custom>()
        .deactivate_user(DeactivateUser::new(&longer))
        .await
        .unwrap_err();
    assert!(error.is_invalid() && stage.sent() == 0, "{error}");
    assert_eq!(error.violations()[0].field, "user_id");
}
