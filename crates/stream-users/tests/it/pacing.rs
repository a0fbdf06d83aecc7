//! Clients that share a quota and nothing else, against the emulator with the documented quotas, through ten minutes of
//! both clocks moved in step.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use stream_users::prelude::*;
use stream_users::rate_limit::{Pace, RateLimiter, Unlimited};
use stream_users::retry::RetryBudget;
use stream_users::testing::ManualClock;
use stream_users::{Clock, ServiceTransport, TransportError};
use stream_users_emulator::{Emulator, EmulatorService, RateLimits};
use tokio::task::JoinSet;

const CLIENTS: u64 = 8;
const WINDOWS: u64 = 10;
/// The documented quota of upserts in a minute.
const QUOTA: u64 = 300;
const MINUTE: Duration = Duration::from_secs(60);

/// Counts requests: those under way, and what the answers were.
#[derive(Debug)]
struct Counting {
    inner: ServiceTransport<EmulatorService>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    under_way: AtomicUsize,
    taken: AtomicUsize,
    refused: AtomicUsize,
}

impl Counts {
    fn now(&self) -> (usize, usize) {
        (
            self.taken.load(Ordering::SeqCst),
            self.refused.load(Ordering::SeqCst),
        )
    }
}

#[async_trait]
impl Transport for Counting {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        self.counts.under_way.fetch_add(1, Ordering::SeqCst);
        let answer = self.inner.send(request).await;
        match &answer {
            Ok(answer) if answer.status() == 429 => self.counts.refused.fetch_add(1, Ordering::SeqCst),
            _ => self.counts.taken.fetch_add(1, Ordering::SeqCst),
        };
        self.counts.under_way.fetch_sub(1, Ordering::SeqCst);
        answer
    }
}

/// Lets the tasks run until all of them wait for the clock.
async fn settle(counts: &Counts) {
    let mut quiet = 0;
    while quiet < 4 {
        tokio::task::yield_now().await;
        quiet = if counts.under_way.load(Ordering::SeqCst) == 0 {
            quiet + 1
        } else {
            0
        };
    }
}

/// How many calls got through and how many were refused in all windows, by clients with limiters of their own.
async fn run<L: RateLimiter>(limiter: impl Fn() -> L) -> (usize, usize) {
    // Both clocks start in the middle of a minute, and neither moves by itself.
    let start = Timestamp::from_unix_seconds(1_800_000_017).unwrap();
    let clock = ManualClock::new().starting_at(start);
    let stream = Emulator::builder()
        .rate_limits(RateLimits::Documented)
        .frozen_clock(SystemTime::try_from(start).unwrap())
        .build()
        .unwrap();
    let counts = Arc::new(Counts::default());
    let mut tasks = JoinSet::new();
    for seed in 0..CLIENTS {
        let transport = Counting {
            inner: ServiceTransport::new(stream.clone()),
            counts: Arc::clone(&counts),
        };
        let client = Client::builder(stream.api_key())
            .server(stream.api_secret())
            .transport(transport)
            .clock(clock.clone())
            .random_seed(seed)
            .retry_budget(RetryBudget::unlimited())
            .rate_limiter(limiter())
            .build()
            .unwrap();
        let users: Users = client.users();
        tasks.spawn(async move {
            loop {
                let _ = users.upsert_user(UserRequest::new(format!("user-{seed}"))).await;
            }
        });
    }
    let first = Duration::from_secs(43);
    let mut before = None;
    loop {
        settle(&counts).await;
        let passed = clock.monotonic();
        if passed >= first && before.is_none() {
            before = Some(counts.now());
        }
        if passed >= first + MINUTE * u32::try_from(WINDOWS).unwrap() {
            break;
        }
        stream.advance_clock(clock.advance_to_next().expect("everybody waits"));
    }
    let (before, after) = (before.unwrap(), counts.now());
    (after.0 - before.0, after.1 - before.1)
}

#[tokio::test]
async fn eight_clients_that_share_no_limiter_use_the_quota_up_and_are_hardly_refused() {
    let unpaced = run(Unlimited::new).await;
    let paced = run(Pace::new).await;
    let quota = usize::try_from(QUOTA * WINDOWS).unwrap();
    println!("of {quota}: paced (taken, refused) {paced:?}, unpaced {unpaced:?}");
    assert!(paced.0 * 100 >= quota * 95, "{paced:?} of {quota}");
    assert!(paced.1 * 100 < unpaced.1, "{paced:?} against {unpaced:?}");
}
