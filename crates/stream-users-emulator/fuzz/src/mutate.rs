//! Makes a new input from an old one, in the form that its target reads. The fuzzer's own changes of bytes are kept:
//! every target takes turns between them and these.

use fastrand::Rng;
use serde_json::Value;

use crate::vocabulary::{IDS, pick};
use crate::{generate, json};

/// Makes a script a little different. Nothing where the fuzzer's own changes are to be tried.
#[must_use]
pub fn script(input: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut rng = Rng::with_seed(seed.into());
    if rng.u8(..5) == 0 {
        return None;
    }
    let text = String::from_utf8_lossy(input);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..=lines.len());
        match rng.u8(..10) {
            0 | 1 => lines.insert(at, generate::line(&mut rng)),
            2 if at < lines.len() => {
                lines.remove(at);
            }
            3 if at < lines.len() => {
                let to = rng.usize(..lines.len());
                lines.swap(at, to);
            }
            4 if at < lines.len() => lines.insert(at, lines[at].clone()),
            5 => {
                let words = [
                    "strict",
                    "merging",
                    "forgetful",
                    "lax-hard",
                    "keep-memberships",
                    "documented-limits",
                    "plain-guests",
                    "refuse-repeated",
                    "slow-tasks",
                    "quick-tasks",
                ];
                lines.insert(0, format!("with {}", pick(&mut rng, &words)));
            }
            _ => {
                if let Some(line) = lines.get_mut(at) {
                    *line = changed(&mut rng, line);
                }
            }
        }
    }
    Some(lines.join("\n").into_bytes())
}

/// Changes one part of a request.
fn changed(rng: &mut Rng, line: &str) -> String {
    let mut words: Vec<String> = line.splitn(4, ' ').map(str::to_owned).collect();
    match (rng.u8(..8), &mut words[..]) {
        (0, [sender, ..]) => *sender = generate::sender(rng),
        (1, [_, method, ..]) => {
            pick(rng, &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]).clone_into(method);
        }
        (2, [_, _, target, ..]) => {
            let old = pick(rng, &["ada", "bob", "cyd"]);
            *target = target.replacen(old, &generate::encoded(pick(rng, IDS)), 1);
        }
        (3, [_, _, target, ..]) => {
            *target = match target.strip_prefix("/api/v2") {
                Some(rest) => rest.to_owned(),
                None => format!("/api/v2{target}"),
            };
        }
        (_, [_, _, _, body]) => *body = document(rng, body).unwrap_or_else(|| body.clone()),
        (_, [_, _, target]) => {
            if let Some((path, payload)) = target.split_once("payload=")
                && let Some(payload) = document(rng, &decoded(payload))
            {
                *target = format!("{path}payload={}", generate::encoded(&payload));
            }
        }
        _ => {}
    }
    words.join(" ")
}

fn document(rng: &mut Rng, text: &str) -> Option<String> {
    let mut document: Value = serde_json::from_str(text).ok()?;
    json::mutate(rng, &mut document);
    Some(document.to_string())
}

/// Undoes what [`generate::encoded`] does.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = (*first == b'%')
            .then(|| std::str::from_utf8(after.get(..2)?).ok())
            .flatten()
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Makes the payload of a query a little different. Nothing where the fuzzer's own changes are to be tried.
#[must_use]
pub fn payload(input: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut rng = Rng::with_seed(seed.into());
    if rng.u8(..4) == 0 {
        return None;
    }
    let mut document: Value = serde_json::from_slice(input).ok()?;
    for _ in 0..rng.usize(1..4) {
        match document.get_mut("filter_conditions") {
            Some(conditions) if rng.u8(..8) == 0 => *conditions = generate::filter(&mut rng, 3),
            Some(conditions) if rng.u8(..3) > 0 => json::mutate(&mut rng, conditions),
            _ => json::mutate(&mut rng, &mut document),
        }
    }
    Some(document.to_string().into_bytes())
}

/// Makes a token a little different. Nothing where the fuzzer's own changes are to be tried.
#[must_use]
pub fn token(input: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut rng = Rng::with_seed(seed.into());
    if rng.u8(..3) == 0 {
        return None;
    }
    let text = String::from_utf8_lossy(input);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let [header, claims, signature] = &mut lines[..] else {
        return None;
    };
    match rng.u8(..8) {
        0 => {
            let algorithms = ["none", "HS256", "HS384", "HS512", "RS256", "EdDSA", "hs256", ""];
            *header = format!(r#"{{"alg":"{}"}}"#, pick(&mut rng, &algorithms));
        }
        1 => *header = document(&mut rng, header)?,
        2 => {
            let kinds = [
                "right",
                "wrong",
                "none",
                "cut",
                "longer",
                "empty-secret",
                "devtoken",
            ];
            pick(&mut rng, &kinds).clone_into(signature);
        }
        3 => {
            let mut map: Value = serde_json::from_str(claims).ok()?;
            let name = pick(
                &mut rng,
                &[
                    "exp", "nbf", "iat", "user_id", "server", "aud", "iss", "sub", "role",
                ],
            );
            map.as_object_mut()?
                .insert(name.to_owned(), crate::vocabulary::value(&mut rng));
            *claims = map.to_string();
        }
        _ => *claims = document(&mut rng, claims)?,
    }
    Some(lines.join("\n").into_bytes())
}
