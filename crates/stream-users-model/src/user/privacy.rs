//! What a user lets others see. Whether others are told does not belong here: that is the service's work.

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;

/// What a user lets others see. A part that is not set is left as the app has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PrivacySettings {
    /// Whether others see that the user is typing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typing_indicators: Option<Setting>,
    /// Whether others see what the user has read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_receipts: Option<Setting>,
    /// Whether others see what has reached the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_receipts: Option<Setting>,
}

/// A setting that is on or off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Setting {
    /// Whether it is on.
    #[serde(default, deserialize_with = "or_default")]
    pub enabled: bool,
}

impl Setting {
    /// A setting that is on or off.
    #[must_use]
    pub const fn new(enabled: bool) -> Self {
        Self { enabled }
    }
}

impl PrivacySettings {
    /// Settings of which none is set.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            typing_indicators: None,
            read_receipts: None,
            delivery_receipts: None,
        }
    }

    /// Shows or hides that the user is typing.
    #[must_use]
    pub const fn typing_indicators(mut self, enabled: bool) -> Self {
        self.typing_indicators = Some(Setting::new(enabled));
        self
    }

    /// Shows or hides what the user has read.
    #[must_use]
    pub const fn read_receipts(mut self, enabled: bool) -> Self {
        self.read_receipts = Some(Setting::new(enabled));
        self
    }

    /// Shows or hides what has reached the user.
    #[must_use]
    pub const fn delivery_receipts(mut self, enabled: bool) -> Self {
        self.delivery_receipts = Some(Setting::new(enabled));
        self
    }
}
