//! The fields that channels can be filtered and sorted by, each with operators that the service gives it. The
//! grammar of filters is the one that users have: [`Filter`].
//!
//! ```
//! use example_channels::field;
//!
//! let filter = field::members().is_in(["ada"]) & field::created_at().lt(stream_users_core::model::Timestamp::UNIX_EPOCH);
//! let newest = field::created_at().desc();
//! ```

use stream_users_core::model::{Filter, Sort, Timestamp, UserId};

use crate::Cid;

/// Whether nobody can send messages.
#[must_use]
pub fn frozen() -> Frozen {
    Frozen(())
}

/// The members.
#[must_use]
pub fn members() -> Members {
    Members(())
}

/// The type and the id together.
#[must_use]
pub fn cid() -> CidField {
    CidField(())
}

/// When the channel was made.
#[must_use]
pub fn created_at() -> CreatedAt {
    CreatedAt(())
}

/// The field that [`frozen`] names.
#[derive(Clone, Debug)]
pub struct Frozen(());

impl Frozen {
    /// Is `value` (`$eq`).
    #[must_use]
    pub fn eq(self, value: bool) -> Filter {
        Filter::condition("frozen", "$eq", value)
    }
}

/// The field that [`members`] names.
#[derive(Clone, Debug)]
pub struct Members(());

impl Members {
    /// At least one of `ids` is a member (`$in`).
    #[must_use]
    pub fn is_in(self, ids: impl IntoIterator<Item = impl Into<UserId>>) -> Filter {
        let ids: Vec<String> = ids.into_iter().map(|id| id.into().into()).collect();
        Filter::condition("members", "$in", ids)
    }
}

/// The field that [`cid`] names.
#[derive(Clone, Debug)]
pub struct CidField(());

impl CidField {
    /// Is one of `cids` (`$in`).
    #[must_use]
    pub fn is_in(self, cids: impl IntoIterator<Item = impl Into<Cid>>) -> Filter {
        let cids: Vec<String> = cids.into_iter().map(|cid| cid.into().to_string()).collect();
        Filter::condition("cid", "$in", cids)
    }
}

/// The field that [`created_at`] names.
#[derive(Clone, Debug)]
pub struct CreatedAt(());

impl CreatedAt {
    /// Is at or after `time` (`$gte`).
    #[must_use]
    pub fn gte(self, time: Timestamp) -> Filter {
        Filter::condition("created_at", "$gte", time.to_string())
    }

    /// Is before `time` (`$lt`).
    #[must_use]
    pub fn lt(self, time: Timestamp) -> Filter {
        Filter::condition("created_at", "$lt", time.to_string())
    }

    /// Oldest first.
    #[must_use]
    pub fn asc(self) -> Sort {
        Sort::asc("created_at")
    }

    /// Newest first.
    #[must_use]
    pub fn desc(self) -> Sort {
        Sort::desc("created_at")
    }
}
