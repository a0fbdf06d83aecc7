//! Changes to single fields of a user. Replacing a user belongs to the request.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::PrivacySettings;
use crate::serde_util::or_default;
use crate::{Str, StrMap, Timestamp, UserId, Violations, id};

/// Changes to single fields of one user: fields to set, fields to unset, the rest is left alone.
///
/// Custom data stand at the top level: `set("plan", "pro")` sets `custom.plan`. A dot reaches into nested data:
/// `set("address.city", "London")`. A value replaces what was there, but for privacy settings, which are merged.
///
/// ```
/// use stream_users_model::UserPatch;
///
/// let patch = UserPatch::new("ada").name("Ada").set("address.city", "London").unset("image");
/// assert_eq!(
///     serde_json::to_string(&patch)?,
///     r#"{"id":"ada","set":{"address.city":"London","name":"Ada"},"unset":["image"]}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserPatch {
    /// Whom to change.
    pub id: UserId,
    /// The fields to set. A `null` is sent: it clears `revoke_tokens_issued_before`, and is kept in custom data.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Map::is_empty"
    )]
    pub set: Map<String, Value>,
    /// The fields to unset.
    #[serde(
        default,
        deserialize_with = "or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub unset: Vec<Str>,
    /// What could not be written as JSON when it was set, by field; reported when the request is checked.
    #[serde(skip)]
    unwritable: Vec<(String, String)>,
}

/// The fields of a user that are not custom data, so that custom data must not have these names.
const BUILT_IN: &[&str] = &[
    "avg_response_time",
    "ban_expires",
    "banned",
    "blocked_user_ids",
    "bypass_moderation",
    "created_at",
    "custom",
    "deactivated_at",
    "deleted_at",
    "devices",
    "id",
    "image",
    "invisible",
    "language",
    "last_active",
    "name",
    "online",
    "privacy_settings",
    "push_notifications",
    "revoke_tokens_issued_before",
    "role",
    "shadow_banned",
    "teams",
    "teams_role",
    "updated_at",
];

impl UserPatch {
    /// A patch of a user that changes nothing yet.
    #[must_use]
    pub fn new(id: impl Into<UserId>) -> Self {
        Self {
            id: id.into(),
            set: Map::new(),
            unset: Vec::new(),
            unwritable: Vec::new(),
        }
    }

    /// Sets a field, or a place in custom data, to anything that can be written as JSON.
    ///
    /// A value that cannot (a map whose keys are not strings) is reported when the request is sent.
    #[must_use]
    pub fn set(mut self, field: impl Into<String>, value: impl Serialize) -> Self {
        let field = field.into();
        match serde_json::to_value(value) {
            Ok(value) => {
                self.set.insert(field, value);
            }
            Err(error) => self.unwritable.push((field, error.to_string())),
        }
        self
    }

    /// Sets a field to `null`.
    #[must_use]
    pub fn set_null(self, field: impl Into<String>) -> Self {
        self.set(field, Value::Null)
    }

    /// Sets every field of a struct or map as custom data, and leaves other custom data alone.
    ///
    /// A value that is not written as an object, a key of a built-in field, and a key with a dot are reported when the
    /// request is sent: at the top level, the one would change the built-in field and the other reach into nested data.
    #[must_use]
    pub fn custom(mut self, custom: impl Serialize) -> Self {
        match serde_json::to_value(custom) {
            Ok(Value::Object(map)) => {
                for (key, value) in map {
                    if key.contains('.') {
                        let reason = "has a dot, which would reach into nested data; rename it".to_owned();
                        self.unwritable.push((key, reason));
                    } else if BUILT_IN.contains(&key.as_str()) {
                        let reason = "is a built-in field and cannot be custom data; rename it".to_owned();
                        self.unwritable.push((key, reason));
                    } else {
                        self.set.insert(key, value);
                    }
                }
            }
            Ok(_) => self
                .unwritable
                .push(("custom".to_owned(), "must be written as a JSON object".to_owned())),
            Err(error) => self.unwritable.push(("custom".to_owned(), error.to_string())),
        }
        self
    }

    /// Unsets a field, or a place in custom data.
    #[must_use]
    pub fn unset(mut self, field: impl Into<Str>) -> Self {
        self.unset.push(field.into());
        self
    }

    /// Sets the name.
    #[must_use]
    pub fn name(self, name: impl Into<Str>) -> Self {
        self.set("name", name.into())
    }

    /// Sets the URL of an image.
    #[must_use]
    pub fn image(self, image: impl Into<Str>) -> Self {
        self.set("image", image.into())
    }

    /// Sets the role.
    #[must_use]
    pub fn role(self, role: impl Into<Str>) -> Self {
        self.set("role", role.into())
    }

    /// Sets the preferred language, an ISO 639-1 code.
    #[must_use]
    pub fn language(self, language: impl Into<Str>) -> Self {
        self.set("language", language.into())
    }

    /// Lets the user appear offline to others, or not.
    #[must_use]
    pub fn invisible(self, invisible: bool) -> Self {
        self.set("invisible", invisible)
    }

    /// Sets the teams.
    #[must_use]
    pub fn teams<T: Into<Str>>(self, teams: impl IntoIterator<Item = T>) -> Self {
        self.set("teams", teams.into_iter().map(Into::into).collect::<Vec<Str>>())
    }

    /// Sets the role in single teams, as pairs of team and role.
    #[must_use]
    pub fn teams_role<T: Into<Str>, R: Into<Str>>(self, roles: impl IntoIterator<Item = (T, R)>) -> Self {
        self.set(
            "teams_role",
            roles
                .into_iter()
                .map(|(team, role)| (team, role.into()))
                .collect::<StrMap<Str>>(),
        )
    }

    /// Sets what the user lets others see; parts that are not set stay as they are.
    #[must_use]
    pub fn privacy_settings(self, settings: PrivacySettings) -> Self {
        self.set("privacy_settings", settings)
    }

    /// Has the service refuse the user's tokens that were issued before `time`; `None` takes that back.
    #[must_use]
    pub fn revoke_tokens_issued_before(self, time: Option<Timestamp>) -> Self {
        self.set("revoke_tokens_issued_before", time)
    }

    pub(crate) fn check(&self, violations: &mut Violations, path: fmt::Arguments<'_>) {
        id::check(violations, format_args!("{path}.id"), self.id.as_str());
        for (field, reason) in &self.unwritable {
            violations.add(format_args!("{path}.set.{field}"), reason.as_str());
        }
        for (list, keys) in [
            (
                "set",
                &mut self.set.keys().map(String::as_str) as &mut dyn Iterator<Item = &str>,
            ),
            ("unset", &mut self.unset.iter().map(Str::as_str)),
        ] {
            for key in keys {
                if key.split('.').any(str::is_empty) || key.contains(' ') {
                    violations.add(
                        format_args!("{path}.{list}"),
                        format!("must not have the key {key:?}: no empty part around a dot, and no space"),
                    );
                }
            }
        }
    }
}
