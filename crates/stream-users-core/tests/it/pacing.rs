//! Clients that share a quota: what they get through, and what is refused. The service here is a few lines that count
//! calls in windows of a minute, by the same clock as the clients; against the emulator, see the facade's tests.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use stream_users_core::rate_limit::{
    LimitedAnswer, Observe, Pace, PendingAttempt, QuotaExceeded, RateLimit, RateLimiter, Unlimited,
};
use stream_users_core::retry::RetryBudget;
use stream_users_core::{CallOptions, Client, Clock, ErrorKind, Random, UsersApi};
use stream_users_model::{ApiError, Custom, DeactivateUser, ErrorCode, Filter, QueryUsers, operation};
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};

use crate::stage::{KEY, SECRET, START, Stage, at, seconds};

/// Counts the calls of each minute.
struct Quota {
    limit: u64,
    clock: ManualClock,
    counts: Mutex<Counts>,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    window: i64,
    used: u64,
    taken: u64,
    refused: u64,
}

impl Quota {
    fn new(limit: u64, clock: &ManualClock) -> Arc<Self> {
        Arc::new(Self {
            limit,
            clock: clock.clone(),
            counts: Mutex::default(),
        })
    }

    fn answer(&self) -> Answer {
        let window = self.clock.now().unix_seconds().div_euclid(60);
        let mut counts = self.counts.lock().unwrap();
        if counts.window != window {
            counts.window = window;
            counts.used = 0;
        }
        let reset = (window + 1) * 60;
        let answer = if counts.used < self.limit {
            counts.used += 1;
            counts.taken += 1;
            Answer::json(200, serde_json::json!({"users": []}))
        } else {
            counts.refused += 1;
            let wait = reset - self.clock.now().unix_seconds();
            Answer::api_error(&ApiError::new(ErrorCode::RATE_LIMIT, 429, "Too many requests"))
                .header("retry-after", &wait.to_string())
        };
        answer
            .header("x-ratelimit-limit", &self.limit.to_string())
            .header("x-ratelimit-remaining", &(self.limit - counts.used).to_string())
            .header("x-ratelimit-reset", &reset.to_string())
    }

    fn counts(&self) -> Counts {
        *self.counts.lock().unwrap()
    }

    fn client(self: &Arc<Self>, seed: u64, limiter: impl RateLimiter) -> Client {
        let quota = Arc::clone(self);
        Client::builder(KEY)
            .server(SECRET)
            .transport(ScriptedTransport::answering(move |_| quota.answer()))
            .clock(self.clock.clone())
            .random_seed(seed)
            .retry_budget(RetryBudget::unlimited())
            .rate_limiter(limiter)
            .build()
            .unwrap()
    }
}

/// Lets `clients` call as fast as they may, each with `at_once` calls at one time, for `windows` whole minutes.
async fn run(
    limit: u64,
    clients: u64,
    at_once: usize,
    windows: i64,
    client: fn(&Arc<Quota>, u64) -> Client,
) -> Counts {
    // It starts in the middle of a window.
    let clock = ManualClock::new().starting_at(at(START));
    let quota = Quota::new(limit, &clock);
    let mut tasks = tokio::task::JoinSet::new();
    for seed in 0..clients {
        let users = client(&quota, seed).users::<Custom>();
        for _ in 0..at_once {
            let users = users.clone();
            tasks.spawn(async move {
                loop {
                    let _ = users.query_users(QueryUsers::new(Filter::all())).await;
                    tokio::task::yield_now().await;
                }
            });
        }
    }
    let first = START.div_euclid(60) + 1;
    let mut before = None;
    loop {
        // Until every task waits, for the clock or for its turn: each that can run runs at least once between yields.
        let mut sent = u64::MAX;
        while sent != quota.counts().taken + quota.counts().refused {
            sent = quota.counts().taken + quota.counts().refused;
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
        }
        let window = clock.now().unix_seconds().div_euclid(60);
        if window >= first && before.is_none() {
            before = Some(quota.counts());
        }
        if window >= first + windows {
            break;
        }
        clock.advance_to_next().expect("everybody waits");
    }
    let (before, after) = (before.unwrap(), quota.counts());
    Counts {
        taken: after.taken - before.taken,
        refused: after.refused - before.refused,
        ..after
    }
}

