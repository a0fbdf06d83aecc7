//! Settings of a transport and the client that is made of them.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::transport::{MAX_RESPONSE_BYTES, ReqwestTransport};

const USER_AGENT: &str = concat!("stream-users-http/", env!("CARGO_PKG_VERSION"));

// An idle connection whose other end has gone without a word is found out after half a minute. What was sent and is not
// acknowledged is given up after the read timeout, on the systems that can do so.
const TCP_KEEP_ALIVE: Duration = Duration::from_secs(15);
const TCP_KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(5);
const TCP_KEEP_ALIVE_RETRIES: u32 = 3;

/// The settings could not be made into a transport.
///
/// The text says which setting it is; the cause, where there is one, is the source. Neither shows a proxy's
/// password or a private key.
#[derive(Debug, thiserror::Error)]
#[error("the transport cannot be built: {setting}")]
pub struct BuildError {
    setting: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl BuildError {
    pub(crate) fn new(setting: &'static str, source: reqwest::Error) -> Self {
        Self {
            setting,
            source: Some(source.without_url().into()),
        }
    }

    #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
    pub(crate) const fn without_source(setting: &'static str) -> Self {
        Self {
            setting,
            source: None,
        }
    }
}

/// Where requests go first.
#[derive(Clone)]
enum Proxy {
    System,
    None,
    Url(String),
}

/// Settings for a [`ReqwestTransport`], made by [`ReqwestTransport::builder`].
#[derive(Clone)]
#[must_use = "the settings do nothing until `build` is called"]
pub struct ReqwestTransportBuilder {
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
    timeout: Option<Duration>,
    max_response_bytes: usize,
    proxy: Proxy,
    user_agent: String,
    pool_idle_timeout: Option<Duration>,
    pool_max_idle_per_host: Option<usize>,
    http1_only: bool,
    #[cfg(feature = "gzip")]
    gzip: bool,
    #[cfg(feature = "http2")]
    http2_prior_knowledge: bool,
    #[cfg(feature = "http2")]
    http2_keep_alive_interval: Option<Duration>,
    #[cfg(feature = "http2")]
    http2_keep_alive_timeout: Duration,
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
    tls: crate::tls::Tls,
}

impl ReqwestTransportBuilder {
    pub(crate) fn new() -> Self {
        Self {
            connect_timeout: Some(Duration::from_secs(10)),
            read_timeout: Some(Duration::from_secs(30)),
            timeout: None,
            max_response_bytes: MAX_RESPONSE_BYTES,
            proxy: Proxy::System,
            user_agent: USER_AGENT.to_owned(),
            pool_idle_timeout: Some(Duration::from_secs(55)),
            pool_max_idle_per_host: None,
            http1_only: false,
            #[cfg(feature = "gzip")]
            gzip: true,
            #[cfg(feature = "http2")]
            http2_prior_knowledge: false,
            #[cfg(feature = "http2")]
            http2_keep_alive_interval: Some(Duration::from_secs(10)),
            #[cfg(feature = "http2")]
            http2_keep_alive_timeout: Duration::from_secs(5),
            #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
            tls: crate::tls::Tls::default(),
        }
    }

    /// How long making a connection may take, from looking the host's name up to the end of TLS; 10 seconds by
    /// default, `None` for no limit.
    ///
    /// It is longer than a connection ever takes, and short enough that a call finds time for another attempt: a
    /// request that was not sent is safe to send again.
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.connect_timeout = timeout.into();
        self
    }

