//! No secret in what is shown to people.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use stream_users_core::TransportError;

use crate::conformance::transport::reply::{Ending, Point, Reply};
use crate::conformance::transport::stage::{Settings, Stage, request, send};
use crate::conformance::{Broken, Outcome};

/// What must not be shown, and what it is.
const SECRETS: [(&str, &str); 4] = [
    ("k3y-of-the-app", "the api key, which stands in the URL's query"),
    ("t0ken-of-a-user", "the token, which stands in a header"),
    ("ada-in-the-path", "the URL's path"),
    ("n4me-in-the-body", "the request's body"),
];

fn secret_request(url: &str) -> Result<http::Request<Bytes>, Broken> {
    let headers: [(&str, &[u8]); 1] = [("authorization", b"t0ken-of-a-user")];
    request("POST", url, &headers, "{\"name\":\"n4me-in-the-body\"}")
}

fn clean(text: &str, place: &str) -> Outcome {
    match SECRETS.iter().find(|(secret, _)| text.contains(secret)) {
        None => Ok(()),
        Some((_, what)) => Err(Broken::new(
            format!("{place} shows {what}: {text}"),
            "the kind of the error, and a cause that names neither the URL nor a header nor a body",
        )),
    }
}

fn chain_is_clean(error: &TransportError, when: &str) -> Outcome {
    let mut next: Option<&dyn Error> = Some(error);
    let mut depth = 0;
    while let Some(error) = next {
        let place = match depth {
            0 => format!("the error of {when}"),
            depth => format!("source {depth} of the error of {when}"),
        };
        clean(&error.to_string(), &format!("the text of {place}"))?;
        clean(&format!("{error:?} {error:#?}"), &format!("the Debug of {place}"))?;
        next = error.source();
        depth += 1;
    }
    Ok(())
}

/// Long enough for the transport's own timeout.
const SILENCE: Duration = Duration::from_millis(500);

/// The path and the query of the requests, and every way to fail under them.
const TARGET: &str = "/ada-in-the-path?api_key=k3y-of-the-app";

fn failures() -> [(&'static str, Reply); 6] {
    let cut = |point| Reply::new(200, "0123456789").ending(Ending::Cut(point));
    let stalled = Reply::new(200, "0123456789").ending(Ending::Silent(Point::Before));
    [
        ("a connection that ends before the answer", cut(Point::Before)),
        ("a connection that ends in the head", cut(Point::Head)),
        ("a connection that ends in the body", cut(Point::Body)),
        (
            "an answer that is no HTTP",
            Reply::no_http("SSH-2.0-OpenSSH_9.9\r\n"),
        ),
        ("an answer that is too large", Reply::new(200, vec![0; 2000])),
        ("an answer that never comes", stalled),
    ]
}

pub(crate) async fn errors_name_no_secret(stage: &Stage) -> Outcome {
    let settings = Settings {
        max_response_bytes: 1000,
        timeout: Duration::from_millis(100),
    };
    let transport = stage.transport_with(&settings);
    for (when, reply) in failures() {
        let is_silent = matches!(reply.ending, Ending::Silent(_));
        stage.reply("/ada-in-the-path", reply);
        let sending = send(&transport, secret_request(&stage.url(TARGET))?);
        let answered = if is_silent {
            // A transport without a timeout of its own waits for ever.
            let Ok(answered) = tokio::time::timeout(SILENCE, sending).await else {
                continue;
            };
            answered?
        } else {
            sending.await?
        };
        if let Err(error) = answered {
            chain_is_clean(&error, when)?;
        }
    }
    for (when, url) in [
        ("a refused connection", stage.refusing_url(TARGET)),
        ("a request without a host", TARGET.to_owned()),
        (
            "a request of an unknown scheme",
            format!("ftp://127.0.0.1{TARGET}"),
        ),
    ] {
        if let Err(error) = send(&transport, secret_request(&url)?).await? {
            chain_is_clean(&error, when)?;
        }
    }
    Ok(())
}

pub(crate) async fn the_transports_debug_names_no_secret(stage: &Stage) -> Outcome {
    let transport = stage.transport();
    let endings = [
        Ending::Whole,
        Ending::Cut(Point::Before),
        Ending::Silent(Point::Before),
    ];
    for ending in endings {
        stage.reply(
            "/ada-in-the-path",
            Reply::new(200, "n4me-in-the-body").ending(ending),
        );
        let arrived = stage.log().count() + 1;
        let sending = send(&transport, secret_request(&stage.url(TARGET))?);
        tokio::select! {
            _ = sending => {}
            () = stage.log().arrived(arrived) => {}
        }
        clean(
            &format!("{transport:?} {transport:#?}"),
            "the Debug of the transport",
        )?;
    }
    Ok(())
}
