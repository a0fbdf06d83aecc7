//! `update_live_location`: move or end a live location. The answer is a `LiveLocation`.

use serde::{Deserialize, Serialize};

use crate::{MessageId, Timestamp, UserId, Validate, Violations, id};

/// Moves or ends a live location. A server says whose, with `user_id`; a client moves its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateLiveLocation {
    /// The message that shares it.
    pub message_id: MessageId,
    /// Degrees north, -90 to 90.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east, -180 to 180.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// When it ends; a time that has passed ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Timestamp>,
    /// Whose. It is part of the query: written by serde, the request is its body alone.
    #[serde(skip)]
    pub user_id: Option<UserId>,
}

impl UpdateLiveLocation {
    /// Changes the location that a message shares.
    #[must_use]
    pub fn new(message_id: impl Into<MessageId>) -> Self {
        Self {
            message_id: message_id.into(),
            latitude: None,
            longitude: None,
            end_at: None,
            user_id: None,
        }
    }

    /// Moves it, in degrees north and degrees east.
    #[must_use]
    pub fn position(mut self, latitude: f64, longitude: f64) -> Self {
        self.latitude = Some(latitude);
        self.longitude = Some(longitude);
        self
    }

    /// Sets when it ends.
    #[must_use]
    pub fn end_at(mut self, time: Timestamp) -> Self {
        self.end_at = Some(time);
        self
    }

    /// Sets whose it is.
    #[must_use]
    pub fn user_id(mut self, id: impl Into<UserId>) -> Self {
        self.user_id = Some(id.into());
        self
    }
}

impl Validate for UpdateLiveLocation {
    fn validate(&self, violations: &mut Violations) {
        id::check(violations, "message_id", self.message_id.as_str());
        for (field, degrees, max) in [
            ("latitude", self.latitude, 90.0),
            ("longitude", self.longitude, 180.0),
        ] {
            if let Some(degrees) = degrees.filter(|degrees| !(-max..=max).contains(degrees)) {
                violations.add(
                    field,
                    format!("must be between -{max} and {max} degrees; it is {degrees}"),
                );
            }
        }
        id::check_optional(violations, "user_id", self.user_id.as_ref());
    }
}
