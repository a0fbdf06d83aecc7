//! `query_users`: find users by filter, sort, limit and offset.

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;
use crate::{Custom, CustomData, Filter, Sort, Str, User, UserId, UserRequest, Validate, Violations, id};

/// Finds users. Deleted ones are never found, deactivated ones only when asked for.
///
/// The service returns 30 users where no limit is given, newest first where no order is.
///
/// ```
/// use stream_users_model::{QueryUsers, field};
///
/// let request = QueryUsers::new(field::role().eq("admin")).sort(field::id().asc()).limit(100);
/// assert_eq!(request.limit, Some(100));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QueryUsers {
    /// Which users.
    #[serde(rename = "filter_conditions", default, deserialize_with = "or_default")]
    pub filter: Filter,
    /// In which order: at most [`QueryUsers::MAX_SORT`], the first counting most.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub sort: Vec<Sort>,
    /// How many users at most: 0 to [`QueryUsers::MAX_LIMIT`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many users to skip: 0 to [`QueryUsers::MAX_OFFSET`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// Whether a live connection hears of changes to the users found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<bool>,
    /// Whether deactivated users are found, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_deactivated_users: Option<bool>,
    /// On whose behalf a server asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// On whose behalf a server asks, as a whole user; not together with `user_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserRequest>,
}

impl QueryUsers {
    /// The most users that one answer holds (from the contract).
    pub const MAX_LIMIT: u32 = 100;
    /// The most users that can be skipped (from the contract): beyond it, filter by what they are ordered by instead, as
    /// the core's pages do.
    pub const MAX_OFFSET: u32 = 1000;
    /// The most orders that a query takes (from the contract).
    pub const MAX_SORT: usize = 5;

    /// Finds the users for whom `filter` holds.
    #[must_use]
    pub fn new(filter: Filter) -> Self {
        Self {
            filter,
            ..Self::default()
        }
    }

    /// Adds an order, which counts after those added before.
    #[must_use]
    pub fn sort(mut self, sort: Sort) -> Self {
        self.sort.push(sort);
        self
    }

    /// Sets how many users to return at most.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets how many users to skip.
    #[must_use]
    pub fn offset(mut self, offset: u32) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Sets whether a live connection hears of changes to the users found.
    #[must_use]
    pub fn presence(mut self, presence: bool) -> Self {
        self.presence = Some(presence);
        self
    }

    /// Sets whether deactivated users are found, too.
    #[must_use]
    pub fn include_deactivated_users(mut self, include: bool) -> Self {
        self.include_deactivated_users = Some(include);
        self
    }

    /// Sets on whose behalf a server asks.
    #[must_use]
    pub fn user_id(mut self, id: impl Into<UserId>) -> Self {
        self.user_id = Some(id.into());
        self
    }

    /// Sets on whose behalf a server asks, as a whole user.
    #[must_use]
    pub fn user(mut self, user: UserRequest) -> Self {
        self.user = Some(user);
        self
    }
}

impl Validate for QueryUsers {
    fn validate(&self, violations: &mut Violations) {
        for (field, value, max) in [
            ("limit", self.limit, Self::MAX_LIMIT),
            ("offset", self.offset, Self::MAX_OFFSET),
        ] {
            if let Some(value) = value.filter(|value| *value > max) {
                violations.add(field, format!("must be at most {max}; it is {value}"));
            }
        }
        if self.sort.len() > Self::MAX_SORT {
            violations.add(
                "sort",
                format!(
                    "must have at most {} orders; it has {}",
                    Self::MAX_SORT,
                    self.sort.len()
                ),
            );
        }
        for (index, sort) in self.sort.iter().enumerate() {
            if sort.field.is_empty() {
                violations.add(
                    format_args!("sort[{index}].field"),
                    "must not be empty; name the field",
                );
            }
        }
        check_acting_user(violations, self.user_id.as_ref(), self.user.as_ref());
    }
}

/// The rules for the user on whose behalf a server calls: given once, with an id that can be sent.
pub(super) fn check_acting_user(
    violations: &mut Violations,
    user_id: Option<&UserId>,
    user: Option<&UserRequest>,
) {
    id::check_optional(violations, "user_id", user_id);
    if let Some(user) = user {
        user.check(violations, format_args!("user."));
        violations.require(
            user_id.is_none(),
            "user",
            "must not be set together with user_id; give one of them",
        );
    }
}

/// The users that were found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct QueriedUsers<C = Custom> {
    /// The users, in the order that was asked for.
    #[serde(default, deserialize_with = "crate::user::listed")]
    pub users: Vec<User<C>>,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl<C> QueriedUsers<C> {
    /// An answer with these users; for mocks.
    #[must_use]
    pub fn new(users: impl IntoIterator<Item = User<C>>) -> Self {
        Self {
            users: users.into_iter().collect(),
            duration: Str::default(),
        }
    }
}
