//! TLS below a WebSocket, by whichever library was turned on. `native-tls` is only there where someone asked for it, so
//! it is chosen where both are.

use stream_users_core::{TransportError, TransportErrorKind};

#[cfg(feature = "native-tls")]
pub(crate) use self::native::Tls;
#[cfg(all(feature = "rustls-no-provider", not(feature = "native-tls")))]
pub(crate) use self::rustls::Tls;

/// No TLS at all.
#[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
#[derive(Clone, Copy, Default)]
pub(crate) struct Tls {}

#[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
impl Tls {
    #[allow(clippy::unused_async, clippy::unused_self, reason = "as with TLS")]
    pub(crate) async fn connect(
        &self,
        _host: &str,
        _stream: tokio::net::TcpStream,
    ) -> Result<Box<dyn super::Io>, TransportError> {
        Err(unusable(
            "https:// needs TLS: turn on the feature `rustls`, `rustls-no-provider` or `native-tls`",
        ))
    }
}

/// The settings cannot be used, whatever the host.
fn unusable(message: &'static str) -> TransportError {
    TransportError::new(TransportErrorKind::Request).with_message(message)
}

#[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
fn refused(error: std::io::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Connect)
        .with_message("the TLS connection could not be made")
        .with_source(error)
}

#[cfg(all(feature = "rustls-no-provider", not(feature = "native-tls")))]
mod rustls {
    use std::sync::{Arc, OnceLock};

    use rustls_platform_verifier::Verifier;
    use stream_users_core::TransportError;
    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::ClientConfig;
    use tokio_rustls::rustls::crypto::CryptoProvider;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};

    use super::{refused, unusable};
    use crate::websocket::Io;

    type Shared = Arc<OnceLock<Arc<ClientConfig>>>;

    /// Which certificates are trusted, and what was made of them: once for all connections of a connector, and for all
    /// connectors that trust the platform's alone.
    #[derive(Clone)]
    pub(crate) struct Tls {
        roots: Vec<Vec<u8>>,
        config: Shared,
    }

    impl Default for Tls {
        fn default() -> Self {
            static PLATFORM: OnceLock<Shared> = OnceLock::new();
            Self {
                roots: Vec::new(),
                config: Arc::clone(PLATFORM.get_or_init(Arc::default)),
            }
        }
    }

    impl Tls {
        pub(crate) fn trust(&mut self, pem: Vec<u8>) {
            self.roots.push(pem);
            self.config = Arc::default();
        }

        pub(crate) async fn connect(
            &self,
            host: &str,
            stream: TcpStream,
        ) -> Result<Box<dyn Io>, TransportError> {
            let name = ServerName::try_from(host.to_owned())
                .map_err(|_| unusable("the host's name cannot stand in a certificate"))?;
            let config = if let Some(config) = self.config.get() {
                Arc::clone(config)
            } else {
                let made = Arc::new(self.make()?);
                Arc::clone(self.config.get_or_init(|| made))
            };
            let stream = TlsConnector::from(config).connect(name, stream).await;
            Ok(Box::new(stream.map_err(refused)?))
        }

        fn make(&self) -> Result<ClientConfig, TransportError> {
            let mut roots = Vec::new();
            for pem in &self.roots {
                let before = roots.len();
                for certificate in CertificateDer::pem_slice_iter(pem) {
                    roots.push(certificate.map_err(|_| unusable("a root certificate is not PEM"))?);
                }
                if roots.len() == before {
                    return Err(unusable("there is no certificate in a root certificate's PEM"));
                }
            }
            let provider = provider()?;
            let verifier = if roots.is_empty() {
                Verifier::new(Arc::clone(&provider))
            } else {
                Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
            };
            let verifier = verifier.map_err(|error| {
                unusable("the platform's certificate verifier cannot be set up").with_source(error)
            })?;
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| unusable("the TLS library cannot be set up").with_source(error))?;
            Ok(config
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth())
        }
    }

    /// The one that the application has installed, or the library's own where that is built in.
    #[cfg_attr(
        feature = "rustls",
        allow(clippy::unnecessary_wraps, reason = "without the feature there may be none")
    )]
    fn provider() -> Result<Arc<CryptoProvider>, TransportError> {
        if let Some(provider) = CryptoProvider::get_default() {
            return Ok(Arc::clone(provider));
        }
        #[cfg(feature = "rustls")]
        return Ok(Arc::new(
            tokio_rustls::rustls::crypto::aws_lc_rs::default_provider(),
        ));
        #[cfg(not(feature = "rustls"))]
        Err(unusable(
            "rustls has no crypto provider: install one, or turn on the feature `rustls`",
        ))
    }
}

#[cfg(feature = "native-tls")]
mod native {
    use std::sync::{Arc, OnceLock};

    use stream_users_core::TransportError;
    use tokio::net::TcpStream;
    use tokio_native_tls::TlsConnector;

    use super::{refused, unusable};
    use crate::websocket::Io;

    /// Which certificates are trusted, and what was made of them, once for all connections of a connector.
    #[derive(Clone, Default)]
    pub(crate) struct Tls {
        roots: Vec<Vec<u8>>,
        connector: Arc<OnceLock<TlsConnector>>,
    }

    impl Tls {
        pub(crate) fn trust(&mut self, pem: Vec<u8>) {
            self.roots.push(pem);
            self.connector = Arc::default();
        }

        pub(crate) async fn connect(
            &self,
            host: &str,
            stream: TcpStream,
        ) -> Result<Box<dyn Io>, TransportError> {
            let connector = if let Some(connector) = self.connector.get() {
                connector.clone()
            } else {
                let made = self.make()?;
                self.connector.get_or_init(|| made).clone()
            };
            let stream = connector.connect(host, stream).await;
            Ok(Box::new(
                stream.map_err(|error| refused(std::io::Error::other(error)))?,
            ))
        }

        fn make(&self) -> Result<TlsConnector, TransportError> {
            let mut builder = native_tls::TlsConnector::builder();
            for pem in &self.roots {
                let certificate = native_tls::Certificate::from_pem(pem)
                    .map_err(|error| unusable("a root certificate is not PEM").with_source(error))?;
                builder.add_root_certificate(certificate);
            }
            let connector = builder
                .build()
                .map_err(|error| unusable("the TLS library cannot be set up").with_source(error))?;
            Ok(connector.into())
        }
    }
}
