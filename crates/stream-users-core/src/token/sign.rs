//! HS256 over a JSON payload, as RFC 7515 has it. No claim has a meaning here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;
use stream_users_model::Token;

use super::TokenError;
use crate::secret::Secret;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// The signed token, `header.payload.signature`, with the secret's own bytes as the key.
pub(super) fn hs256(secret: &Secret, claims: &impl Serialize) -> Result<Token, TokenError> {
    if secret.expose().is_empty() {
        return Err(TokenError::Secret);
    }
    // The claims are ours or already JSON, and HMAC takes a key of any length: neither step can fail.
    let payload = serde_json::to_vec(claims).map_err(|_| TokenError::NotAJwt)?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).map_err(|_| TokenError::Secret)?;
    let mut token = String::with_capacity(96 + payload.len() * 4 / 3);
    URL_SAFE_NO_PAD.encode_string(HEADER, &mut token);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    mac.update(token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(mac.finalize().into_bytes(), &mut token);
    Ok(Token::new(token))
}
