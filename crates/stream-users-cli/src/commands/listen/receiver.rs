//! What is done with a webhook: it is verified, printed once, and answered then.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use serde::Serialize;
use stream_users_core::TokioClock;
use stream_users_core::webhook::{ReplayGuard, Webhook, WebhookVerifier};
use stream_users_model::event::Event;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::output;

/// What is printed of a webhook.
#[derive(Serialize)]
struct Line<'a> {
    attempt: Option<u32>,
    event: &'a Event,
    webhook_id: Option<&'a str>,
}

pub(super) struct Receiver {
    verifier: WebhookVerifier,
    guard: ReplayGuard,
    /// How many events are still to be printed. Lines are printed one after the other.
    left: Mutex<u64>,
    enough: watch::Sender<()>,
}

impl Receiver {
    /// One that prints so many events, and what changes once it has, or nobody reads them any more.
    pub(super) fn new(verifier: WebhookVerifier, events: Option<u64>) -> (Self, watch::Receiver<()>) {
        let (enough, changed) = watch::channel(());
        let receiver = Self {
            verifier,
            // A local Stream may live at any time.
            guard: ReplayGuard::new(TokioClock::new()).any_age(),
            left: Mutex::new(events.unwrap_or(u64::MAX)),
            enough,
        };
        (receiver, changed)
    }

    /// Serves until `closed` has no sender, and then ends what has begun.
    pub(super) async fn serve(self, listener: TcpListener, mut closed: watch::Receiver<()>) {
        // Any path, since somebody may have a proxy before it that adds one.
        let router = Router::new()
            .fallback(any(receive))
            .layer(DefaultBodyLimit::max(WebhookVerifier::DEFAULT_MAX_LEN))
            .with_state(Arc::new(self));
        let closed = async move {
            closed.changed().await.ok();
        };
        let served = axum::serve(listener, router).with_graceful_shutdown(closed).await;
        if let Err(error) = served {
            output::error(&anyhow::Error::from(error).context("the receiver has failed"));
        }
    }

    /// Prints an event, and says what to answer.
    fn print(&self, webhook: &Webhook) -> StatusCode {
        let line = Line {
            attempt: webhook.attempt,
            event: &webhook.event,
            webhook_id: webhook.id.as_deref(),
        };
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if *left == 0 {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        let status = match output::json(&line).context("an event is lost") {
            Ok(true) => {
                *left -= 1;
                StatusCode::OK
            }
            Ok(false) => {
                *left = 0;
                StatusCode::SERVICE_UNAVAILABLE
            }
            Err(error) => {
                output::error(&error);
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        if *left == 0 {
            self.enough.send_replace(());
        }
        status
    }
}

async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let webhook: Webhook = match receiver.verifier.verify(&headers, &body) {
        Ok(webhook) => webhook,
        Err(error) => {
            let status = error.status();
            output::error(&anyhow::Error::from(error).context("a webhook is refused"));
            return status;
        }
    };
    match receiver.guard.begin(&webhook) {
        Ok(delivery) => {
            let status = receiver.print(&webhook);
            if status.is_success() {
                delivery.commit();
            }
            status
        }
        Err(replay) => replay.status(),
    }
}
