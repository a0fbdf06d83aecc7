//! Quotas: what the service says of them, and who waits because of it.
//!
//! The service counts the calls of each operation in windows of a minute and states in every answer how many are left
//! ([documentation](https://getstream.io/chat/docs/node/rate_limits/)). A [`RateLimiter`] is asked before every attempt
//! and told of every answer. There are three:
//!
//! - [`Pace`], what a client has by default: where a quota would run out before its reset, calls are spread over the
//!   time that is left.
//! - [`Observe`]: delays nothing and remembers what was stated, for [`Client::rate_limit`](crate::Client::rate_limit).
//! - [`Unlimited`]: does nothing at all.
//!
//! What must not enter: what is done after a refusal. That is the retry policy's.

mod lane;
mod limiter;
mod observe;
mod pace;
mod quota;

pub use self::limiter::{LimitedAnswer, PendingAttempt, QuotaExceeded, RateLimiter, Unlimited};
pub use self::observe::Observe;
pub use self::pace::Pace;
pub use self::quota::RateLimit;
pub(crate) use self::quota::{FARTHEST_RESET, reset};
