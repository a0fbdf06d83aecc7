//! A transport that answers at once, out of memory.

use std::fmt::{self, Debug};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use stream_users::{Transport, TransportError};

use crate::canned;
use crate::people::FULL;

/// Finds the answer to a request.
type Answers = dyn Fn(&Request<Bytes>) -> Bytes + Send + Sync;

/// Chooses an answer. Cloning one is cheap, and clones are one.
#[derive(Clone)]
pub struct Instant(Arc<Answers>);

impl Instant {
    /// The same answer every time.
    #[must_use]
    pub fn always(answer: impl Into<Bytes>) -> Self {
        let answer = answer.into();
        Self(Arc::new(move |_| answer.clone()))
    }

    /// So many full pages of a query and an empty one, over and over.
    #[must_use]
    pub fn pages(pages: usize) -> Self {
        let mut answers: Vec<Bytes> = (0..pages)
            .map(|page| canned::queried_page(page * FULL, FULL).into())
            .collect();
        answers.push(canned::queried(0).into());
        let asked = AtomicUsize::new(0);
        Self(Arc::new(move |_| {
            answers[asked.fetch_add(1, Ordering::Relaxed) % answers.len()].clone()
        }))
    }

    /// The answers to upserts of `users` users in batches that begin with a multiple of 100.
    #[must_use]
    pub fn batches(users: usize) -> Self {
        let answers: Vec<Bytes> = (0..users.div_ceil(FULL))
            .map(|batch| canned::upserted_page(batch * FULL, FULL).into())
            .collect();
        Self(Arc::new(move |request| {
            let batch = first_number(request.body()) / FULL;
            answers.get(batch).cloned().unwrap_or_default()
        }))
    }
}

impl Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Instant")
    }
}

#[async_trait]
impl Transport for Instant {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut answer = Response::new((self.0)(&request));
        canned::head(answer.headers_mut());
        Ok(answer)
    }
}

/// The number in the first id of a body.
fn first_number(body: &[u8]) -> usize {
    const BEFORE: &[u8] = b"\"user-";
    let at = body.windows(BEFORE.len()).position(|window| window == BEFORE);
    let digits = body[at.map_or(body.len(), |at| at + BEFORE.len())..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::first_number;

    #[test]
    fn a_batch_is_known_by_its_first_user() {
        assert_eq!(
            first_number(br#"{"users":{"user-000300":{"id":"user-000301"}}}"#),
            300
        );
        assert_eq!(first_number(b"{}"), 0);
    }
}
