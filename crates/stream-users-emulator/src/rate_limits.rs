//! Quotas: how many requests each operation takes per platform and minute, and how many are left.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use stream_users_model::operation;

use crate::clock::{Clock, Nanos, SECOND};
use crate::error::Result;
use crate::platform::Platform;
use crate::routes::{self, CONNECT, EVERY, LONG_POLL};
use crate::settings::{RateLimits, Settings};

/// What is counted for everything that has no documented quota.
const UNLISTED: i64 = 300;
/// What is counted while limits are off.
const UNLIMITED: i64 = 1_000_000;
/// What each user may do of every operation in a minute, on each platform.
const OF_USER: i64 = 60;
/// The documented quotas per minute, by operation id.
const DOCUMENTED: [(&str, i64); 21] = [
    (operation::QUERY_USERS.id, 1_000),
    (operation::CREATE_GUEST.id, 1_000),
    (operation::UPSERT_USERS.id, 300),
    (operation::UPDATE_USERS_PARTIAL.id, 300),
    (operation::DEACTIVATE_USER.id, 60),
    (operation::REACTIVATE_USER.id, 60),
    (operation::DELETE_USERS.id, 60),
    (operation::EXPORT_USER.id, 60),
    (CONNECT.id, 10_000),
    // Not documented; what takes the place of a connection should not be refused before one would be.
    (LONG_POLL.id, 10_000),
    ("DeleteUser", 60),
    ("CreateDevice", 300),
    ("DeleteDevice", 60),
    ("ListDevices", 60),
    ("GetApp", 10_000),
    ("UpdateApp", 60),
    ("Ban", 300),
    ("Unban", 300),
    ("Mute", 300),
    ("Unmute", 300),
    ("Flag", 300),
];

/// What is left of one quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) limit: i64,
    pub(crate) remaining: i64,
    /// When the next minute begins, in seconds since the epoch.
    pub(crate) reset: i64,
}

/// A request that is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted<'a> {
    pub(crate) platform: Platform,
    pub(crate) operation_id: &'static str,
    /// The user whose token it carries.
    pub(crate) user: Option<&'a str>,
}

/// What counting a request comes to: its quota, and in how many seconds it may be sent again if it is over one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verdict {
    pub(crate) quota: Quota,
    pub(crate) refused: Option<i64>,
}

