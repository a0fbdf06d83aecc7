//! `get_rate_limits`: the quota of each operation on each platform.

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;
use crate::{Str, StrMap, Timestamp, Validate, Violations};

/// Reads quotas: of every platform where none is named, of every operation where none is named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "the service has a flag a platform")]
pub struct GetRateLimits {
    /// Servers.
    #[serde(default)]
    pub server_side: bool,
    /// Android.
    #[serde(default)]
    pub android: bool,
    /// iOS.
    #[serde(default)]
    pub ios: bool,
    /// Browsers.
    #[serde(default)]
    pub web: bool,
    /// Unity.
    #[serde(default)]
    pub unity: bool,
    /// The operations, by the service's names: `UpdateUsers`.
    #[serde(default)]
    pub endpoints: Vec<Str>,
}

impl GetRateLimits {
    /// Reads the quota of every operation on every platform.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the quota of servers.
    #[must_use]
    pub fn server_side(mut self) -> Self {
        self.server_side = true;
        self
    }

    /// Reads the quota of Android clients.
    #[must_use]
    pub fn android(mut self) -> Self {
        self.android = true;
        self
    }

    /// Reads the quota of iOS clients.
    #[must_use]
    pub fn ios(mut self) -> Self {
        self.ios = true;
        self
    }

    /// Reads the quota of browsers.
    #[must_use]
    pub fn web(mut self) -> Self {
        self.web = true;
        self
    }

    /// Reads the quota of Unity clients.
    #[must_use]
    pub fn unity(mut self) -> Self {
        self.unity = true;
        self
    }

    /// Reads the quota of these operations only, by the service's names.
    #[must_use]
    pub fn endpoints(mut self, endpoints: impl IntoIterator<Item = impl Into<Str>>) -> Self {
        self.endpoints = endpoints.into_iter().map(Into::into).collect();
        self
    }
}

impl Validate for GetRateLimits {
    fn validate(&self, violations: &mut Violations) {
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            if endpoint.is_empty() || endpoint.contains(',') {
                violations.add(
                    format_args!("endpoints[{index}]"),
                    "must be one operation's name, such as UpdateUsers",
                );
            }
        }
    }
}

/// The quota of each operation, by the service's name for it, on each platform that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateLimits {
    /// Servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_side: Option<StrMap<EndpointLimit>>,
    /// Android.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android: Option<StrMap<EndpointLimit>>,
    /// iOS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ios: Option<StrMap<EndpointLimit>>,
    /// Browsers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web: Option<StrMap<EndpointLimit>>,
    /// Unity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unity: Option<StrMap<EndpointLimit>>,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl RateLimits {
    /// An answer without a platform; for mocks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// The quota of one operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EndpointLimit {
    /// How many calls a minute.
    pub limit: i64,
    /// How many are left.
    pub remaining: i64,
    /// When the quota is full again, in seconds since 1970.
    pub reset: i64,
}

impl EndpointLimit {
    /// When the quota is full again; `None` where the service's number is no time.
    #[must_use]
    pub fn reset_at(&self) -> Option<Timestamp> {
        Timestamp::from_unix_seconds(self.reset)
    }
}
