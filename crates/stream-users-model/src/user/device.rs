//! A user's device. Registering devices does not belong here.

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;
use crate::{Str, Timestamp, UserId};

/// A device that gets push notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Device {
    /// The token that the push provider knows the device by.
    pub id: Str,
    /// The provider: `firebase`, `apn`, `huawei`, `xiaomi`.
    #[serde(default, deserialize_with = "or_default")]
    pub push_provider: Str,
    /// The name of the provider's configuration, where the app has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push_provider_name: Option<Str>,
    /// Whose device it is.
    #[serde(default, deserialize_with = "or_default")]
    pub user_id: UserId,
    /// When it was added.
    pub created_at: Timestamp,
    /// Whether the service has stopped sending to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// Why the service has stopped sending to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<Str>,
    /// An id of the hardware that outlives the push token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware_id: Option<Str>,
    /// Whether it takes voice-over-IP pushes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voip: Option<bool>,
}

impl Device {
    /// A device of a user; for mocks.
    #[must_use]
    pub fn new(
        id: impl Into<Str>,
        push_provider: impl Into<Str>,
        user_id: impl Into<UserId>,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            push_provider: push_provider.into(),
            push_provider_name: None,
            user_id: user_id.into(),
            created_at,
            disabled: None,
            disabled_reason: None,
            hardware_id: None,
            voip: None,
        }
    }
}
