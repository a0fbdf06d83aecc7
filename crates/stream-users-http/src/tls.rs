//! Certificates, and which TLS library uses them.
//!
//! `native-tls` is only there where someone asked for it, so it is chosen where both are built in. The choice is
//! stated to reqwest: another crate of the program may turn on other features of it.

use reqwest::{Certificate, ClientBuilder, Identity};

use crate::builder::BuildError;

/// The certificates that the application gave, as PEM.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl Tls {
    pub(crate) fn apply(&self, mut client: ClientBuilder) -> Result<ClientBuilder, BuildError> {
        #[cfg(feature = "native-tls")]
        {
            client = client.tls_backend_native();
        }
        #[cfg(not(feature = "native-tls"))]
        {
            client = client.tls_backend_rustls();
        }
        for pem in &self.roots {
            let bundle = Certificate::from_pem_bundle(pem)
                .map_err(|error| BuildError::new("a root certificate is not PEM", error))?;
            if bundle.is_empty() {
                return Err(BuildError::without_source(
                    "there is no certificate in a root certificate's PEM",
                ));
            }
            client = client.tls_certs_merge(bundle);
        }
        if let Some((certificates, key)) = &self.identity {
            let identity = identity(certificates, key).map_err(|_| {
                BuildError::without_source("the client certificate or its key cannot be read")
            })?;
            client = client.identity(identity);
        }
        Ok(client)
    }
}

#[cfg(feature = "native-tls")]
fn identity(certificates: &[u8], key: &[u8]) -> reqwest::Result<Identity> {
    Identity::from_pkcs8_pem(certificates, key)
}

#[cfg(not(feature = "native-tls"))]
fn identity(certificates: &[u8], key: &[u8]) -> reqwest::Result<Identity> {
    Identity::from_pem(&[certificates, b"\n", key].concat())
}
