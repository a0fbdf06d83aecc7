//! Monthly active users: who counts and when, and how the numbers are shown.
//!
//! A user counts once in a calendar month (UTC, by the emulator's clock) in which it connects; a guest counts once it is
//! created; anonymous callers never do. Connecting is a call of its own, and any successful call with the user's own token
//! counts as it does.

use rusqlite::Transaction;
use serde_json::{Value, json};

use crate::clock::Nanos;
use crate::store::usage;

/// How many users were active in one calendar month (UTC, by the emulator's clock).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MonthlyUsage {
    /// The month, such as `2026-11`.
    pub month: String,
    /// Users who connected, guests left out.
    pub users: u32,
    /// Guests who were created or connected.
    pub guests: u32,
}

impl MonthlyUsage {
    /// Users and guests together.
    #[must_use]
    pub fn monthly_active_users(&self) -> u32 {
        self.users + self.guests
    }

    fn to_json(&self) -> Value {
        json!({
            "month": self.month,
            "monthly_active_users": self.monthly_active_users(),
            "users": self.users,
            "guests": self.guests,
        })
    }
}

/// Counts a user in who is active now.
pub(crate) fn record(tx: &Transaction<'_>, user_id: &str, now: Nanos) -> rusqlite::Result<()> {
    usage::record(tx, &month(now), user_id)
}

/// The month of now, and then every earlier one in which somebody was active, the newest first.
pub(crate) fn read(tx: &Transaction<'_>, now: Nanos) -> rusqlite::Result<Vec<MonthlyUsage>> {
    let mut months = usage::months(tx)?;
    let current = month(now);
    if months.first().is_none_or(|newest| newest.month != current) {
        let (users, guests) = (0, 0);
        months.insert(
            0,
            MonthlyUsage {
                month: current,
                users,
                guests,
            },
        );
    }
    Ok(months)
}

/// The month of now with its numbers, and all months under `months`.
pub(crate) fn to_json(months: &[MonthlyUsage]) -> Value {
    let list: Vec<Value> = months.iter().map(MonthlyUsage::to_json).collect();
    let mut body = list.first().cloned().unwrap_or_default();
    body["months"] = Value::Array(list);
    body
}

/// `2026-11`
fn month(now: Nanos) -> String {
    // Every time that the clock can show is one that the calendar has.
    let time = jiff::Timestamp::from_nanosecond(i128::from(now)).unwrap_or_default();
    let date = jiff::tz::TimeZone::UTC.to_datetime(time);
    format!("{:04}-{:02}", date.year(), date.month())
}
