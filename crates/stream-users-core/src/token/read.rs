//! The form of a token: its three parts, and JSON that can be read in one way only. What a claim means does not belong
//! here.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::TokenError;

/// A token taken apart. Nothing in it is to be believed before the signature was checked.
pub(super) struct Parts<'t> {
    pub(super) header: Vec<u8>,
    pub(super) claims: Vec<u8>,
    pub(super) signature: Vec<u8>,
    /// What the signature is over.
    pub(super) signed: &'t str,
}

/// Takes a token apart. There is one way to write each: base64url without padding, and no bit left over.
pub(super) fn parts(token: &str) -> Result<Parts<'_>, TokenError> {
    let malformed = |reason| TokenError::Malformed { reason };
    let three = || malformed("it must be three parts with a dot between them");
    let (signed, signature) = token.rsplit_once('.').ok_or_else(three)?;
    let (header, claims) = signed.split_once('.').ok_or_else(three)?;
    if claims.contains('.') {
        return Err(three());
    }
    if signature == "devtoken" {
        return Err(TokenError::Development);
    }
    let decode = |part: &str| {
        URL_SAFE_NO_PAD
            .decode(part)
            .map_err(|_| malformed("its parts must be base64url without padding"))
    };
    Ok(Parts {
        header: decode(header)?,
        claims: decode(claims)?,
        signature: decode(signature)?,
        signed,
    })
}

/// What a token states, without a look at who has signed it. Padding is passed over, and so is a development token's
/// missing signature.
pub(super) fn stated_claims(token: &str) -> Option<Map<String, Value>> {
    let claims = token.split('.').nth(1)?.trim_end_matches('=');
    object(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

/// A JSON object in which no key is twice, at any depth: readers differ in which of two they take.
///
/// It is read twice, and what is kept is what `serde_json` itself makes of it: with its feature `arbitrary_precision`,
/// which any crate of a program may turn on, numbers come to a visitor in a form that only it knows.
pub(super) fn object(json: &[u8]) -> Result<Map<String, Value>, TokenError> {
    serde_json::from_slice(json)
        .and_then(|Strict| serde_json::from_slice(json))
        .map_err(|_| TokenError::Malformed {
            reason: "its header and its claims must be JSON objects in which no key is twice",
        })
}

/// Any JSON in which no key of an object is twice.
struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StrictVisitor;

        impl<'de> Visitor<'de> for StrictVisitor {
            type Value = Strict;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON in which no key is twice")
            }

            fn visit_unit<E>(self) -> Result<Strict, E> {
                Ok(Strict)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Strict, E> {
                Ok(Strict)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Strict, E> {
                Ok(Strict)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Strict, E> {
                Ok(Strict)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Strict, E> {
                Ok(Strict)
            }

            fn visit_str<E>(self, _: &str) -> Result<Strict, E> {
                Ok(Strict)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Strict, A::Error> {
                while access.next_element::<Strict>()?.is_some() {}
                Ok(Strict)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Strict, A::Error> {
                let mut keys = BTreeSet::new();
                while let Some((key, Strict)) = access.next_entry::<String, _>()? {
                    if !keys.insert(key) {
                        return Err(de::Error::custom("a key is twice"));
                    }
                }
                Ok(Strict)
            }
        }

        deserializer.deserialize_any(StrictVisitor)
    }
}
