//! Quotas: how many requests each operation takes per platform and minute, and how many are left.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use stream_users_model::operation;

use crate::clock::{Nanos, SECOND};
use crate::settings::RateLimits;

/// What is counted for everything that has no documented quota.
const UNLISTED: i64 = 300;
/// What is counted while limits are off.
const UNLIMITED: i64 = 1_000_000;
/// The documented quotas per minute, by operation id.
const DOCUMENTED: [(&str, i64); 12] = [
    (operation::QUERY_USERS.id, 1_000),
    (operation::CREATE_GUEST.id, 1_000),
    (operation::UPSERT_USERS.id, 300),
    (operation::UPDATE_USERS_PARTIAL.id, 300),
    (operation::DEACTIVATE_USER.id, 60),
    (operation::REACTIVATE_USER.id, 60),
    (operation::DELETE_USERS.id, 60),
    (operation::EXPORT_USER.id, 60),
    ("DeleteUser", 60),
    ("CreateDevice", 300),
    ("DeleteDevice", 60),
    ("ListDevices", 60),
];

/// Where a request comes from, as far as quotas tell requests apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Platform {
    ServerSide,
    Android,
    Ios,
    Web,
    Unity,
}

impl Platform {
    pub(crate) const ALL: [Self; 5] = [Self::ServerSide, Self::Android, Self::Ios, Self::Web, Self::Unity];

    /// The name in the query and in the answer of the rate-limit operation.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ServerSide => "server_side",
            Self::Android => "android",
            Self::Ios => "ios",
            Self::Web => "web",
            Self::Unity => "unity",
        }
    }

    /// Reads the platform from the words of the header `X-Stream-Client`. What is not a known client kit is a server.
    pub(crate) fn of_client(client: &str) -> Self {
        let client = client.to_ascii_lowercase();
        let says = |word: &str| {
            client
                .split(|letter: char| !letter.is_ascii_alphabetic())
                .any(|found| found == word)
        };
        if says("android") {
            Self::Android
        } else if says("ios") || says("swift") {
            Self::Ios
        } else if says("unity") {
            Self::Unity
        } else if says("browser") {
            Self::Web
        } else {
            Self::ServerSide
        }
    }
}

/// What is left of one quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) limit: i64,
    pub(crate) remaining: i64,
    /// When the next minute begins, in seconds since the epoch.
    pub(crate) reset: i64,
}

#[derive(Debug)]
pub(crate) struct Limits {
    mode: RateLimits,
    minute: Mutex<Minute>,
}

/// The requests of each operation on each platform.
type Counts = BTreeMap<(Platform, &'static str), i64>;

/// The minute that is counted, since the epoch.
#[derive(Debug, Default)]
struct Minute {
    number: i64,
    counts: Counts,
}

impl Limits {
    pub(crate) fn new(mode: RateLimits) -> Self {
        Self {
            mode,
            minute: Mutex::default(),
        }
    }

    fn limit(&self, operation_id: &str) -> i64 {
        match self.mode {
            RateLimits::Off => UNLIMITED,
            RateLimits::Documented => DOCUMENTED
                .iter()
                .find(|(known, _)| *known == operation_id)
                .map_or(UNLISTED, |(_, limit)| *limit),
        }
    }

    fn with_counts<T>(&self, now: Nanos, work: impl FnOnce(&mut Counts) -> T) -> T {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.div_euclid(60 * SECOND);
        if minute.number != number {
            *minute = Minute {
                number,
                counts: Counts::new(),
            };
        }
        work(&mut minute.counts)
    }

    fn quota(&self, operation_id: &str, used: i64, now: Nanos) -> Quota {
        let limit = self.limit(operation_id);
        let reset = (now.div_euclid(60 * SECOND) + 1) * 60;
        Quota {
            limit,
            remaining: (limit - used).max(0),
            reset,
        }
    }

    /// Counts one request; whether it is within its quota, and what is left.
    pub(crate) fn take(&self, platform: Platform, operation_id: &'static str, now: Nanos) -> (bool, Quota) {
        let used = self.with_counts(now, |counts| {
            let used = counts.entry((platform, operation_id)).or_default();
            *used += 1;
            *used
        });
        let quota = self.quota(operation_id, used, now);
        (self.mode == RateLimits::Off || used <= quota.limit, quota)
    }

    /// What is left, without counting.
    pub(crate) fn peek(&self, platform: Platform, operation_id: &'static str, now: Nanos) -> Quota {
        let used = self.with_counts(now, |counts| {
            counts.get(&(platform, operation_id)).copied().unwrap_or(0)
        });
        self.quota(operation_id, used, now)
    }

    /// The whole quota, as it is for an operation that is never called here.
    pub(crate) fn unused(&self, operation_id: &str, now: Nanos) -> Quota {
        self.quota(operation_id, 0, now)
    }

    /// Forgets what was counted.
    pub(crate) fn clear(&self) {
        self.minute
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .counts
            .clear();
    }
}
