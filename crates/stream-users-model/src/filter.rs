//! [`Filter`]: conditions on users, put together. The fields and their operators live in [`field`](crate::field). What
//! other SDKs list is filtered by the same grammar, with fields of their own.

use std::ops::{BitAnd, BitOr, Not};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A condition on users. The functions of [`field`](crate::field) make one, `&`, `|` and `!` put them together.
///
/// ```
/// use stream_users_model::{Filter, field};
///
/// let filter = field::role().eq("admin") & (field::name().autocomplete("ad") | !field::id().is_in(["ada", "bob"]));
/// assert_eq!(
///     serde_json::to_value(&filter)?,
///     serde_json::json!({"$and": [
///         {"role": {"$eq": "admin"}},
///         {"$or": [{"name": {"$autocomplete": "ad"}}, {"$nor": [{"id": {"$in": ["ada", "bob"]}}]}]},
///     ]}),
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Filter(Map<String, Value>);

impl Filter {
    /// Every user.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Users for whom every filter holds (`$and`).
    #[must_use]
    pub fn and(filters: impl IntoIterator<Item = Self>) -> Self {
        Self::combine("$and", filters)
    }

    /// Users for whom at least one filter holds (`$or`).
    #[must_use]
    pub fn or(filters: impl IntoIterator<Item = Self>) -> Self {
        Self::combine("$or", filters)
    }

    /// Users for whom no filter holds (`$nor`).
    #[must_use]
    pub fn nor(filters: impl IntoIterator<Item = Self>) -> Self {
        Self::combine("$nor", filters)
    }

    /// A filter as the service reads it, for what the typed ones do not cover. It is sent as it is.
    ///
    /// ```
    /// use stream_users_model::Filter;
    ///
    /// let json = serde_json::json!({"address.city": {"$eq": "London"}});
    /// let filter = Filter::raw(json.as_object().cloned().unwrap_or_default());
    /// assert_eq!(serde_json::to_value(&filter)?, json);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn raw(conditions: Map<String, Value>) -> Self {
        Self(conditions)
    }

    /// The filter as the service reads it.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// One condition: `field`, compared with `value` by an `operator` such as `$eq`.
    ///
    /// The functions of [`field`](crate::field) make these of users' fields. An author of another SDK makes typed fields
    /// of other objects with it:
    ///
    /// ```
    /// use stream_users_model::Filter;
    ///
    /// /// Channels that the user is a member of.
    /// fn has_member(id: &str) -> Filter {
    ///     Filter::condition("members", "$in", [id])
    /// }
    ///
    /// let json = serde_json::to_string(&has_member("ada"))?;
    /// assert_eq!(json, r#"{"members":{"$in":["ada"]}}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn condition(field: &str, operator: &str, value: impl Into<Value>) -> Self {
        let mut condition = Map::new();
        condition.insert(operator.to_owned(), value.into());
        let mut filter = Map::new();
        filter.insert(field.to_owned(), Value::Object(condition));
        Self(filter)
    }

    fn combine(operator: &str, filters: impl IntoIterator<Item = Self>) -> Self {
        let filters = filters
            .into_iter()
            .map(|filter| Value::Object(filter.0))
            .collect();
        let mut combined = Map::new();
        combined.insert(operator.to_owned(), Value::Array(filters));
        Self(combined)
    }

    /// This filter and `other` under `operator`, without nesting the same operator in itself.
    fn joined(mut self, operator: &str, other: Self) -> Self {
        if self.0.len() == 1 {
            if let Some(Value::Array(filters)) = self.0.get_mut(operator) {
                filters.push(Value::Object(other.0));
                return self;
            }
        }
        Self::combine(operator, [self, other])
    }
}

impl BitAnd for Filter {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        if self.0.is_empty() {
            return other;
        }
        if other.0.is_empty() {
            return self;
        }
        self.joined("$and", other)
    }
}

impl BitOr for Filter {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.joined("$or", other)
    }
}

impl Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        Self::nor([self])
    }
}
