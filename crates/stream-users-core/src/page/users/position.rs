//! [`Position`]: the place that pages have reached. What comes behind it is decided in `order` and `skip`; its form as a
//! text belongs to `cursor`.

use serde::{Deserialize, Serialize};
use stream_users_model::{Str, Timestamp, UserId};

/// The place behind the users who were handed out.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Position {
    /// Nobody was handed out, and a filter will say who comes behind the first.
    Start,
    /// So many were handed out, in an order whose pages skip.
    Skipped(u32),
    Behind(Behind),
}

/// The user who was handed out last, as far as the order looks at it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Behind {
    pub(super) id: UserId,
    /// What the users are ordered by before their ids; `None` in an order by id, and where the user has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<Value>,
    /// Whether users with a value and users without one were both seen: one side is exhausted then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) turned: bool,
}

/// What users are ordered by.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Value {
    Time(Timestamp),
    Text(Str),
}

impl Position {
    /// The place behind a user who comes next.
    pub(super) fn then(&self, id: UserId, value: Option<Value>) -> Self {
        let turned = match self {
            Self::Behind(last) => last.turned || last.value.is_some() != value.is_some(),
            Self::Start | Self::Skipped(_) => false,
        };
        Self::Behind(Behind { id, value, turned })
    }

    /// The place behind so many more users.
    pub(super) fn skipping(&self, users: usize) -> Self {
        let users = u32::try_from(users).unwrap_or(u32::MAX);
        Self::Skipped(self.skipped().saturating_add(users))
    }

    /// How many users were handed out, in an order whose pages skip.
    pub(super) fn skipped(&self) -> u32 {
        match self {
            Self::Skipped(users) => *users,
            Self::Start | Self::Behind(_) => 0,
        }
    }
}