fn paced(quota: &Arc<Quota>, seed: u64) -> Client {
    quota.client(seed, Pace::new())
}

fn unpaced(quota: &Arc<Quota>, seed: u64) -> Client {
    quota.client(seed, Unlimited::new())
}

#[tokio::test]
async fn clients_that_know_nothing_of_each_other_share_a_quota() {
    for (limit, clients, at_once) in [
        (300, 8, 1),
        (300, 8, 4),
        (1000, 8, 4),
        (300, 3, 16),
        (300, 1, 1),
        (60, 2, 8),
    ] {
        let case = format!("{clients} clients with {at_once} calls at once on {limit} a minute");
        let windows = 4;
        let unpaced = run(limit, clients, at_once, windows, unpaced).await;
        let paced = run(limit, clients, at_once, windows, paced).await;
        let quota = limit * u64::try_from(windows).unwrap();
        println!(
            "{case}: {} of {quota}, {} refused ({} unpaced)",
            paced.taken, paced.refused, unpaced.refused
        );
        assert!(
            paced.taken * 100 >= quota * 95,
            "{case}: {} of {quota}",
            paced.taken
        );
        assert!(unpaced.refused > 0, "{case}: there is nothing to compare with");
        assert!(
            paced.refused * 100 <= unpaced.refused,
            "{case}: {} of {}",
            paced.refused,
            unpaced.refused
        );
    }
}

fn query() -> QueryUsers {
    QueryUsers::new(Filter::all())
}

/// An answer that states a quota of 100, of which `remaining` are left for `reset` seconds.
fn stating(remaining: u64, reset: i64) -> Answer {
    Answer::json(200, serde_json::json!({"users": []}))
        .header("x-ratelimit-limit", "100")
        .header("x-ratelimit-remaining", &remaining.to_string())
        .header("x-ratelimit-reset", &(START + reset).to_string())
}

/// The waits of two calls, of which the first is answered with `first`.
async fn waits_after(first: Answer) -> Vec<std::time::Duration> {
    let stage = Stage::new([first, stating(50, 3_000)]);
    let users = stage.users::<Custom>();
    users.query_users(query()).await.unwrap();
    users.query_users(query()).await.unwrap();
    stage.waits()
}

#[tokio::test]
async fn a_call_waits_for_the_reset_where_nothing_is_left_and_only_then() {
    assert_eq!(waits_after(stating(0, 30)).await, [seconds(30)]);
    assert_eq!(waits_after(stating(0, 3_600)).await, [seconds(3_600)]);
    for (remaining, reset) in [(1, 30), (50, 30), (99, 60), (0, 0), (0, -5), (0, 3_601)] {
        let waits = waits_after(stating(remaining, reset)).await;
        assert!(waits.is_empty(), "{remaining} left for {reset} s: {waits:?}");
    }
}

#[tokio::test]
async fn operations_have_quotas_of_their_own_and_clones_share_them() {
    let stage = Stage::answering(|request| match request.operation() {
        Some(operation) if operation.name == "query_users" => stating(0, 30),
        _ => Answer::new(404, ""),
    });
    let users = stage.users::<Custom>();
    users.query_users(query()).await.unwrap();
    users
        .deactivate_user(DeactivateUser::new("ada"))
        .await
        .unwrap_err();
    assert!(stage.waits().is_empty());
    stage
        .client
        .clone()
        .users::<Custom>()
        .query_users(query())
        .await
        .unwrap();
    assert_eq!(stage.waits(), [seconds(30)]);
    let stated = stage.client.rate_limit(&operation::QUERY_USERS).unwrap();
    assert_eq!(
        (stated.limit, stated.remaining, stated.reset),
        (100, 0, at(START + 30))
    );
    assert_eq!(stage.client.rate_limit(&operation::DEACTIVATE_USER), None);
}

