//! Options of `sync` that are more than a text.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use serde_json::{Map, Value};
use stream_users_core::bulk::FailureBudget;
use stream_users_core::sync::Gone;
use stream_users_model::Filter;

/// What becomes of users who are on Stream and not in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Removal {
    /// They are left alone
    Keep,
    /// They are deactivated, and can be reactivated
    Deactivate,
    /// They are deleted softly, and can be restored
    Delete,
    /// They are deleted for good, with their messages and conversations
    HardDelete,
}

impl Removal {
    /// What is done to them, where something is.
    pub(super) const fn verb(self) -> Option<&'static str> {
        match self {
            Self::Keep => None,
            Self::Deactivate => Some("deactivated"),
            Self::Delete => Some("deleted"),
            Self::HardDelete => Some("deleted for good, with their messages and conversations"),
        }
    }
}

impl From<Removal> for Gone {
    fn from(removal: Removal) -> Self {
        match removal {
            Removal::Keep => Self::Keep,
            Removal::Deactivate => Self::deactivate(),
            Removal::Delete => Self::delete(),
            Removal::HardDelete => Self::hard_delete(),
        }
    }
}

/// A share in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share(f64);

impl Share {
    /// From 0 to 1.
    pub(super) fn get(self) -> f64 {
        self.0 / 100.0
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').and_then(|percent| percent.parse().ok());
        match percent {
            Some(percent) if (0.0..=100.0).contains(&percent) => Ok(Self(percent)),
            _ => Err("must be a share from 0% to 100%, such as 10%".to_owned()),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

/// How many changes may fail before it stops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum MaxFailures {
    Count(u64),
    Share(Share),
}

/// Before so many changes failed, a share says nothing.
const MEANINGFUL: u64 = 100;

impl FromStr for MaxFailures {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let share = || text.parse().map(Self::Share);
        text.parse()
            .map(Self::Count)
            .or_else(|_| share())
            .map_err(|_| "must be a number of changes such as 50, or a share such as 5%".to_owned())
    }
}

/// The budget: where nothing is said, 1,000 changes that are more than half of those tried.
pub(super) fn budget(max: Option<MaxFailures>) -> FailureBudget {
    match max {
        None => FailureBudget::new().count(1_000).share(0.5),
        Some(MaxFailures::Count(count)) => FailureBudget::new().count(count),
        Some(MaxFailures::Share(share)) => FailureBudget::new().count(MEANINGFUL).share(share.get()),
    }
}

/// A filter as the service reads it.
pub(super) fn filter(text: &str) -> Result<Filter, String> {
    serde_json::from_str::<Map<String, Value>>(text)
        .map(Filter::raw)
        .map_err(|error| format!("must be a filter in JSON, such as {{\"role\": \"user\"}}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percent() {
        for (text, expected) in [("10%", 0.1), ("0%", 0.0), ("100%", 1.0), ("2.5%", 0.025)] {
            let share: Share = text.parse().unwrap();
            assert!((share.get() - expected).abs() < 1e-9);
            assert_eq!(share.to_string(), text);
        }
        for text in ["10", "0.1", "101%", "-1%", "%", "NaN%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn failures_are_a_number_or_a_share() {
        assert_eq!("50".parse(), Ok(MaxFailures::Count(50)));
        assert!(matches!("5%".parse(), Ok(MaxFailures::Share(_))));
        assert!("many".parse::<MaxFailures>().is_err());
    }
}
