//! [`Sort`]: an order of users. The fields live in [`field`](crate::field).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Str;
use crate::open_enum::open_enum;
use crate::serde_util::or_default;

/// An order of users by one field; a query takes up to five, the first counting most.
///
/// ```
/// use stream_users_model::{Sort, field};
///
/// let by_score = field::custom("score").desc().as_number();
/// assert_eq!(by_score, Sort::desc("score").as_number());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sort {
    /// The field; custom data stand under their own name.
    #[serde(default, deserialize_with = "or_default")]
    pub field: Str,
    /// Which way.
    #[serde(default, deserialize_with = "or_default")]
    pub direction: SortDirection,
    /// How values of custom data are compared, where that is said.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<SortType>,
}

/// Which way an order goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SortDirection {
    /// Smallest first: `1` on the wire.
    #[default]
    Ascending,
    /// Largest first: `-1` on the wire.
    Descending,
}

open_enum! {
    /// How values of custom data are compared.
    pub enum SortType {
        /// As numbers.
        Number = "number",
        /// As `false` before `true`.
        Boolean = "boolean",
    }
}

impl Sort {
    /// Smallest first.
    #[must_use]
    pub fn asc(field: impl Into<Str>) -> Self {
        Self {
            field: field.into(),
            direction: SortDirection::Ascending,
            kind: None,
        }
    }

    /// Largest first.
    #[must_use]
    pub fn desc(field: impl Into<Str>) -> Self {
        Self {
            field: field.into(),
            direction: SortDirection::Descending,
            kind: None,
        }
    }

    /// Compares values of custom data as numbers.
    #[must_use]
    pub fn as_number(mut self) -> Self {
        self.kind = Some(SortType::Number);
        self
    }

    /// Compares values of custom data as booleans.
    #[must_use]
    pub fn as_boolean(mut self) -> Self {
        self.kind = Some(SortType::Boolean);
        self
    }
}

impl Serialize for SortDirection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i8(match self {
            Self::Ascending => 1,
            Self::Descending => -1,
        })
    }
}

impl<'de> Deserialize<'de> for SortDirection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(if i64::deserialize(deserializer)? < 0 {
            Self::Descending
        } else {
            Self::Ascending
        })
    }
}
