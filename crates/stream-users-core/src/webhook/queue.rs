//! What comes through Amazon's queues: SQS, and SNS with its envelope. Talking to Amazon does not belong here.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use stream_users_model::{Custom, CustomData, Str};

use super::unpack::{text, unpack};
use super::{Webhook, WebhookError};

/// The most that is read of a message, in bytes, decompressed. Amazon takes at most 1 MiB.
const MAX_LEN: usize = 16 << 20;

impl<C: CustomData> Webhook<C> {
    /// Reads the body of a message from SQS: base64 of JSON, or of gzip of JSON where the app compresses.
    ///
    /// **It is not signed.** That it is the service's is said by the queue's policy, which must let nobody else write to
    /// it. The base64 is that with `+`, `/` and padding, without white space. A message may come more than once, and
    /// after days: let a [`ReplayGuard`](super::ReplayGuard) take [any age](super::ReplayGuard::any_age).
    ///
    /// Where SNS writes to the queue, and does not deliver raw, use [`SnsMessage::read`].
    ///
    /// ```
    /// use stream_users_core::webhook::Webhook;
    ///
    /// let webhook: Webhook = Webhook::from_sqs("eyJ0eXBlIjoidXNlci5iYW5uZWQifQ==")?;
    /// assert_eq!(webhook.event.kind(), "user.banned");
    /// # Ok::<(), stream_users_core::webhook::WebhookError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `Base64`, `Gzip` or `Json` for what is not such a message, and `TooLarge` beyond 16 MiB.
    pub fn from_sqs(body: &str) -> Result<Self, WebhookError> {
        if body.len() > MAX_LEN.div_ceil(3) * 4 {
            return Err(WebhookError::TooLarge { max: MAX_LEN });
        }
        let packed = STANDARD.decode(body).map_err(|_| WebhookError::Base64)?;
        Self::read(&text(unpack(&packed, MAX_LEN)?)?)
    }
}

/// A message of SNS: what the service tells, or what Amazon itself says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SnsMessage<C = Custom> {
    /// What the service tells. Its id is Amazon's.
    Notification(Box<Webhook<C>>),
    /// Somebody, hopefully you, has subscribed this endpoint to a topic, which has to be confirmed.
    SubscriptionConfirmation(SnsSubscription),
    /// The subscription of this endpoint has ended; its address brings it back.
    UnsubscribeConfirmation(SnsSubscription),
    /// A message of a type that this version does not know.
    #[non_exhaustive]
    Other {
        /// Its type.
        kind: Str,
    },
}

/// A subscription that waits to be confirmed.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnsSubscription {
    /// The topic, as Amazon names it.
    pub topic_arn: Str,
    /// Whoever visits this address confirms it, so that it is not in `Debug` output. Do so only where the topic is yours
    /// and the address is Amazon's: anybody can write this to an endpoint that is open to the internet.
    pub subscribe_url: String,
}

impl fmt::Debug for SnsSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnsSubscription")
            .field("topic_arn", &self.topic_arn)
            .finish_non_exhaustive()
    }
}

/// What SNS writes around a message.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    #[serde(rename = "Type")]
    kind: Str,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    message_id: Option<Str>,
    #[serde(default)]
    topic_arn: Option<Str>,
    #[serde(default, rename = "SubscribeURL")]
    subscribe_url: Option<String>,
}

impl<C: CustomData> SnsMessage<C> {
    /// Reads a message of SNS, in its envelope or delivered raw, from a queue or from a request.
    ///
    /// **It is not signed by the service.** That it is the service's is said by the topic's policy, and by whoever
    /// brings it: read it from an SQS queue that only the topic may write to. Where SNS calls an endpoint on the
    /// internet, check Amazon's own signature of the envelope first; it is not looked at here.
    ///
    /// # Errors
    ///
    /// As [`Webhook::from_sqs`]; `Json` for an envelope that lacks what its type needs.
    pub fn read(body: &str) -> Result<Self, WebhookError> {
        // No base64 begins so.
        if !body.trim_start().starts_with('{') {
            return Webhook::from_sqs(body).map(Box::new).map(Self::Notification);
        }
        if body.len() > 2 * MAX_LEN {
            return Err(WebhookError::TooLarge { max: MAX_LEN });
        }
        let envelope: Envelope = serde_json::from_str(body).map_err(|error| json(error.to_string()))?;
        match envelope.kind.as_str() {
            "Notification" => {
                let mut webhook = Webhook::from_sqs(&needed("Message", envelope.message)?)?;
                webhook.id = envelope.message_id.filter(|id| !id.is_empty());
                Ok(Self::Notification(Box::new(webhook)))
            }
            "SubscriptionConfirmation" => envelope.subscription().map(Self::SubscriptionConfirmation),
            "UnsubscribeConfirmation" => envelope.subscription().map(Self::UnsubscribeConfirmation),
            _ => Ok(Self::Other { kind: envelope.kind }),
        }
    }
}

impl Envelope {
    fn subscription(self) -> Result<SnsSubscription, WebhookError> {
        Ok(SnsSubscription {
            topic_arn: needed("TopicArn", self.topic_arn)?,
            subscribe_url: needed("SubscribeURL", self.subscribe_url)?,
        })
    }
}

fn needed<T>(name: &str, value: Option<T>) -> Result<T, WebhookError> {
    value.ok_or_else(|| json(format!("the envelope has no `{name}`")))
}

fn json(reason: String) -> WebhookError {
    WebhookError::Json { reason }
}
