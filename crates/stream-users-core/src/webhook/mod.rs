//! What the service tells a backend of its users: a webhook, or a message of a queue. It is independent of any web
//! framework: headers and body go in, a typed [`Event`] comes out.
//!
//! [`WebhookVerifier`] says whether a webhook is the service's own, [`ReplayGuard`] whether it was handled before.
//! [`Webhook::from_sqs`] and [`SnsMessage::read`] read what comes through Amazon's queues, where Amazon says who may
//! write.
//!
//! ```
//! use http::{HeaderMap, StatusCode};
//! use stream_users_core::model::event::Event;
//! use stream_users_core::webhook::{ReplayGuard, Webhook, WebhookVerifier};
//!
//! async fn receive(verifier: &WebhookVerifier, guard: &ReplayGuard, headers: HeaderMap, body: Vec<u8>) -> StatusCode {
//!     let webhook: Webhook = match verifier.verify(&headers, &body) {
//!         Ok(webhook) => webhook,
//!         Err(error) => return error.status(),
//!     };
//!     let delivery = match guard.begin(&webhook) {
//!         Ok(delivery) => delivery,
//!         Err(replay) => return replay.status(),
//!     };
//!     if handle(&webhook.event).await.is_err() {
//!         // The delivery is given up, so that the service's next attempt is handled.
//!         return StatusCode::INTERNAL_SERVER_ERROR;
//!     }
//!     delivery.commit();
//!     StatusCode::OK
//! }
//!
//! async fn handle(event: &Event) -> Result<(), std::io::Error> {
//!     if let Event::UserDeleted(deleted) = event {
//!         println!("{} is gone", deleted.user.id);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! What the service does ([its page](https://getstream.io/video/docs/api/webhooks/overview/)): an attempt may take 6
//! seconds, and all of them 15. It tries three times in all where it is answered 408, 429 or 500 and above or not in
//! time, twice where the network fails, and **once where it is answered any other status**. So answer quickly, and
//! [`WebhookError::status`] for what is refused. Events do not come in order, and may come twice: [`ReplayGuard`].
//!
//! What must not enter: a web framework, a queue's client, anything that sends.

mod error;
mod queue;
mod replay;
mod unpack;
mod verifier;

use http::HeaderMap;
use stream_users_model::event::{Event, RequestInfo};
use stream_users_model::{Custom, CustomData, Str};

pub use self::error::WebhookError;
pub use self::queue::{SnsMessage, SnsSubscription};
pub use self::replay::{Delivery, Replay, ReplayGuard};
pub use self::verifier::WebhookVerifier;

/// What the service has told: an event, and what is known of its delivery.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Webhook<C = Custom> {
    /// What has happened.
    pub event: Event<C>,
    /// The id of the delivery, which is the same in every attempt: `X-Webhook-Id`, or Amazon's `MessageId`. It is **not
    /// signed**: whoever has seen a webhook could send it again with another.
    pub id: Option<Str>,
    /// Which attempt it is, from 1: `X-Webhook-Attempt`. It is not signed either.
    pub attempt: Option<u32>,
    digest: [u8; 16],
}

/// The header with the id of a delivery.
pub const ID_HEADER: &str = "x-webhook-id";
/// The header with the number of an attempt.
pub const ATTEMPT_HEADER: &str = "x-webhook-attempt";
/// The header with the api key of the app that it is about.
pub const API_KEY_HEADER: &str = "x-api-key";
/// The header with the signature of the body.
pub const SIGNATURE_HEADER: &str = "x-signature";

impl<C> Webhook<C> {
    /// The request that caused the event, where the service says so. Users' clients write much of it.
    #[must_use]
    pub fn request_info(&self) -> Option<&RequestInfo> {
        self.event.request_info()
    }

    fn with_headers(mut self, headers: &HeaderMap) -> Self {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        self.id = header(ID_HEADER).filter(|id| !id.is_empty()).map(Str::from);
        self.attempt = header(ATTEMPT_HEADER).and_then(|attempt| attempt.parse().ok());
        self
    }
}

impl<C: CustomData> Webhook<C> {
    /// Reads what is known to be the service's.
    fn read(json: &str) -> Result<Self, WebhookError> {
        let event = Event::from_json(json).map_err(|error| WebhookError::Json {
            reason: error.to_string(),
        })?;
        Ok(Self {
            event,
            id: None,
            attempt: None,
            digest: digest(json.as_bytes()),
        })
    }
}

/// What tells one text from another.
fn digest(text: &[u8]) -> [u8; 16] {
    let whole = hmac_sha256::Hash::hash(text);
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}
