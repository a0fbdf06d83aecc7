//! Tokens with which a user's devices talk to Stream.
//!
//! `UsersApi` is about users and makes no tokens: that takes the API secret, which the client holds. A trait of one method
//! keeps the client out of the rest of the application, and lets a test do without a secret.

use std::fmt::Debug;
use std::time::Duration;

use stream_users::token::UserToken;
use stream_users::{Client, Token};

/// How long a token is valid. A device asks for the next before it ends.
pub const TOKEN_LIFETIME: Duration = Duration::from_hours(1);

/// What makes the tokens of users.
pub trait IssueTokens: Debug + Send + Sync {
    /// Signs a token.
    ///
    /// # Errors
    /// Where it cannot be made: there is no secret, or its user's id breaks rules.
    fn issue(&self, token: &UserToken) -> stream_users::Result<Token>;
}

impl IssueTokens for Client {
    fn issue(&self, token: &UserToken) -> stream_users::Result<Token> {
        self.create_token(token)
    }
}
