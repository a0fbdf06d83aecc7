//! The api secret, kept out of every text that is made for people.
//!
//! Nothing here prints, compares or serializes the value; [`Secret::expose`] is the one way to it.

use std::fmt;
use std::sync::Arc;

/// An api secret. Its `Debug` shows nothing of it, and it has no `Display` and no `Serialize`.
///
/// ```
/// use stream_users_core::Secret;
///
/// let secret = Secret::new("s3cr3t");
/// assert_eq!(format!("{secret:?}"), "Secret(***)");
/// assert_eq!(secret.expose(), "s3cr3t");
/// ```
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps the secret as it is: nothing is trimmed.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into().into())
    }

    /// The secret itself. Every call of this method is a place to look at when secrets leak.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self::new(secret)
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
