//! [`Cid`], the id of a channel. Which types of channels there are is the app's matter.

use std::fmt;

use serde::{Deserialize, Serialize};
use stream_users_core::model::{Str, Violations};

/// The id of a channel with its type, as the service writes it: `messaging:general`.
///
/// Nothing is checked when it is made. A request that carries it refuses one that cannot be sent.
///
/// ```
/// use example_channels::Cid;
///
/// let general = Cid::new("messaging", "general");
/// assert_eq!(general, Cid::from("messaging:general"));
/// assert_eq!((general.channel_type(), general.id()), ("messaging", "general"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cid(Str);

impl Cid {
    /// The channel of a type with an id.
    #[must_use]
    pub fn new(channel_type: impl fmt::Display, id: impl fmt::Display) -> Self {
        Self(format!("{channel_type}:{id}").into())
    }

    /// What stands before the colon: the type of the channel.
    #[must_use]
    pub fn channel_type(&self) -> &str {
        self.0.split_once(':').map_or("", |(before, _)| before)
    }

    /// What stands behind the colon; where there is none, the whole.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split_once(':').map_or(self.as_str(), |(_, behind)| behind)
    }

    /// The whole.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Adds a violation for each part that cannot be sent.
    pub(crate) fn check(&self, violations: &mut Violations, field: impl fmt::Display) {
        violations.check_id(format_args!("{field}.type"), self.channel_type());
        violations.check_id(format_args!("{field}.id"), self.id());
    }
}

impl fmt::Display for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for Cid {
    fn from(cid: &str) -> Self {
        Self(cid.into())
    }
}

impl From<String> for Cid {
    fn from(cid: String) -> Self {
        Self(cid.into())
    }
}

impl From<&Cid> for Cid {
    fn from(cid: &Cid) -> Self {
        cid.clone()
    }
}
