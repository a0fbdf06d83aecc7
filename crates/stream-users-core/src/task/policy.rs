//! [`PollPolicy`]: how often to ask for a task. Asking belongs to `questions`.

use std::time::Duration;

/// No shorter interval is kept: it would ask without a pause.
const SHORTEST: Duration = Duration::from_millis(1);

/// How often to ask for a task, how long, and how many failed questions in a row to bear.
///
/// By default: after 200 ms, then after twice as long up to 2 s, for at most 5 minutes; the third question that fails in
/// a row ends the waiting.
///
/// ```
/// use std::time::Duration;
/// use stream_users_core::PollPolicy;
///
/// // An export that may take hours, followed through an outage of a few minutes.
/// let patient = PollPolicy::new()
///     .interval(Duration::from_secs(1), Duration::from_secs(30))
///     .timeout(None)
///     .max_failures(10);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct PollPolicy {
    first: Duration,
    max: Duration,
    pub(super) timeout: Option<Duration>,
    pub(super) max_failures: u32,
}

impl PollPolicy {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            first: Duration::from_millis(200),
            max: Duration::from_secs(2),
            timeout: Some(Duration::from_secs(300)),
            max_failures: 3,
        }
    }

    /// Waits `first` before the second question, then twice as long each time up to `max`. Nothing below a millisecond is
    /// kept.
    pub const fn interval(mut self, first: Duration, max: Duration) -> Self {
        self.first = first;
        self.max = max;
        self
    }

    /// Gives up after this time, with a last question at its end; `None` waits as long as the task takes. A question that
    /// is under way is not cut off: the client's own timeouts end it.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
        self
    }

    /// Gives up with this many questions in a row that failed and might succeed later, each after the client's own
    /// retries. 1 bears none; 0 is read as 1.
    ///
    /// A question whose failure will not pass, such as that for a task that does not exist, ends the waiting at once.
    pub const fn max_failures(mut self, failures: u32) -> Self {
        self.max_failures = failures;
        self
    }

    pub(super) fn first_interval(&self) -> Duration {
        self.first.max(SHORTEST)
    }

    pub(super) fn next_interval(&self, interval: Duration) -> Duration {
        interval.saturating_mul(2).min(self.max.max(SHORTEST))
    }
}

impl Default for PollPolicy {
    fn default() -> Self {
        Self::new()
    }
}
