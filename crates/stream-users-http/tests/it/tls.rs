//! HTTPS with certificates that only the settings make trustworthy.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::*;
use crate::server::answer;

/// An authority made for one test, and what it signs.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        // OpenSSL takes a certificate that shares its issuer's name for a self-signed one.
        params
            .distinguished_name
            .push(DnType::CommonName, "the authority of a test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    fn sign(&self) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    /// What a server with a certificate of this authority needs, which asks for a client certificate of it or for none.
    pub(crate) fn server(&self, asks: bool) -> ServerConfig {
        let (certificate, key) = self.sign();
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = if asks {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            config.with_no_client_auth()
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        config
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }

    /// A server for one connection.
    async fn serve(&self, asks: bool) -> String {
        let config = self.server(asks);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            // Refusing a client is what some tests are about.
            let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else {
                return;
            };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            stream
                .write_all(&answer("200 OK", &[], b"in private"))
                .await
                .unwrap();
            stream.shutdown().await.unwrap();
        });
        format!("https://localhost:{port}/")
    }
}

#[tokio::test]
async fn an_authority_is_trusted_once_it_is_given() {
    let authority = Authority::new();
    let trusting = builder()
        .root_certificates_pem(authority.0.pem())
        .build()
        .unwrap();
    let response = trusting.send(get(authority.serve(false).await)).await.unwrap();
    assert_eq!(response.body(), "in private");

    assert_eq!(
        kind(&transport(), get(authority.serve(false).await)).await,
        TransportErrorKind::Connect
    );
    let other = Authority::new();
    assert_eq!(
        kind(&trusting, get(other.serve(false).await)).await,
        TransportErrorKind::Connect
    );
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let authority = Authority::new();
    let (certificate, key) = authority.sign();
    let trusting = builder().root_certificates_pem(authority.0.pem());
    let known = trusting
        .clone()
        .client_certificate_pem(certificate.pem(), key.serialize_pem())
        .build()
        .unwrap();
    let response = known.send(get(authority.serve(true).await)).await.unwrap();
    assert_eq!(response.body(), "in private");

    let unknown = trusting.build().unwrap();
    assert!(unknown.send(get(authority.serve(true).await)).await.is_err());
}
