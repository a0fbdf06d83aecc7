//! Messages of SQS and SNS.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use proptest::prelude::*;
use serde_json::json;
use stream_users_core::webhook::{SnsMessage, Webhook, WebhookError};

use super::{BODY, gzip};

fn sqs(body: &str) -> Result<Webhook, WebhookError> {
    Webhook::from_sqs(body)
}

fn sns(body: &str) -> Result<SnsMessage, WebhookError> {
    SnsMessage::read(body)
}

#[test]
fn a_message_of_sqs_is_base64_of_json_compressed_or_not() {
    let plain = sqs(&STANDARD.encode(BODY)).unwrap();
    assert_eq!(
        (plain.event.kind(), plain.id.as_ref(), plain.attempt),
        ("user.updated", None, None)
    );
    assert_eq!(sqs(&STANDARD.encode(gzip(BODY.as_bytes(), 9))).unwrap(), plain);
}

#[test]
fn anything_else_is_refused_by_its_name() {
    // Text that makes `+` and `/`, and needs padding.
    let odd = r#"{"type":"x","a":"ÿÿ>>>???~~~~~"}"#;
    assert!(sqs(&STANDARD.encode(odd)).is_ok() && STANDARD.encode(odd) != URL_SAFE.encode(odd));
    assert_ne!(STANDARD.encode(odd), STANDARD_NO_PAD.encode(odd));
    for body in [
        BODY.to_owned(),
        STANDARD_NO_PAD.encode(odd),
        URL_SAFE.encode(odd),
        format!("{}\n", STANDARD.encode(odd)),
        format!("{}=", STANDARD.encode(odd)),
        format!(" {}", STANDARD.encode(odd)),
        STANDARD.encode(odd).replacen('A', "A\r\n", 1) + "\r\n",
        // `{}` with bits set that stand for nothing, and two texts after each other.
        "e31=".to_owned(),
        "e30=e30=".to_owned(),
        "%%%".to_owned(),
        "ä".to_owned(),
    ] {
        assert_eq!(sqs(&body).unwrap_err(), WebhookError::Base64, "{body}");
    }
    for body in ["", "e30=", "bnVsbA==", "/////w=="] {
        assert!(
            matches!(sqs(body).unwrap_err(), WebhookError::Json { .. }),
            "{body}"
        );
    }
    let cut = gzip(BODY.as_bytes(), 6);
    assert!(matches!(
        sqs(&STANDARD.encode(&cut[..cut.len() - 1])),
        Err(WebhookError::Gzip { .. })
    ));
    // As large as may be, and a byte more.
    let largest = vec![b' '; 16 << 20];
    for body in [STANDARD.encode(gzip(&largest, 1)), STANDARD.encode(&largest)] {
        assert!(matches!(sqs(&body), Err(WebhookError::Json { .. })));
    }
    let large = vec![b' '; (16 << 20) + 1];
    for body in [STANDARD.encode(gzip(&large, 1)), STANDARD.encode(&large) + "AAAA"] {
        assert!(matches!(sqs(&body), Err(WebhookError::TooLarge { .. })));
    }
}

#[test]
fn a_notification_of_sns_is_the_message_in_an_envelope_or_raw() {
    let message = STANDARD.encode(gzip(BODY.as_bytes(), 6));
    let envelope = json!({
        "Type": "Notification", "MessageId": "m-1", "TopicArn": "arn:aws:sns:us-east-1:1:topic",
        "Message": message, "Timestamp": "2026-01-02T03:04:05.000Z", "SignatureVersion": "1", "Signature": "x",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/x.pem", "UnsubscribeURL": "https://sns.example/"
    });
    let raw = sqs(&message).unwrap();
    for (body, id) in [
        (envelope.to_string(), Some("m-1")),
        (format!(" {envelope:#}"), Some("m-1")),
        (envelope.to_string().replace("m-1", ""), None),
        (message, None),
    ] {
        let SnsMessage::Notification(webhook) = sns(&body).unwrap() else {
            panic!("{body}")
        };
        assert_eq!((&webhook.event, webhook.id.as_deref()), (&raw.event, id));
    }
}

#[test]
fn what_amazon_itself_says_is_told_apart() {
    let subscription = |kind: &str| {
        json!({"Type": kind, "MessageId": "m", "Token": "t", "TopicArn": "arn:1", "Message": "You have chosen..",
               "SubscribeURL": "https://sns.example/?Token=sesame"})
    };
    let SnsMessage::SubscriptionConfirmation(confirmation) =
        sns(&subscription("SubscriptionConfirmation").to_string()).unwrap()
    else {
        panic!()
    };
    assert_eq!(
        (
            confirmation.topic_arn.as_str(),
            confirmation.subscribe_url.as_str()
        ),
        ("arn:1", "https://sns.example/?Token=sesame")
    );
    assert!(!format!("{confirmation:?}").contains("sesame"));
    let ended = sns(&subscription("UnsubscribeConfirmation").to_string()).unwrap();
    assert!(matches!(ended, SnsMessage::UnsubscribeConfirmation(_)));
    let other = sns(&subscription("News").to_string()).unwrap();
    assert!(matches!(other, SnsMessage::Other { kind, .. } if kind == "News"));
}

#[test]
fn an_envelope_that_is_none_says_what_it_lacks() {
    for (body, word) in [
        (json!({"Type": "Notification"}), "`Message`"),
        (json!({"Type": "Notification", "Message": null}), "`Message`"),
        (
            json!({"Type": "SubscriptionConfirmation", "TopicArn": "a"}),
            "`SubscribeURL`",
        ),
        (
            json!({"Type": "SubscriptionConfirmation", "SubscribeURL": "a"}),
            "`TopicArn`",
        ),
        (json!({"type": "user.banned"}), "`Type`"),
        (json!({"Type": 1}), "string"),
    ] {
        let WebhookError::Json { reason } = sns(&body.to_string()).unwrap_err() else {
            panic!("{body}")
        };
        assert!(reason.contains(word), "{body}: {reason}");
    }
    assert!(matches!(sns("{").unwrap_err(), WebhookError::Json { .. }));
    assert_eq!(
        sns(&json!({"Type": "Notification", "Message": BODY}).to_string()).unwrap_err(),
        WebhookError::Base64
    );
    assert_eq!(sns("[]").unwrap_err(), WebhookError::Base64);
}

proptest! {
    #[test]
    fn no_message_makes_it_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        text in ".{0,60}",
        kind in proptest::sample::select(vec!["Notification", "SubscriptionConfirmation", "x"]),
    ) {
        for body in [STANDARD.encode(&bytes), text.clone()] {
            let one = sqs(&body);
            let envelope = json!({"Type": "Notification", "Message": body}).to_string();
            match (&one, sns(&envelope)) {
                (Ok(one), Ok(SnsMessage::Notification(same))) => prop_assert_eq!(one, &*same),
                (Err(one), Err(same)) => prop_assert_eq!(one, &same),
                (one, two) => prop_assert!(false, "{:?} and {:?}", one, two),
            }
            let _ = (sns(&body), sns(&json!({"Type": kind, "Message": body, "TopicArn": text}).to_string()));
        }
    }
}
