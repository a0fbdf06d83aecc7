//! The least HTTP that asks an emulator: one connection that is kept, no runtime.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use stream_users_emulator::{DEFAULT_API_KEY, DEFAULT_API_SECRET};

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            token: token()?,
        })
    }

    /// Sends one request; the path ends in `?` or in parameters. The status and the body of the answer.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: &str) -> anyhow::Result<(u16, Vec<u8>)> {
        let request = format!(
            "{method} {path}&api_key={DEFAULT_API_KEY} HTTP/1.1\r\nhost: emulator\r\nauthorization: {}\r\n\
             stream-auth-type: jwt\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).context("no answer")?.parse()?;
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((status, body))
    }
}

/// A token of a server.
fn token() -> anyhow::Result<String> {
    let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let text = format!("{}.{}", part(r#"{"alg":"HS256"}"#), part("{}"));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(DEFAULT_API_SECRET.as_bytes())?;
    mac.update(text.as_bytes());
    Ok(format!(
        "{text}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    ))
}
