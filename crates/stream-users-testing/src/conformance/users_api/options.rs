//! [`Options`]: what the suite has to know about an implementation. What a rule makes of it belongs to the case.

use std::fmt;
use std::sync::Arc;

use stream_users_core::UsersApi;

/// What [`users_api_conformance!`](crate::users_api_conformance) has to know about an implementation, as its third
/// argument.
///
/// ```
/// use stream_users_testing::conformance::users_api::Options;
///
/// let options = Options::new().without(["create_guest"]).secret("secret-of-the-app");
/// assert!(!format!("{options:?}").contains("secret-of-the-app"));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Options {
    pub(super) without: Vec<&'static str>,
    pub(super) secrets: Vec<String>,
    pub(super) seed: Option<u64>,
    pub(super) writer: Option<Arc<dyn UsersApi>>,
}

impl Options {
    /// Every operation is there, no secret is known, and ids are those of nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names operations that the implementation leaves out on purpose, as `create_guest`. What a rule needs such an
    /// operation for is not looked at: its test passes, and says so on standard error. One that cannot create users needs
    /// [`prepared_by`](Self::prepared_by), or next to nothing is looked at.
    pub fn without(mut self, operations: impl IntoIterator<Item = &'static str>) -> Self {
        self.without.extend(operations);
        self
    }

    /// Creates the users that rules need through `writer`, where the implementation leaves `upsert_users` out: for one that
    /// only reads. Both must be of the same app, and it must be one app for all tests.
    pub fn prepared_by(mut self, writer: impl UsersApi + 'static) -> Self {
        self.writer = Some(Arc::new(writer));
        self
    }

    /// Names a text that no error and no `Debug` may show, such as the API secret that the implementation is made with.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Makes the ids of users the same in every run with this `seed`. By default they are made at random, so that tests
    /// which share an app do not meet, also not those of an earlier run: the id of a deleted user is never free again.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("without", &self.without)
            .field("secrets", &self.secrets.len())
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
