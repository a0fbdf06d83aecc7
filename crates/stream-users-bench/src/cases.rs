//! The parts of a call that are measured one by one: decoding, encoding, tokens, and the engine over a transport that answers
//! at once. Each case prepares what it needs, and then does the same over and over, in one thread.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::hint::black_box;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use stream_users::endpoint::{Encoder, Endpoint};
use stream_users::prelude::*;
use stream_users::token::{TokenVerifier, UserToken};
use stream_users::webhook::{Webhook, WebhookVerifier};
use stream_users::{QueriedUsers, Secret, Task, UpsertedUsers, bulk, field};

use crate::calls::{query, raw_request, typed_request};
use crate::instant::Instant;
use crate::people::{self, FULL, Profile};
use crate::{API_KEY, API_SECRET, TASK_ID, USER_ID, by_hand, canned};

/// Why a case is no measure.
pub type Failure = Box<dyn Error>;
/// Does once what is measured.
pub type Call = Box<dyn FnMut() -> Result<(), Failure>>;

/// 2018-10-05, in seconds.
const THEN: i64 = 1_538_713_200;
const HOUR: Duration = Duration::from_hours(1);
/// What the service tells of a user.
const EVENT: &str = r#"{"type":"user.updated","created_at":"2026-04-08T14:23:35.879421674Z","user":{"id":"ada","name":"Ada","language":"","role":"user","teams":[],"plan":"pro","created_at":"2025-10-20T15:13:35.51354Z","updated_at":"2026-04-08T14:23:35.87Z","banned":false,"online":false,"blocked_user_ids":[],"invisible":false},"members":[],"request_info":{"type":"server","ip":"203.0.113.7","user_agent":"curl","sdk":"stream-go-client-9"}}"#;

/// Something to be measured.
pub struct Case {
    /// What it is called.
    pub name: &'static str,
    /// How often it is done where instructions are counted: once is enough, but what it does besides has to drown in it.
    pub times: usize,
    prepare: fn() -> Result<Call, Failure>,
}

impl Case {
    const fn new(name: &'static str, times: usize, prepare: fn() -> Result<Call, Failure>) -> Self {
        Self { name, times, prepare }
    }

    /// The case of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        CASES.iter().find(|case| case.name == name)
    }

    /// Makes what the calls need.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn prepare(&self) -> Result<Call, Failure> {
        (self.prepare)()
    }
}

impl Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// All cases.
pub const CASES: &[Case] = &[
    Case::new("decode_1", 100, || decode::<QueriedUsers>(canned::queried(1))),
    Case::new("decode_10", 20, || decode::<QueriedUsers>(canned::queried(10))),
    Case::new("decode_100", 4, || decode::<QueriedUsers>(canned::queried(FULL))),
    Case::new("decode_100_typed", 4, || {
        decode::<QueriedUsers<Profile>>(canned::queried(FULL))
    }),
    Case::new("decode_100_read", 4, decode_and_read),
    Case::new("decode_100_by_hand", 4, || {
        decode::<by_hand::QueriedUsers<by_hand::Map>>(canned::queried(FULL))
    }),
    Case::new("decode_upserted_100", 4, || {
        decode::<UpsertedUsers>(canned::upserted(FULL))
    }),
    Case::new("decode_task", 200, || decode::<Task>(canned::task())),
    Case::new("encode_1", 100, || encode::<Custom, _>(|| raw_request(1))),
    Case::new("encode_10", 20, || encode::<Custom, _>(|| raw_request(10))),
    Case::new("encode_100", 4, || encode::<Custom, _>(|| raw_request(FULL))),
    Case::new("encode_100_typed", 4, || {
        encode::<Profile, _>(|| typed_request(FULL))
    }),
    Case::new("encode_100_by_hand", 4, encode_by_hand),
    Case::new("encode_partial", 200, || encode::<Custom, _>(partial)),
    Case::new("filter", 200, || encode::<Custom, _>(filter)),
    Case::new("token_made", 100, make_token),
    Case::new("token_verified", 100, verify_token),
    Case::new("webhook_verified", 100, verify_webhook),
    Case::new("get_task", 100, || {
        engine(&Instant::always(canned::task()), |users| async move {
            users.get_task(GetTask::new(TASK_ID)).await
        })
    }),
    Case::new("deactivate_one", 100, || {
        engine(&Instant::always(canned::deactivated()), |users| async move {
            let request = DeactivateUser::new(USER_ID).mark_messages_deleted(true);
            users.deactivate_user(request).await
        })
    }),
    Case::new("query_100", 4, || {
        engine(&Instant::always(canned::queried(FULL)), |users| async move {
            users.query_users(query(FULL)).await
        })
    }),
    Case::new("upsert_100", 4, || {
        engine(&Instant::always(canned::upserted(FULL)), |users| async move {
            users.upsert_users(raw_request(FULL)).await
        })
    }),
    Case::new("upsert_100_ack", 4, || {
        engine(&Instant::always(canned::upserted(FULL)), |users| async move {
            users.upsert_users(raw_request(FULL).ignore_answer()).await
        })
    }),
    Case::new("pages_10", 1, || {
        engine(&Instant::pages(10), |users| async move {
            let pages: Vec<_> = users.all_users().try_collect().await?;
            full(pages.iter().map(Vec::len).sum())
        })
    }),
    Case::new("bulk_1000", 1, || {
        engine(&Instant::batches(1_000), |users| async move {
            let rows = raw_request(1_000).users;
            let run = users.bulk().upsert_users(bulk::iter(rows));
            full(
                run.filter(|row| std::future::ready(row.outcome.is_ok()))
                    .count()
                    .await,
            )
        })
    }),
];

