//! Sends tokens: none is taken without the signature of the secret, and each that is right is.
//!
//! An input is three lines: the header's JSON, the claims' JSON, and what becomes of the signature. Any other input is
//! the whole value of the header `Authorization`.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use stream_users_emulator::Emulator;

use crate::answer::Answer;
use crate::client::{self, Client, Sender};

/// An emulator with a user of each state. What is sent to it changes nothing.
static USERS: LazyLock<Client> = LazyLock::new(|| {
    let client = Client::new(Emulator::builder());
    let users = json!({
        "users": [
            { "id": "ada" },
            { "id": "bob", "revoke_tokens_issued_before": "2026-01-02T03:04:05Z" },
            { "id": "cyd", "deactivated_at": "2025-01-01T00:00:00Z" },
        ],
    });
    client.service.seed(&users).expect("the seed is one");
    client
});

/// Sends a token and holds the answers against what the token is.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let token = token(text);
    let signed = signed(&token);
    for target in [
        "/api/v2/rate_limits",
        "/api/v2/users/block?user_id=ada",
        "/api/v2/users?payload={}",
    ] {
        let sender = Sender::Token(&token);
        let Some(answer) = USERS.send(&sender, "GET", target, b"") else {
            return;
        };
        answer.check();
        hold(&answer, signed.as_ref());
    }
}

/// Holds one answer against its token, which is none where the signature is not right.
fn hold(answer: &Answer, token: Option<&Token>) {
    // Whoever is let in may still be refused, but not with these.
    let is_refused = answer.status == 401;
    let Some(Token { claims, is_plain }) = token else {
        if !is_refused {
            answer.fail("a token without a right signature is taken");
        }
        return;
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is later than 1970")
        .as_secs_f64();
    let time = |name: &str| claims.get(name).map(Value::as_f64);
    let is_old = time("exp").is_some_and(|time| time.is_none_or(|time| time <= now - 1.0));
    let is_early = ["nbf", "iat"]
        .into_iter()
        .any(|name| time(name).is_some_and(|time| time.is_none_or(|time| time > now + 60.0)));
    if (is_old || is_early) && !is_refused {
        answer.fail("a token out of its time is taken");
    }
    let user = claims.get("user_id");
    // Claims that mean something to everybody, and which may be of a type that they must not have.
    let is_plain = *is_plain
        && ["exp", "nbf", "iat", "iss", "sub", "aud", "jti"]
            .iter()
            .all(|name| !claims.contains_key(*name));
    let is_known = user.is_none() || user == Some(&json!("ada"));
    if is_plain && is_known && is_refused {
        answer.fail("a right token is refused");
    }
    if user.is_some() && answer.path.starts_with("/api/v2/rate_limits") && answer.status == 200 {
        answer.fail("a user may do what only a server may");
    }
}

/// The token that an input describes.
fn token(text: &str) -> String {
    let [header, claims, signature] = text.trim_end().split('\n').collect::<Vec<_>>()[..] else {
        return text.to_owned();
    };
    let right = USERS.sign(header.as_bytes(), claims.as_bytes());
    let unsigned = right.rsplit_once('.').map_or("", |(unsigned, _)| unsigned);
    match signature {
        "right" => right,
        "none" => format!("{unsigned}."),
        "cut" => right[..right.len() - 1].to_owned(),
        "longer" => format!("{right}A"),
        "wrong" => client::sign(
            "another secret of 32 characters.",
            header.as_bytes(),
            claims.as_bytes(),
        ),
        "empty-secret" => client::sign("", header.as_bytes(), claims.as_bytes()),
        other => format!("{unsigned}.{other}"),
    }
}

/// What a token with a right signature says.
struct Token {
    claims: Map<String, Value>,
    /// Whether its header says nothing but what it has to.
    is_plain: bool,
}

fn signed(token: &str) -> Option<Token> {
    let (unsigned, signature) = token.rsplit_once('.')?;
    let (header, claims) = unsigned.split_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    if signature != client::signature(USERS.service.api_secret(), unsigned) {
        return None;
    }
    let header: Map<String, Value> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.get("alg") != Some(&json!("HS256")) {
        return None;
    }
    Some(Token {
        claims: serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?,
        is_plain: header.len() == 1,
    })
}
