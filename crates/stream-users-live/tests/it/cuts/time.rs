//! A clock by hand that tells the test when somebody begins to wait.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use stream_users_core::clock::{Clock, Sleep};
use stream_users_model::Timestamp;
use stream_users_testing::ManualClock;
use tokio::sync::watch;

use super::within;

/// A [`ManualClock`] whose waits can be waited for.
#[derive(Clone)]
pub(crate) struct Time {
    pub(crate) clock: ManualClock,
    waits: Arc<watch::Sender<Waits>>,
}

/// The waits that have been polled and are not over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits {
    next: u64,
    /// Number, the moment it ends, and how long it is.
    pub(crate) pending: Vec<(u64, Duration, Duration)>,
}

impl Time {
    pub(crate) fn new() -> Self {
        Self {
            clock: ManualClock::new(),
            waits: Arc::new(watch::channel(Waits::default()).0),
        }
    }

    /// Waits until the waits are such, and says which they are.
    pub(crate) async fn until(&self, what: &str, are_so: impl FnMut(&Waits) -> bool) -> Waits {
        let mut waits = self.waits.subscribe();
        within(what, waits.wait_for(are_so)).await.unwrap().clone()
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clock.fmt(f)
    }
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let mut number = 0;
        self.waits.send_modify(|waits| {
            waits.next += 1;
            number = waits.next;
        });
        Box::pin(Wait {
            inner: self.clock.sleep(duration),
            ends: self.clock.monotonic().saturating_add(duration),
            waits: self.waits.clone(),
            duration,
            number,
            polled: false,
        })
    }
}

struct Wait {
    inner: Sleep,
    ends: Duration,
    duration: Duration,
    number: u64,
    polled: bool,
    waits: Arc<watch::Sender<Waits>>,
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let poll = self.inner.as_mut().poll(context);
        if poll.is_pending() && !self.polled {
            self.polled = true;
            let wait = (self.number, self.ends, self.duration);
            self.waits.send_modify(|waits| waits.pending.push(wait));
        }
        poll
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let number = self.number;
        self.waits
            .send_modify(|waits| waits.pending.retain(|wait| wait.0 != number));
    }
}
