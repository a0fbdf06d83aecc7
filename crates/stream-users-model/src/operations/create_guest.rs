//! `create_guest`: a guest user, and the token to act as it.

use serde::{Deserialize, Serialize};

use crate::serde_util::or_default;
use crate::{Custom, CustomData, Str, Token, User, UserRequest, Validate, Violations};

/// Creates a guest. The service may put a prefix before the id that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct CreateGuest<C = Custom> {
    /// The guest; role and teams cannot be chosen.
    pub user: UserRequest<C>,
}

impl<C> CreateGuest<C> {
    /// Creates a guest.
    #[must_use]
    pub fn new(user: UserRequest<C>) -> Self {
        Self { user }
    }
}

impl<C: Serialize> Validate for CreateGuest<C> {
    fn validate(&self, violations: &mut Violations) {
        self.user.check(violations, format_args!("user."));
    }
}

/// A guest, and the token to act as it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct CreatedGuest<C = Custom> {
    /// The guest, under the id that the service gave it.
    pub user: User<C>,
    /// The token to act as the guest.
    pub access_token: Token,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl<C> CreatedGuest<C> {
    /// An answer with this guest and token; for mocks.
    #[must_use]
    pub fn new(user: User<C>, access_token: impl Into<Token>) -> Self {
        Self {
            user,
            access_token: access_token.into(),
            duration: Str::default(),
        }
    }
}