#[tokio::test]
async fn a_call_without_the_time_to_wait_is_not_sent_and_says_how_long_it_takes() {
    let stage = Stage::new([stating(0, 30), stating(50, 90)]);
    let users = stage.users::<Custom>();
    users.query_users(query()).await.unwrap();
    let hurried = users.with_options(CallOptions::new().timeout(seconds(29)));
    let error = hurried.query_users(query()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(error.retry_after(), Some(seconds(30)));
    assert!(error.is_rate_limited() && error.is_retryable() && !error.may_have_been_applied());
    assert_eq!(error.rate_limit().map(|quota| quota.remaining), Some(0));
    assert_eq!(error.meta().map(|meta| meta.attempts), Some(0));
    assert_eq!(
        error.to_string(),
        "query_users: not sent: the quota is used up for 30.0s, and the call has only 29.0s left; give it more time or call \
         less often"
    );
    assert_eq!((stage.sent(), stage.waits().len()), (1, 0));
    let patient = users.with_options(CallOptions::new().timeout(seconds(31)));
    patient.query_users(query()).await.unwrap();
    assert_eq!(stage.waits(), [seconds(30)]);
}

#[tokio::test]
async fn after_a_refusal_all_calls_wait_as_the_service_asks() {
    let refused = || {
        Answer::api_error(&ApiError::new(ErrorCode::RATE_LIMIT, 429, "slow down")).header("retry-after", "7")
    };
    let stage = Stage::over(ScriptedTransport::new([refused(), stating(50, 90)]), |builder| {
        builder.retry(stream_users_core::retry::NoRetry::new())
    });
    let users = stage.users::<Custom>();
    users.query_users(query()).await.unwrap_err();
    users.query_users(query()).await.unwrap();
    assert_eq!(stage.waits(), [seconds(7)]);

    // By its word alone: one that asks to come back at once is not taken for a quota that is used up.
    let at_once = Answer::api_error(&ApiError::new(ErrorCode::RATE_LIMIT, 429, "slow down"))
        .header("retry-after", "0")
        .header("x-ratelimit-limit", "100")
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", &(START + 30).to_string());
    let stage = Stage::new([stating(60, 30), at_once, stating(60, 30)]);
    let users = stage.users::<Custom>();
    users.query_users(query()).await.unwrap();
    users.query_users(query()).await.unwrap();
    assert_eq!(stage.waits(), [seconds(0)], "the retry's own wait");

    // Unless something is left of the quota: then it is about the call that was refused, and only that one waits.
    let refused = refused()
        .header("x-ratelimit-limit", "100")
        .header("x-ratelimit-remaining", "60")
        .header("x-ratelimit-reset", &(START + 30).to_string());
    let stage = Stage::over(ScriptedTransport::new([refused, stating(50, 90)]), |builder| {
        builder.retry(stream_users_core::retry::NoRetry::new())
    });
    let users = stage.users::<Custom>();
    users.query_users(query()).await.unwrap_err();
    users.query_users(query()).await.unwrap();
    assert!(stage.waits().is_empty());
}

#[tokio::test]
async fn limiters_that_do_not_pace_delay_nothing() {
    for (limiter, remembers) in [
        (Arc::new(Unlimited::new()) as Arc<dyn RateLimiter>, false),
        (Arc::new(Observe::new()), true),
    ] {
        let transport = ScriptedTransport::new([stating(0, 30), stating(0, 30)]);
        let stage = Stage::over(transport, |builder| builder.rate_limiter(limiter));
        let users = stage.users::<Custom>();
        users.query_users(query()).await.unwrap();
        users.query_users(query()).await.unwrap();
        assert!(stage.waits().is_empty());
        assert_eq!(
            stage.client.rate_limit(&operation::QUERY_USERS).is_some(),
            remembers
        );
    }
}

#[tokio::test]
async fn a_machine_whose_clock_is_wrong_goes_by_the_services() {
    // The service is an hour and a half ahead.
    let ahead = 5_400;
    let date = httpdate::fmt_http_date(at(START + ahead).try_into().unwrap());
    let answer = || stating(0, ahead + 30).header("date", &date);
    let stage = Stage::new([answer(), answer()]);
    let users = stage.users::<Custom>();
    users.query_users(query()).await.unwrap();
    assert_eq!(stage.client.service_time(), at(START + ahead));
    users.query_users(query()).await.unwrap();
    assert_eq!(stage.waits(), [seconds(30)]);

    // A date that is a second off is no skew: it has no fractions, and the answer took its time.
    let date = httpdate::fmt_http_date(at(START - 1).try_into().unwrap());
    let stage = Stage::new([stating(0, 30).header("date", &date)]);
    stage.users::<Custom>().query_users(query()).await.unwrap();
    assert_eq!(stage.client.service_time(), at(START));
}

#[tokio::test]
async fn an_answer_from_a_cache_says_nothing_of_the_services_clock() {
    let date = httpdate::fmt_http_date(at(START - 86_400).try_into().unwrap());
    let stage = Stage::new([stating(9, 30).header("date", &date).header("age", "86400")]);
    stage.users::<Custom>().query_users(query()).await.unwrap();
    assert_eq!(stage.client.service_time(), at(START));
}

#[tokio::test]
async fn a_clock_that_is_set_back_by_a_day_delays_nothing_by_a_day() {
    let refused =
        Answer::api_error(&ApiError::new(ErrorCode::RATE_LIMIT, 429, "slow down")).header("retry-after", "7");
    for first in [stating(0, 30), refused] {
        let stage = Stage::over(ScriptedTransport::new([first, stating(50, 30)]), |builder| {
            builder.retry(stream_users_core::retry::NoRetry::new())
        });
        let users = stage.users::<Custom>();
        let _ = users.query_users(query()).await;
        let _ = stage.clock.clone().starting_at(at(START - 86_400));
        users.query_users(query()).await.unwrap();
        assert!(stage.waits().is_empty(), "{:?}", stage.waits());
    }
}

#[tokio::test]
async fn calls_that_wait_learn_of_a_clock_that_was_set_meanwhile() {
    let clock = ManualClock::new();
    // The service's own clock is never set, and its quota is used up by every query.
    let service = clock.clone();
    let transport = ScriptedTransport::answering(move |_| {
        let now = START + i64::try_from(service.monotonic().as_secs()).unwrap();
        stating(0, now - START + 30).header("date", &httpdate::fmt_http_date(at(now).try_into().unwrap()))
    });
    let client = Client::builder(KEY)
        .server(SECRET)
        .transport(transport.clone())
        .clock(clock.clone());
    let users = client.build().unwrap().users::<Custom>();
    users.query_users(query()).await.unwrap();
    for _ in 0..2 {
        let users = users.clone();
        tokio::spawn(async move { users.query_users(query()).await });
    }
    while clock.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    let _ = clock.clone().starting_at(at(START - 86_400));
    let _ = users.deactivate_user(DeactivateUser::new("ada")).await;
    for sent in [3, 4] {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        clock.advance(seconds(30));
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert_eq!(transport.requests().len(), sent);
    }
}

#[tokio::test]
async fn one_strange_reset_does_not_hide_those_that_follow() {
    let stage = Stage::new([stating(50, 3_000), stating(0, 30), stating(50, 90)]);
    let users = stage.users::<Custom>();
    for _ in 0..3 {
        users.query_users(query()).await.unwrap();
    }
    assert_eq!(stage.waits(), [seconds(30)]);
}

#[tokio::test]
async fn who_comes_when_the_quota_is_new_does_not_pass_those_who_wait_for_it() {
    let (pace, clock, random) = (
        Pace::new(),
        ManualClock::new().starting_at(at(START)),
        Random::seeded(1),
    );
    let attempt = PendingAttempt::new(&operation::QUERY_USERS, &clock, &random);
    pace.acquire(&attempt).await.unwrap();
    let used_up = RateLimit::new(9, 0, at(START + 30));
    let answer = LimitedAnswer::new(at(START)).rate_limit(Some(used_up));
    pace.release(attempt.operation, Some(&answer));

    let (mut first, mut second) = (pace.acquire(&attempt), pace.acquire(&attempt));
    assert_eq!((&mut first).now_or_never(), None);
    assert_eq!((&mut second).now_or_never(), None);
    clock.advance(seconds(300));
    let mut third = pace.acquire(&attempt);
    assert_eq!((&mut third).now_or_never(), None, "it has passed two");
    assert_eq!((&mut first).now_or_never(), Some(Ok(())));
    assert_eq!((&mut third).now_or_never(), None, "it has passed one");
    assert_eq!((&mut second).now_or_never(), Some(Ok(())));
    assert_eq!((&mut third).now_or_never(), Some(Ok(())));
}

#[tokio::test]
async fn a_call_that_is_dropped_gives_its_place_up() {
    let clock = ManualClock::new();
    let quota = Quota::new(1, &clock);
    let users = quota.client(1, Pace::new()).users::<Custom>();
    users.query_users(query()).await.unwrap();
    // The first has to wait for the reset, the second for its turn; then both are given up.
    let first = tokio::spawn({
        let users = users.clone();
        async move { users.query_users(query()).await }
    });
    let second = tokio::spawn({
        let users = users.clone();
        async move { users.query_users(query()).await }
    });
    while clock.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    for task in [first, second] {
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    assert_eq!(clock.waiting(), 0, "nothing is left behind");
    clock.advance(seconds(60));
    users.query_users(query()).await.unwrap();
    assert_eq!(quota.counts().refused, 0);
}

#[tokio::test]
async fn a_limiter_of_ones_own_is_asked_before_every_attempt_and_told_of_each() {
    #[derive(Debug, Default)]
    struct Log(Mutex<Vec<String>>);

    #[async_trait::async_trait]
    impl RateLimiter for Log {
        async fn acquire(&self, attempt: &PendingAttempt<'_>) -> Result<(), QuotaExceeded> {
            let text = format!(
                "{} at {}",
                attempt.operation.name,
                attempt.now().unix_seconds() - START
            );
            self.0.lock().unwrap().push(text);
            attempt.sleep(seconds(1)).await;
            Ok(())
        }

        fn release(&self, operation: &'static stream_users_model::Operation, answer: Option<&LimitedAnswer>) {
            let left = answer.map(|answer| (answer.refused, answer.rate_limit.map(|quota| quota.remaining)));
            self.0
                .lock()
                .unwrap()
                .push(format!("{} {left:?}", operation.name));
        }
    }

    let limiter = Arc::new(Log::default());
    let answers = [
        Answer::error(stream_users_core::TransportErrorKind::Connect),
        Answer::new(429, ""),
        stating(9, 30),
    ];
    let stage = Stage::over(ScriptedTransport::new(answers), |builder| {
        builder.rate_limiter(Arc::clone(&limiter))
    });
    stage.users::<Custom>().query_users(query()).await.unwrap();
    assert_eq!(
        *limiter.0.lock().unwrap(),
        [
            "query_users at 0",
            "query_users None",
            "query_users at 1",
            "query_users Some((true, None))",
            "query_users at 2",
            "query_users Some((false, Some(9)))",
        ]
    );
}
