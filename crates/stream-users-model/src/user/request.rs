//! A user as it is created or replaced. Changing single fields belongs to the patch.

use std::{fmt, io};

use serde::{Deserialize, Serialize};

use super::{PrivacySettings, User};
use crate::{Custom, CustomData, Str, StrMap, UserId, Validate, Violations, id};

/// A user to create or to replace, with custom data of type `C`.
///
/// A field that is not set is not sent; on a user that exists, the service then drops it (`name`, `image`, custom data)
/// or keeps it (`role`, `teams`). What the service reserves (`created_at`, `online`, `banned`, ...) has no field here.
/// A user may be about 5 kB as JSON ([documentation](https://getstream.io/chat/docs/node/init_and_users/)).
///
/// ```
/// use stream_users_model::{Custom, PrivacySettings, UserRequest};
///
/// let ada = UserRequest::new("ada")
///     .name("Ada Lovelace")
///     .role("admin")
///     .teams(["red"])
///     .privacy_settings(PrivacySettings::new().read_receipts(false))
///     .custom(Custom::from_iter([("plan", "pro")]));
/// assert_eq!(ada.name.as_deref(), Some("Ada Lovelace"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct UserRequest<C = Custom> {
    /// The id.
    pub id: UserId,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Str>,
    /// The URL of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Str>,
    /// The role; a new user has `user` where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Str>,
    /// The preferred language as an ISO 639-1 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Str>,
    /// Whether the user appears offline to others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invisible: Option<bool>,
    /// The teams that the user belongs to: at most 250, each of at most 100 bytes
    /// ([documentation](https://getstream.io/chat/docs/node/multi_tenant_chat/)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teams: Option<Vec<Str>>,
    /// The role in single teams, by team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teams_role: Option<StrMap<Str>>,
    /// What the user lets others see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_settings: Option<PrivacySettings>,
    /// Custom data; must be written as a JSON object.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub custom: Option<C>,
}

impl<C> UserRequest<C> {
    /// A user of which only the id is set.
    #[must_use]
    pub fn new(id: impl Into<UserId>) -> Self {
        Self {
            id: id.into(),
            name: None,
            image: None,
            role: None,
            language: None,
            invisible: None,
            teams: None,
            teams_role: None,
            privacy_settings: None,
            custom: None,
        }
    }

    /// Sets the name.
    #[must_use]
    pub fn name(mut self, name: impl Into<Str>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the URL of an image.
    #[must_use]
    pub fn image(mut self, image: impl Into<Str>) -> Self {
        self.image = Some(image.into());
        self
    }

    /// Sets the role.
    #[must_use]
    pub fn role(mut self, role: impl Into<Str>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// Sets the preferred language, an ISO 639-1 code.
    #[must_use]
    pub fn language(mut self, language: impl Into<Str>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Lets the user appear offline to others, or not.
    #[must_use]
    pub fn invisible(mut self, invisible: bool) -> Self {
        self.invisible = Some(invisible);
        self
    }

    /// Sets the teams.
    #[must_use]
    pub fn teams<T: Into<Str>>(mut self, teams: impl IntoIterator<Item = T>) -> Self {
        self.teams = Some(teams.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the role in single teams, as pairs of team and role.
    #[must_use]
    pub fn teams_role<T: Into<Str>, R: Into<Str>>(mut self, roles: impl IntoIterator<Item = (T, R)>) -> Self {
        self.teams_role = Some(
            roles
                .into_iter()
                .map(|(team, role)| (team, role.into()))
                .collect(),
        );
        self
    }

    /// Sets what the user lets others see.
    #[must_use]
    pub fn privacy_settings(mut self, settings: PrivacySettings) -> Self {
        self.privacy_settings = Some(settings);
        self
    }

    /// Sets the custom data.
    #[must_use]
    pub fn custom(mut self, custom: C) -> Self {
        self.custom = Some(custom);
        self
    }
}

impl<C: Serialize> UserRequest<C> {
    /// Adds the rules that the user breaks; `prefix` goes before the names of its fields, as `users[3].` does.
    pub(crate) fn check(&self, violations: &mut Violations, prefix: fmt::Arguments<'_>) {
        id::check(violations, format_args!("{prefix}id"), self.id.as_str());
        if let Some(custom) = &self.custom {
            check_is_object(violations, prefix, custom);
        }
    }
}

/// The rules for one user by itself; how many go into a call is a rule of the request.
impl<C: Serialize> Validate for UserRequest<C> {
    fn validate(&self, violations: &mut Violations) {
        self.check(violations, format_args!(""));
    }
}

/// Custom data must be an object on the wire: a violation where `custom` is written as something else.
fn check_is_object<C: Serialize>(violations: &mut Violations, prefix: fmt::Arguments<'_>, custom: &C) {
    /// Takes the first byte and refuses the rest, so that no more than that is written.
    struct FirstByte(Option<u8>);

    impl io::Write for FirstByte {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.or(bytes.first().copied());
            Err(io::ErrorKind::WriteZero.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut first = FirstByte(None);
    let error = serde_json::to_writer(&mut first, custom).err();
    match (first.0, error) {
        (Some(b'{'), _) => {}
        (None, Some(error)) => violations.add(
            format_args!("{prefix}custom"),
            format!("cannot be written: {error}"),
        ),
        _ => violations.add(
            format_args!("{prefix}custom"),
            "must be written as a JSON object; use a struct or a map",
        ),
    }
}

/// The request that leaves a fetched user as it is: change what should change and send it. What the service reserves is
/// dropped; every field that can be sent is set, since replacing drops those that are not.
impl<C> From<User<C>> for UserRequest<C> {
    fn from(user: User<C>) -> Self {
        Self {
            id: user.id,
            name: user.name,
            image: user.image,
            role: Some(user.role).filter(|role| !role.is_empty()),
            language: Some(user.language).filter(|language| !language.is_empty()),
            invisible: Some(user.invisible),
            teams: Some(user.teams),
            teams_role: Some(user.teams_role).filter(|roles| !roles.is_empty()),
            privacy_settings: user.privacy_settings,
            custom: Some(user.custom),
        }
    }
}

impl<C: Clone> From<&User<C>> for UserRequest<C> {
    fn from(user: &User<C>) -> Self {
        user.clone().into()
    }
}
