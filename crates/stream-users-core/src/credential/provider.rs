//! [`TokenProvider`]: where a user's next token comes from. When one is asked for is the client's matter.

use std::error::Error;

use async_trait::async_trait;
use stream_users_model::Token;

/// Why a provider has no token. Its text is shown to whoever made the call, so it must hold no secret.
pub type ProviderError = Box<dyn Error + Send + Sync>;

/// Fetches a user's token, mostly from the application's own backend.
///
/// It is asked before the first call, and again when the service says that the token has expired (code 40). However
/// many calls wait for it, it is asked once; where the call that asks is dropped or runs out of time, the next one asks
/// anew, so that calls need more time than a provider takes. It is not asked at a guess: a token that looks expired by this machine's
/// clock may not be so by the service's.
///
/// A closure that returns a future is one:
///
/// ```
/// use stream_users_core::credential::Credential;
/// use stream_users_core::model::Token;
///
/// async fn ask_my_backend() -> Result<String, std::io::Error> {
///     Ok("header.payload.signature".to_owned())
/// }
///
/// let credential = Credential::provider(|| async { Ok(Token::new(ask_my_backend().await?)) });
/// ```
#[async_trait]
pub trait TokenProvider: Send + Sync + 'static {
    /// A new token. The future may be dropped at any time: the call that waits may be, or may run out of time.
    ///
    /// # Errors
    /// Whatever keeps a token from being had: the calls that wait for it fail with
    /// [`ErrorKind::Auth`](crate::ErrorKind::Auth), and each has it as its source.
    async fn token(&self) -> Result<Token, ProviderError>;
}

#[async_trait]
impl<F, T> TokenProvider for F
where
    F: Fn() -> T + Send + Sync + 'static,
    T: Future<Output = Result<Token, ProviderError>> + Send,
{
    async fn token(&self) -> Result<Token, ProviderError> {
        self().await
    }
}