/// A call that is done over and over.
#[expect(clippy::unnecessary_wraps, reason = "as a case is prepared")]
fn each<T, E: Into<Failure>>(mut call: impl FnMut() -> Result<T, E> + 'static) -> Result<Call, Failure> {
    Ok(Box::new(move || {
        black_box(call().map_err(Into::into)?);
        Ok(())
    }))
}

fn decode<T: DeserializeOwned + 'static>(answer: String) -> Result<Call, Failure> {
    each(move || serde_json::from_str::<T>(black_box(&answer)))
}

fn decode_and_read() -> Result<Call, Failure> {
    let answer = canned::queried(FULL);
    each(move || {
        let read = serde_json::from_str::<QueriedUsers>(black_box(&answer))?;
        for user in &read.users {
            black_box(user.custom.decode::<Profile>()?);
        }
        Ok::<_, Failure>(read)
    })
}

/// Builds a request and encodes it, with the checks of its rules.
fn encode<C: CustomData, R: Endpoint<C> + 'static>(request: fn() -> R) -> Result<Call, Failure> {
    each(move || {
        let mut encoder = Encoder::default();
        black_box(request()).encode(&mut encoder);
        Ok::<_, Failure>(encoder)
    })
}

fn encode_by_hand() -> Result<Call, Failure> {
    each(|| {
        let users: HashMap<_, _> = (0..FULL)
            .map(|number| by_hand::user(number, by_hand::custom(number)))
            .map(|user| (user.id.clone(), user))
            .collect();
        serde_json::to_vec(&by_hand::UpsertUsers { users })
    })
}

fn partial() -> UpdateUsersPartial {
    UpdateUsersPartial::new([UserPatch::new(USER_ID)
        .set("name", people::name(42))
        .set("plan", "pro")
        .set("score", 12.5)
        .unset("tags")])
}

/// What a list of members in a program asks for.
fn filter() -> QueryUsers {
    let named = field::name().autocomplete("ad") | !field::id().is_in(["ada", "bob", "grace"]);
    QueryUsers::new(field::role().eq("user") & field::banned().eq(false) & named)
        .sort(Sort::asc("created_at"))
        .limit(30)
}

fn make_token() -> Result<Call, Failure> {
    let (secret, now) = (Secret::from(API_SECRET), then()?);
    each(move || {
        UserToken::new(USER_ID)
            .expires_in(HOUR)
            .sign(black_box(&secret), now)
    })
}

fn verify_token() -> Result<Call, Failure> {
    let now = then()?;
    let token = UserToken::new(USER_ID)
        .expires_in(HOUR)
        .sign(&API_SECRET.into(), now)?;
    let verifier = TokenVerifier::new(API_SECRET);
    each(move || verifier.verify(black_box(&token), now))
}

fn verify_webhook() -> Result<Call, Failure> {
    let verifier = WebhookVerifier::new(API_SECRET);
    let signature = HeaderValue::try_from(verifier.sign(EVENT.as_bytes())?)?;
    let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-signature"), signature)]);
    each(move || -> Result<Webhook, _> { verifier.verify(&headers, black_box(EVENT.as_bytes())) })
}

fn then() -> Result<Timestamp, Failure> {
    Timestamp::from_unix_seconds(THEN).ok_or_else(|| "it is no time".into())
}

/// A call of a client with its default settings.
fn engine<T, E, Made>(transport: &Instant, call: impl Fn(Users) -> Made + 'static) -> Result<Call, Failure>
where
    E: Into<Failure>,
    Made: Future<Output = Result<T, E>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let users: Users = Client::builder(API_KEY)
        .server(API_SECRET)
        .transport(transport.clone())
        .build()?
        .users();
    each(move || runtime.block_on(call(users.clone())))
}

/// Whether as many users came as were asked for.
fn full(users: usize) -> Result<usize, Failure> {
    if users == 1_000 {
        Ok(users)
    } else {
        Err(format!("{users} users came in place of 1,000").into())
    }
}

#[cfg(test)]
mod tests {
    use super::CASES;

    #[test]
    fn every_case_can_be_done_more_than_once() {
        for case in CASES {
            let mut call = case.prepare().unwrap();
            for _ in 0..2 {
                call().unwrap_or_else(|error| panic!("{case}: {error}"));
            }
        }
    }
}
