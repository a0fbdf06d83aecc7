//! [`ConnectUser`]: whom a connection is for. How it is written on the wire belongs to the protocols.

use stream_users_model::{Custom, PrivacySettings, Str, UserId, UserRequest};

/// The user whom a connection is for, and what is to be set of them with it.
///
/// Connecting creates a user who does not exist, with the role `user`, and merges into one who does: what is not set here
/// stays as it is, other keys of the custom data too. Role and teams cannot be set by connecting.
///
/// ```
/// use stream_users_live::ConnectUser;
/// use stream_users_model::Custom;
///
/// let ada = ConnectUser::new("ada").name("Ada").custom(Custom::from_iter([("seat", "4F")]));
/// assert_eq!(ada.id, "ada");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ConnectUser {
    /// The id.
    pub id: UserId,
    /// The name.
    pub name: Option<Str>,
    /// The URL of an image.
    pub image: Option<Str>,
    /// The preferred language as an ISO 639-1 code.
    pub language: Option<Str>,
    /// Whether the user appears offline to others.
    pub invisible: Option<bool>,
    /// What the user lets others see.
    pub privacy_settings: Option<PrivacySettings>,
    /// Custom data, merged into those that are there. On the older protocol they are sent beside the other fields.
    pub custom: Option<Custom>,
}

impl ConnectUser {
    /// The user `id`, of whom nothing is changed.
    #[must_use]
    pub fn new(id: impl Into<UserId>) -> Self {
        Self {
            id: id.into(),
            name: None,
            image: None,
            language: None,
            invisible: None,
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

    /// Sets the preferred language.
    #[must_use]
    pub fn language(mut self, language: impl Into<Str>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Sets whether the user appears offline to others. It stays set when the connection has ended.
    #[must_use]
    pub fn invisible(mut self, invisible: bool) -> Self {
        self.invisible = Some(invisible);
        self
    }

    /// Sets what the user lets others see.
    #[must_use]
    pub fn privacy_settings(mut self, settings: PrivacySettings) -> Self {
        self.privacy_settings = Some(settings);
        self
    }

    /// Sets custom data: [`Custom::from_iter`] makes them of pairs, [`Custom::from_serialize`] of a struct.
    #[must_use]
    pub fn custom(mut self, custom: Custom) -> Self {
        self.custom = Some(custom);
        self
    }
}

impl From<UserId> for ConnectUser {
    fn from(id: UserId) -> Self {
        Self::new(id)
    }
}

impl From<&str> for ConnectUser {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for ConnectUser {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

/// Without the role and the teams, which cannot be set by connecting.
impl From<UserRequest> for ConnectUser {
    fn from(user: UserRequest) -> Self {
        Self {
            id: user.id,
            name: user.name,
            image: user.image,
            language: user.language,
            invisible: user.invisible,
            privacy_settings: user.privacy_settings,
            custom: user.custom,
        }
    }
}
