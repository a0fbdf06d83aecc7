//! Changes to single fields of a user. Replacing a user belongs to the request.
//!
//! Building a patch stands here, its rules in `check`, finding the least one in `between`, and comparing JSON in
//! `json`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::PrivacySettings;
use crate::serde_util::or_default;
use crate::{Str, StrMap, Timestamp, UserId};

mod between;
mod check;
mod json;

/// Changes to single fields of one user: fields to set, fields to unset, the rest is left alone.
///
/// Custom data stand at the top level: `set("plan", "pro")` sets `custom.plan`. A dot reaches into nested data:
/// `set("address.city", "London")` leaves the rest of the address as it is, and makes the objects on the way that are
/// missing. A value replaces what was there, but for privacy settings, which are merged.
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
///
/// # Null and unset
/// [`set_null`](Self::set_null) keeps the key in custom data, with the value `null`; [`unset`](Self::unset) takes it
/// away. A typed struct writes `None` as `null`, unless the field has
/// `#[serde(skip_serializing_if = "Option::is_none")]`; then it writes nothing.
///
/// # The least patch
/// [`between`](Self::between) two users, [`towards`](Self::towards) a request, or [between custom
/// data](Self::custom_between): whoever has changed a copy need not say what has changed.
///
/// # Rules
/// Reported when the patch is sent, all of them: fields that the service sets itself; a key that the service refuses; a
/// key that is set and unset; a key together with one inside it; what cannot be written as JSON.
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
    /// What could not be put into the patch, by place; reported when the request is checked.
    #[serde(skip)]
    problems: Vec<(String, String)>,
}

impl UserPatch {
    /// A patch of a user that changes nothing yet.
    #[must_use]
    pub fn new(id: impl Into<UserId>) -> Self {
        Self {
            id: id.into(),
            set: Map::new(),
            unset: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Whether nothing would change. A patch with something to report is not empty: what could not be put into it must
    /// not get lost where empty patches are not sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unset.is_empty() && self.problems.is_empty()
    }

    /// Sets a field, or a place in custom data, to anything that can be written as JSON.
    ///
    /// A value that cannot (a map whose keys are not strings) is reported when the request is sent. JSON has no `NaN` and
    /// no infinity: serde writes both as `null`, and that is set.
    #[must_use]
    pub fn set(mut self, field: impl Into<String>, value: impl Serialize) -> Self {
        let field = field.into();
        match serde_json::to_value(value) {
            Ok(value) => {
                self.set.insert(field, value);
            }
            Err(error) => self.problem(format!("set.{field}"), error.to_string()),
        }
        self
    }

    /// Sets a field to `null`: the key stays in custom data. [`unset`](Self::unset) takes it away.
    #[must_use]
    pub fn set_null(self, field: impl Into<String>) -> Self {
        self.set(field, Value::Null)
    }

    /// Sets every field of a struct or map as custom data, and leaves other custom data alone.
    ///
    /// Fields that are written as `null` are set to it. A value that is not written as an object, a key of a built-in
    /// field, and a key with a dot are reported when the request is sent: at the top level, the one would change the
    /// built-in field and the other reach into nested data.
    #[must_use]
    pub fn custom(mut self, custom: impl Serialize) -> Self {
        match json::object(&custom) {
            Ok(map) => {
                for (key, value) in map {
                    match check::wrong_with_custom_key(&key) {
                        Some(reason) => self.problem(format!("set.{key}"), reason),
                        None => {
                            self.set.insert(key, value);
                        }
                    }
                }
            }
            Err(reason) => self.problem("set.custom", reason),
        }
        self
    }

    /// Unsets a field, or a place in custom data. What is not there need not be unset, and does no harm.
    ///
    /// The objects around a place stay, also where they are empty then: `unset("address.city")` may leave `{}`.
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

    /// Takes the name away.
    #[must_use]
    pub fn unset_name(self) -> Self {
        self.unset("name")
    }

    /// Sets the URL of an image.
    #[must_use]
    pub fn image(self, image: impl Into<Str>) -> Self {
        self.set("image", image.into())
    }

    /// Takes the image away.
    #[must_use]
    pub fn unset_image(self) -> Self {
        self.unset("image")
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

    /// Takes the language away.
    #[must_use]
    pub fn unset_language(self) -> Self {
        self.unset("language")
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

    /// Takes the user out of all teams.
    #[must_use]
    pub fn unset_teams(self) -> Self {
        self.unset("teams")
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

    /// Takes the roles in single teams away.
    #[must_use]
    pub fn unset_teams_role(self) -> Self {
        self.unset("teams_role")
    }

    /// Sets what the user lets others see; parts that are not set stay as they are.
    #[must_use]
    pub fn privacy_settings(self, settings: PrivacySettings) -> Self {
        self.set("privacy_settings", settings)
    }

    /// Takes all privacy settings away, so that those of the app count.
    #[must_use]
    pub fn unset_privacy_settings(self) -> Self {
        self.unset("privacy_settings")
    }

    /// Has the service refuse the user's tokens that were issued before `time`; `None` takes that back.
    #[must_use]
    pub fn revoke_tokens_issued_before(self, time: Option<Timestamp>) -> Self {
        self.set("revoke_tokens_issued_before", time)
    }

    /// Notes what could not be put into the patch, to be reported when the request is checked.
    fn problem(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.problems.push((place.into(), reason.into()));
    }
}
