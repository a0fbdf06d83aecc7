//! [`CallOptions`]: what a handle's calls do differently. What all calls of a client share belongs to the builder.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::retry::RetryPolicy;

/// What the calls of a handle do differently from the client's defaults.
///
/// ```
/// use std::time::Duration;
/// use stream_users_core::{CallOptions, retry::NoRetry};
///
/// let options = CallOptions::new().timeout(Duration::from_secs(2)).retry(NoRetry::new());
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) retry: Option<Arc<dyn RetryPolicy>>,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Vec<(&'static str, String)>,
}

impl CallOptions {
    /// The client's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends a call after this time, waits and further attempts included.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Ends a single attempt after this time.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// Decides by another policy whether to try again.
    pub fn retry(mut self, policy: impl RetryPolicy) -> Self {
        self.retry = Some(Arc::new(policy));
        self
    }

    /// Adds a header to every request, such as `x-stream-ext`. Those that the client sets itself stand.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Adds a parameter to the query of every request, such as the `connection_id` of a live connection. Those that the
    /// client or the request itself sets stand.
    ///
    /// ```
    /// use stream_users_core::CallOptions;
    ///
    /// let options = CallOptions::new().query("connection_id", "4f3a").query("user_id", "ada");
    /// ```
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("retry", &self.retry)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field(
                "query",
                &self.query.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            )
            .finish()
    }
}