impl Verdict {
    fn refused(quota: Quota, seconds: i64) -> Self {
        Self {
            quota,
            refused: Some(seconds),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Limits {
    /// What it started with.
    initial: Quotas,
    state: Mutex<State>,
}

/// Which quotas there are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quotas {
    pub(crate) mode: RateLimits,
    /// By operation id, or [`EVERY`] for those that are not named.
    pub(crate) own: BTreeMap<&'static str, u32>,
    /// Whether a thirtieth of a quota is all that one second takes.
    pub(crate) per_second: bool,
}

impl Quotas {
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let own = settings
            .quotas
            .iter()
            .map(|(name, limit)| Ok((routes::named_or_every(name)?, *limit)))
            .collect::<Result<_>>()?;
        Ok(Self {
            mode: settings.rate_limits,
            own,
            per_second: settings.limit_per_second,
        })
    }

    /// The quota of an operation, and whether a request over it is refused.
    fn of(&self, operation_id: &str) -> (i64, bool) {
        if let Some(own) = self.own.get(operation_id).or_else(|| self.own.get(EVERY)) {
            return (i64::from(*own), true);
        }
        match self.mode {
            RateLimits::Off => (UNLIMITED, false),
            RateLimits::Documented => {
                let documented = DOCUMENTED.iter().find(|(known, _)| *known == operation_id);
                (documented.map_or(UNLISTED, |(_, limit)| *limit), true)
            }
        }
    }
}

#[derive(Debug, Default)]
struct State {
    quotas: Quotas,
    minute: Window<(Platform, &'static str)>,
    second: Window<(Platform, &'static str)>,
    /// The same minute, for each user.
    of_users: Window<(Platform, &'static str, String)>,
}

/// The requests of the time that runs, each kind counted by itself.
#[derive(Debug)]
struct Window<K> {
    /// Which one it is, since the epoch.
    number: i64,
    counts: BTreeMap<K, i64>,
}

impl<K: Ord> Default for Window<K> {
    fn default() -> Self {
        Self {
            number: 0,
            counts: BTreeMap::new(),
        }
    }
}

impl<K: Ord> Window<K> {
    fn at(&mut self, number: i64) -> &mut BTreeMap<K, i64> {
        if self.number != number {
            self.number = number;
            self.counts.clear();
        }
        &mut self.counts
    }

    /// Counts one more; how many there are now.
    fn count(&mut self, number: i64, key: K) -> i64 {
        let count = self.at(number).entry(key).or_default();
        *count += 1;
        *count
    }
}

impl Limits {
    pub(crate) fn new(quotas: Quotas) -> Self {
        let state = State {
            quotas: quotas.clone(),
            ..State::default()
        };
        Self {
            initial: quotas,
            state: Mutex::new(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one request against every quota that it uses up.
    ///
    /// It says itself what time it is: a request that comes later is never counted in an earlier minute.
    pub(crate) fn take(&self, request: Counted<'_>, clock: &Clock) -> Verdict {
        let (platform, operation_id) = (request.platform, request.operation_id);
        let mut state = self.lock();
        let now = clock.now();
        let (minute, second) = (now.div_euclid(60 * SECOND), now.div_euclid(SECOND));
        let (limit, enforced) = state.quotas.of(operation_id);
        let used = state.minute.count(minute, (platform, operation_id));
        let left = quota(limit, used, now);
        let rest_of_minute = left.reset - second;
        if enforced && used > limit {
            return Verdict::refused(left, rest_of_minute);
        }
        if enforced && state.quotas.per_second {
            let used = state.second.count(second, (platform, operation_id));
            if used > (limit / 30).max(1) {
                return Verdict::refused(left, 1);
            }
        }
        if let Some(user) = request.user
            && state.quotas.mode == RateLimits::Documented
        {
            let key = (platform, operation_id, user.to_owned());
            let used = state.of_users.count(minute, key);
            if used > OF_USER {
                return Verdict::refused(quota(OF_USER, used, now), rest_of_minute);
            }
        }
        Verdict {
            quota: left,
            refused: None,
        }
    }

    /// What is left, without counting.
    pub(crate) fn peek(&self, platform: Platform, operation_id: &'static str, clock: &Clock) -> Quota {
        let mut state = self.lock();
        let now = clock.now();
        let (limit, _) = state.quotas.of(operation_id);
        let counts = state.minute.at(now.div_euclid(60 * SECOND));
        quota(
            limit,
            counts.get(&(platform, operation_id)).copied().unwrap_or(0),
            now,
        )
    }

    /// The whole quota, as it is for an operation that is never called here.
    pub(crate) fn unused(&self, operation_id: &str, now: Nanos) -> Quota {
        let (limit, _) = self.lock().quotas.of(operation_id);
        quota(limit, 0, now)
    }

    pub(crate) fn quotas(&self) -> Quotas {
        self.lock().quotas.clone()
    }

    /// Changes which quotas there are; what was counted counts on.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Quotas)) {
        change(&mut self.lock().quotas);
    }

    /// Forgets what was counted and what was changed.
    pub(crate) fn clear(&self) {
        *self.lock() = State {
            quotas: self.initial.clone(),
            ..State::default()
        };
    }
}

fn quota(limit: i64, used: i64, now: Nanos) -> Quota {
    Quota {
        limit,
        remaining: (limit - used).max(0),
        reset: (now.div_euclid(60 * SECOND) + 1) * 60,
    }
}
