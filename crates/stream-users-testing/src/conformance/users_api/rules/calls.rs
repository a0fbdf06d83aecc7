//! Rules about how calls are made: many at once, given up half-way, through pointers, by a clock.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use stream_users_core::{UsersApi, UsersApiExt};
use stream_users_model::{UpsertUsers, UserId, UserRequest};
use tokio::task::JoinSet;

use crate::conformance::Broken;
use crate::conformance::users_api::case::{Case, Checked, Stop, same, that};

pub(in crate::conformance::users_api) async fn many_calls_at_once(case: &Case) -> Checked {
    let ids: Vec<_> = (0..24).map(|number| case.id(number)).collect();
    let mut calls = JoinSet::new();
    for id in &ids {
        let (api, id) = (Arc::clone(&case.api), id.clone());
        calls.spawn(async move {
            let made = api.upsert_user(UserRequest::new(&id).name(id.as_str())).await?;
            let found = api.get_user(&id).await?;
            Ok::<_, stream_users_core::Error>((id, made, found))
        });
    }
    while let Some(call) = calls.join_next().await {
        let call = call.map_err(|error| {
            Stop::Broken(Broken::new(error.to_string(), "an answer to each of many calls"))
        })?;
        let (id, made, found) = case.ok("upsert_users", async { call }).await?;
        same("whom `upsert_users` answers with", &made.id, &id)?;
        same("whom `query_users` finds", &found.map(|user| user.id), &Some(id))?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn a_call_can_be_given_up(case: &Case) -> Checked {
    for number in 0..20 {
        let id = case.id(number);
        let mut call = pin!(case.api.upsert_users(UpsertUsers::new([UserRequest::new(&id)])));
        // Begun, and dropped at one of its first stages.
        for _ in 0..=number % 4 {
            let is_done = poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_ready())).await;
            if is_done {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let id = case.id("ada");
    case.create([&id]).await?;
    same("whom a later call finds", &case.found(&id).await?.id, &id)
}

pub(in crate::conformance::users_api) async fn pointers_are_the_same_api(case: &Case) -> Checked {
    /// A part of a program that takes anything.
    async fn name(api: impl UsersApi, id: &UserId) -> stream_users_core::Result<Option<String>> {
        let user = api.get_user(id).await?;
        Ok(user.and_then(|user| user.name).map(Into::into))
    }

    let id = case.id("ada");
    case.create([&id]).await?;
    let expected = Some(id.as_str().to_owned());
    let shared: Arc<dyn UsersApi> = Arc::clone(&case.api);
    let boxed: Box<dyn UsersApi> = Box::new(Arc::clone(&case.api));
    let borrowed: &dyn UsersApi = &*case.api;
    let calls = [
        ("Arc<dyn UsersApi>", name(shared, &id).await),
        ("Box<dyn UsersApi>", name(boxed, &id).await),
        ("&dyn UsersApi", name(borrowed, &id).await),
    ];
    for (pointer, found) in calls {
        let found = case.ok("query_users", async { found }).await?;
        same(
            &format!("the name that is found through `{pointer}`"),
            &found,
            &expected,
        )?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn the_clock_runs(case: &Case) -> Checked {
    const WAIT: Duration = Duration::from_millis(2);

    let clock = case.ok("clock", async { case.api.clock() }).await?;
    let before = clock.monotonic();
    clock.sleep(WAIT).await;
    let passed = clock.monotonic().checked_sub(before);
    that(passed.is_some_and(|passed| passed >= WAIT), || {
        (
            format!("after a sleep of {WAIT:?} the stopwatch had moved by {passed:?}"),
            "at least as long as the sleep",
        )
    })
}
