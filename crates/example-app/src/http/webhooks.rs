//! What Stream tells us. Who it is from is checked before anything else; what is done with it belongs to `hearing`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use stream_users::webhook::{ReplayGuard, Webhook, WebhookVerifier};

use crate::hearing::Hear;
use crate::users::Profile;

/// Stream waits 6 seconds for an answer, and then tells us again.
const PATIENCE: Duration = Duration::from_secs(5);

/// What it takes to be told by Stream.
#[derive(Debug)]
pub struct Webhooks {
    verifier: WebhookVerifier,
    guard: ReplayGuard,
    hear: Arc<dyn Hear>,
}

impl Webhooks {
    /// Tells `hear` what is signed as `verifier` has it and not known to `guard`.
    #[must_use]
    pub fn new(verifier: WebhookVerifier, guard: ReplayGuard, hear: Arc<dyn Hear>) -> Self {
        Self {
            verifier,
            guard,
            hear,
        }
    }
}

/// Answers 200 once what is told was heard, and not before.
///
/// The body is taken as bytes: written again, it would have another signature. Where the caller hangs up, or we take too
/// long, `delivery` is dropped without a word, so that the next attempt is new.
pub(super) async fn receive(
    State(webhooks): State<Arc<Webhooks>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let webhook: Webhook<Profile> = match webhooks.verifier.verify(&headers, &body) {
        Ok(webhook) => webhook,
        Err(error) => {
            tracing::warn!(%error, "a webhook is refused");
            return error.status();
        }
    };
    let delivery = match webhooks.guard.begin(&webhook) {
        Ok(delivery) => delivery,
        Err(replay) => {
            tracing::info!(id = webhook.id.as_deref(), %replay, "a webhook is not heard");
            return replay.status();
        }
    };
    match tokio::time::timeout(PATIENCE, webhooks.hear.hear(&webhook.event)).await {
        Ok(Ok(())) => {
            delivery.commit();
            StatusCode::OK
        }
        Ok(Err(error)) => {
            tracing::error!(id = webhook.id.as_deref(), kind = webhook.event.kind(), %error, "a webhook failed");
            StatusCode::INTERNAL_SERVER_ERROR
        }
        Err(_) => {
            tracing::error!(
                id = webhook.id.as_deref(),
                kind = webhook.event.kind(),
                "a webhook took too long"
            );
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
