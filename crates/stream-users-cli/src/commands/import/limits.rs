//! `--max-failures`: how many rows may fail.

use std::str::FromStr;

use stream_users_core::bulk::FailureBudget;

/// How many rows may fail before the import stops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum MaxFailures {
    /// The import stops when more did.
    Count(u64),
    /// The import stops when more than this share of the rows that were tried did, from 0 to 1.
    Share(f64),
}

/// Before so many rows failed, a share says nothing.
const MEANINGFUL: u64 = 100;

impl MaxFailures {
    pub(super) const fn budget(self) -> FailureBudget {
        match self {
            Self::Count(count) => FailureBudget::new().count(count),
            Self::Share(share) => FailureBudget::new().count(MEANINGFUL).share(share),
        }
    }
}

impl FromStr for MaxFailures {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "must be a number of rows such as 50, or a share such as 5%".to_owned();
        match text.strip_suffix('%') {
            None => text.parse().map(Self::Count).map_err(|_| wrong()),
            Some(percent) => match percent.parse::<f64>() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Self::Share(percent / 100.0)),
                _ => Err(wrong()),
            },
        }
    }
}

/// The budget of an import: where nothing is said, 1,000 rows that are more than half of those tried.
pub(super) fn budget(max: Option<MaxFailures>) -> FailureBudget {
    max.map_or_else(
        || FailureBudget::new().count(1_000).share(0.5),
        MaxFailures::budget,
    )
}
