//! `https://`, with a certificate that only the settings make trustworthy.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use stream_users_core::{ErrorKind, TransportErrorKind};
use stream_users_emulator::Emulator;
use stream_users_live::{ConnectError, Connector, LongPolling, WebSocketConnector};
use stream_users_model::Token;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{client, next, quick, soon};

/// An authority made for one test.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "the authority of a test");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// TLS in front of the emulator.
async fn encrypted(authority: &CertifiedIssuer<'static, KeyPair>, emulator: &Emulator) -> String {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let service = emulator.base_url().trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // One that does not trust it goes away.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut service = TcpStream::connect(&service).await.unwrap();
                tokio::spawn(async move { copy_bidirectional(&mut stream, &mut service).await });
            }
        }
    });
    url
}

#[tokio::test]
async fn an_authority_is_trusted_once_it_is_given() {
    let emulator = Emulator::start().await.unwrap();
    let authority = authority();
    let url = encrypted(&authority, &emulator).await;
    let server = client(emulator.base_url(), emulator.api_key())
        .server(emulator.api_secret())
        .build()
        .unwrap();
    let token: Token = server
        .create_token(&stream_users_core::token::UserToken::new("ada"))
        .unwrap();
    let client = client(&url, emulator.api_key())
        .user_token(token)
        .build()
        .unwrap();
    let request = http::Request::get(&url).body(()).unwrap();
    let refused = soon(WebSocketConnector::new().connect(request)).await;
    let Err(ConnectError::Transport(error)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(error.kind(), TransportErrorKind::Connect);
    assert_eq!(error.to_string(), "the TLS connection could not be made");

    let trusting = WebSocketConnector::new().root_certificates_pem(authority.pem());
    // Trusted, and another host's.
    let elsewhere = url.replace("localhost", "127.0.0.1");
    let request = http::Request::get(elsewhere).body(()).unwrap();
    let Err(ConnectError::Transport(error)) = soon(trusting.connect(request)).await else {
        panic!("the host's name is not looked at")
    };
    assert_eq!(error.to_string(), "the TLS connection could not be made");
    let connecting = quick(&client)
        .long_polling(LongPolling::Never)
        .connector(trusting);
    let (live, mut events) = soon(connecting.connect()).await.unwrap();
    next(&mut events).await;
    assert_eq!(live.me().id, "ada");
    soon(live.close()).await;

    let odd = WebSocketConnector::new().root_certificates_pem("no certificate");
    let connecting = quick(&client).long_polling(LongPolling::Never).connector(odd);
    let error = soon(connecting.connect()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}
