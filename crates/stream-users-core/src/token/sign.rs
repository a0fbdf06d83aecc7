//! HS256 over bytes, as RFC 7515 has it: signing a JSON payload, and checking a signature. No claim has a meaning here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac_sha256::HMAC;
use serde::Serialize;
use stream_users_model::Token;

use super::TokenError;
use crate::secret::Secret;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// The signed token, `header.payload.signature`, with the secret's own bytes as the key.
pub(super) fn hs256(secret: &Secret, claims: &impl Serialize) -> Result<Token, TokenError> {
    let mut mac = mac(secret)?;
    // The claims are ours or already JSON: this cannot fail.
    let payload = serde_json::to_vec(claims).map_err(|_| TokenError::NotAJwt)?;
    let mut token = String::with_capacity(96 + payload.len() * 4 / 3);
    URL_SAFE_NO_PAD.encode_string(HEADER, &mut token);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    mac.update(token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(mac.finalize(), &mut token);
    Ok(Token::new(token))
}

/// Whether the secret has signed the text. How long it takes says nothing of where a signature differs.
pub(super) fn is_signed_by(secret: &Secret, signed: &str, signature: &[u8]) -> Result<bool, TokenError> {
    let mut mac = mac(secret)?;
    mac.update(signed.as_bytes());
    Ok(signature
        .try_into()
        .is_ok_and(|signature| mac.finalize_verify(signature)))
}

/// With an empty key anybody could sign. HMAC itself takes a key of any length.
fn mac(secret: &Secret) -> Result<HMAC, TokenError> {
    if secret.expose().is_empty() {
        return Err(TokenError::Secret);
    }
    Ok(HMAC::new(secret.expose()))
}
