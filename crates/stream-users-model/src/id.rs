//! Newtypes for ids. They are made infallibly and decoded as they come; [`check`] is what a request asks before it is
//! encoded. Rules about characters do not belong here: those are the service's word.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Str, Violations};

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Str);

        impl $name {
            #[doc = concat!("A `", stringify!($name), "` from a literal, without allocating.")]
            #[must_use]
            pub const fn from_static(id: &'static str) -> Self {
                Self(Str::from_static(id))
            }

            /// The id as `&str`.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.into())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id.into())
            }
        }

        impl From<&String> for $name {
            fn from(id: &String) -> Self {
                Self(id.into())
            }
        }

        impl From<Str> for $name {
            fn from(id: Str) -> Self {
                Self(id)
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl From<$name> for Str {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl PartialEq<String> for $name {
            fn eq(&self, other: &String) -> bool {
                self.as_str() == other.as_str()
            }
        }
    };
}

id_type! {
    /// The id of a user, unique in one Stream app and case-sensitive.
    ///
    /// The service takes letters, digits, `@`, `_` and `-`, at most 255 of them
    /// ([documentation](https://getstream.io/chat/docs/node/init_and_users/)); ids that it makes itself may hold others
    /// (`!anon`). Nothing is checked when the value is made: a request that carries it checks [`UserId::MAX_LEN`] and
    /// refuses the empty id, `.` and `..`, which cannot stand in a URL.
    ///
    /// ```
    /// use stream_users_model::UserId;
    ///
    /// const SYSTEM: UserId = UserId::from_static("system");
    /// assert_eq!(SYSTEM, "system");
    /// assert_eq!(UserId::from(format!("customer-{}", 7)), "customer-7");
    /// ```
    UserId
}

id_type! {
    /// The id of a task that the service works on: a UUID as text.
    TaskId
}

id_type! {
    /// The id of a chat message.
    MessageId
}

impl UserId {
    /// The longest id that the service takes, in characters.
    pub const MAX_LEN: usize = 255;
}

/// Adds a violation for an id that cannot be sent: empty, `.` or `..`, or too long.
pub(crate) fn check(violations: &mut Violations, field: impl fmt::Display, id: &str) {
    if id.is_empty() {
        violations.add(field, "must not be empty; give the id");
    } else if id == "." || id == ".." {
        violations.add(
            field,
            format!("must not be \"{id}\": in a URL it names another place; use another id"),
        );
    } else if id.len() > UserId::MAX_LEN && id.chars().count() > UserId::MAX_LEN {
        violations.add(
            field,
            format!(
                "must have at most {} characters; it has {}",
                UserId::MAX_LEN,
                id.chars().count()
            ),
        );
    }
}

/// [`check`] for an id that may be absent.
pub(crate) fn check_optional(violations: &mut Violations, field: &str, id: Option<&UserId>) {
    if let Some(id) = id {
        check(violations, field, id.as_str());
    }
}

/// Checks a batch of ids: its size, and each id in it.
pub(crate) fn check_batch(
    violations: &mut Violations,
    field: &str,
    ids: &[UserId],
    operation: &crate::Operation,
) {
    operation.check_batch(violations, ids.len());
    for (index, id) in ids.iter().enumerate() {
        check(violations, format_args!("{field}[{index}]"), id.as_str());
    }
}