    /// How long the server may send nothing: until its answer begins, and then from one piece of it to the next; 30
    /// seconds by default, `None` for no limit.
    ///
    /// On Linux, a connection whose other end takes nothing that was sent for so long is given up as well.
    ///
    /// What comes before the answer, such as `100 Continue`, is not its beginning. An answer that never ends is bounded
    /// by [`timeout`](Self::timeout) and by the client's own limit for an attempt, and an answer that is large by
    /// [`max_response_bytes`](Self::max_response_bytes).
    pub fn read_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.read_timeout = timeout.into();
        self
    }

    /// How long one request may take until its answer's last byte; by default there is no limit here, since the client
    /// ends every attempt that takes too long.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
        self
    }

    /// The largest answer that is taken, in bytes after decompression; 32 MiB by default.
    ///
    /// A larger one is given up as soon as it is seen to be larger, and is
    /// [`TooLarge`](stream_users_core::TransportErrorKind::TooLarge). Of headers there may be 100, of about 400 KB, over
    /// HTTP/1.1, where more are `TooLarge` as well, and of 16 KiB over HTTP/2, where more are
    /// [`Interrupted`](stream_users_core::TransportErrorKind::Interrupted).
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Sends every request through the proxy at `url`, and reads no proxy settings of the environment.
    ///
    /// The URL may hold a user and a password: `http://user:password@proxy.example:3128`.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Proxy::Url(url.into());
        self
    }

    /// Uses no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Proxy::None;
        self
    }

    /// The `user-agent` header of requests that have none; this crate's name and version by default.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// How long an idle connection is kept; 55 seconds by default, `None` for no limit.
    ///
    /// It should be less than what the server, or a balancer before it, keeps: else a request may be sent on a
    /// connection that is just being closed.
    pub fn pool_idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.pool_idle_timeout = timeout.into();
        self
    }

    /// How many idle connections are kept for each host; no limit by default.
    pub fn pool_max_idle_per_host(mut self, connections: usize) -> Self {
        self.pool_max_idle_per_host = Some(connections);
        self
    }

    /// Whether answers are asked for in gzip, and unpacked; they are by default (feature `gzip`).
    ///
    /// 100 users, of 100 kB, are a seventh of that in gzip, and unpacking them costs as much time as a line of ten gigabits in a
    /// second needs for what is spared. Turn it off where the server is next door and its CPU, or the client's, is short.
    ///
    /// A request that has an `accept-encoding` of its own, or asks for a `range`, gets its answer as it comes.
    #[cfg(feature = "gzip")]
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.gzip = gzip;
        self
    }

    /// Uses HTTP/1.1 even where the server offers HTTP/2.
    pub fn http1_only(mut self) -> Self {
        self.http1_only = true;
        #[cfg(feature = "http2")]
        {
            self.http2_prior_knowledge = false;
        }
        self
    }

    /// Uses HTTP/2 without asking, even without TLS (feature `http2`).
    #[cfg(feature = "http2")]
    pub fn http2_prior_knowledge(mut self) -> Self {
        self.http2_prior_knowledge = true;
        self.http1_only = false;
        self
    }

    /// How long a connection over HTTP/2 may be silent before a request on it asks whether it is still there; 10 seconds by
    /// default, `None` for never (feature `http2`).
    ///
    /// Such a connection carries all requests, and a balancer may have forgotten it without a word. Then not only the next
    /// request would wait for its timeout but every one until then, since all go the same way. So a ping goes out with the
    /// first request after such a silence, and in the midst of an answer that is long in coming. A connection on which nobody
    /// waits for anything is left in peace: services take pings without requests for an attack.
    #[cfg(feature = "http2")]
    pub fn http2_keep_alive_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.http2_keep_alive_interval = interval.into();
        self
    }

    /// How long the answer to a ping of [`http2_keep_alive_interval`](Self::http2_keep_alive_interval) may take; 5 seconds
    /// by default (feature `http2`).
    ///
    /// After that the connection is given up, and so are all requests on it, as
    /// [`Timeout`](stream_users_core::TransportErrorKind::Timeout); the next request makes a new one.
    #[cfg(feature = "http2")]
    pub fn http2_keep_alive_timeout(mut self, timeout: Duration) -> Self {
        self.http2_keep_alive_timeout = timeout;
        self
    }

    /// Trusts the certificates in `pem` besides those that the platform trusts (features `rustls`,
    /// `rustls-no-provider`, `native-tls`). May be called more than once.
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.roots.push(pem.into());
        self
    }

    /// Proves itself to the server with a client certificate (features `rustls`, `rustls-no-provider`,
    /// `native-tls`).
    ///
    /// `certificates` holds the certificate, followed by those that it was signed with; `key` holds its
    /// private key in PKCS#8. Both are PEM.
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
    pub fn client_certificate_pem(
        mut self,
        certificates: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Self {
        self.tls.identity = Some((certificates.into(), key.into()));
        self
    }

    /// Makes the transport. Nothing is connected yet.
    ///
    /// With the feature `rustls-no-provider`, and neither `rustls` nor `native-tls`, the application must have
    /// installed rustls's default crypto provider before: reqwest panics where there is none.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] where the proxy's URL, the user agent or a certificate cannot be read, or the TLS
    /// library cannot be set up.
    pub fn build(self) -> Result<ReqwestTransport, BuildError> {
        let transport = ReqwestTransport::from_own_client(self.client()?, self.read_timeout);
        #[cfg(feature = "gzip")]
        let transport = transport.with_gzip(self.gzip);
        Ok(transport.with_max_response_bytes(self.max_response_bytes))
    }

    fn client(&self) -> Result<reqwest::Client, BuildError> {
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            // Another crate of the program may turn them on. Gzip is undone in `gzip`, and the others nobody has asked for.
            .no_brotli()
            .no_deflate()
            .no_gzip()
            .no_zstd()
            .pool_idle_timeout(self.pool_idle_timeout)
            .tcp_nodelay(true)
            .tcp_keepalive(TCP_KEEP_ALIVE)
            .tcp_keepalive_interval(TCP_KEEP_ALIVE_INTERVAL)
            .tcp_keepalive_retries(TCP_KEEP_ALIVE_RETRIES);
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        {
            client = client.tcp_user_timeout(self.read_timeout);
        }
        if let Some(timeout) = self.connect_timeout {
            client = client.connect_timeout(timeout);
        }
        if let Some(timeout) = self.timeout {
            client = client.timeout(timeout);
        }
        if let Some(connections) = self.pool_max_idle_per_host {
            client = client.pool_max_idle_per_host(connections);
        }
        client = match &self.proxy {
            Proxy::System => client,
            Proxy::None => client.no_proxy(),
            Proxy::Url(url) => client.proxy(
                reqwest::Proxy::all(url)
                    .map_err(|error| BuildError::new("the proxy's URL is not one", error))?,
            ),
        };
        let user_agent = http::HeaderValue::try_from(&self.user_agent).map_err(|error| BuildError {
            setting: "the user agent cannot stand in a header",
            source: Some(error.into()),
        })?;
        client = client.user_agent(user_agent);
        if self.http1_only {
            client = client.http1_only();
        }
        #[cfg(feature = "http2")]
        {
            // Windows are left as they are: hyper's, 2 MB for an answer and 5 MB for a connection, take what answers there are
            // without a word from this side, and what adapts them pings with every answer.
            client = client
                .http2_keep_alive_interval(self.http2_keep_alive_interval)
                .http2_keep_alive_timeout(self.http2_keep_alive_timeout);
            if self.http2_prior_knowledge {
                client = client.http2_prior_knowledge();
            }
        }
        #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
        {
            client = self.tls.apply(client)?;
        }
        client
            .build()
            .map_err(|error| BuildError::new("the HTTP client refuses the settings", error))
    }
}

impl fmt::Debug for ReqwestTransportBuilder {
    /// Without certificates, keys and the proxy's URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransportBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("timeout", &self.timeout)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}
