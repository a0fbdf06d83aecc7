//! [`Validate`]: what a request refuses before it is sent. The rules live beside the request that they are about.

use std::fmt;

use crate::{Str, id};

/// A rule that a request breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Where: the path of the field, as the service writes it: `users[3].id`.
    pub field: Str,
    /// The rule, and what to do.
    pub message: Str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

/// The rules that a request breaks, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one: `message` follows the field's name, as in `limit` "must be at most 100".
    pub fn add(&mut self, field: impl fmt::Display, message: impl Into<Str>) {
        self.0.push(Violation {
            field: field.to_string().into(),
            message: message.into(),
        });
    }

    /// Adds one where `condition` does not hold.
    pub fn require(&mut self, condition: bool, field: impl fmt::Display, message: impl Into<Str>) {
        if !condition {
            self.add(field, message);
        }
    }

    /// Adds one where an id cannot be sent, whatever it is the id of: it is empty, `.` or `..`, or has more than 255
    /// characters.
    ///
    /// ```
    /// use stream_users_model::Violations;
    ///
    /// let mut violations = Violations::new();
    /// violations.check_id("cids[0]", "messaging:general");
    /// violations.check_id("cids[1]", "");
    /// assert_eq!(violations.to_string(), "cids[1] must not be empty; give the id");
    /// ```
    pub fn check_id(&mut self, field: impl fmt::Display, id: &str) {
        id::check(self, field, id);
    }

    /// The violations in the order of the request's fields.
    #[must_use]
    pub fn as_slice(&self) -> &[Violation] {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Violations {
    type Item = Violation;
    type IntoIter = std::vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            fmt::Display::fmt(violation, f)?;
        }
        Ok(())
    }
}

/// A request that can say which rules it breaks.
///
/// The client asks once, when it encodes the request, and sends nothing where there is a violation. What depends on the
/// app or may change on the service's side (which characters an id may have, which roles exist, how large a user may
/// be) is left to the service.
///
/// ```
/// use stream_users_model::{QueryUsers, Filter, Validate, Violations};
///
/// let mut violations = Violations::new();
/// QueryUsers::new(Filter::all()).limit(500).offset(2_000).validate(&mut violations);
/// assert_eq!(violations.as_slice().len(), 2);
/// assert_eq!(violations.as_slice()[0].to_string(), "limit must be at most 100; it is 500");
/// ```
pub trait Validate {
    /// Adds every rule that the request breaks.
    fn validate(&self, violations: &mut Violations);
}
