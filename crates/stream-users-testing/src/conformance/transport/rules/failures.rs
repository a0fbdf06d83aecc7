//! Where there is no whole answer, there is an error, and its kind says whether the request may have been applied.

use std::sync::Arc;
use std::time::Duration;

use stream_users_core::Transport;
use stream_users_core::TransportErrorKind::{Connect, Interrupted, Request, Timeout};

use crate::conformance::transport::reply::{Ending, Framing, Point, Reply};
use crate::conformance::transport::stage::{Settings, Stage, answer, describe, error, request, send};
use crate::conformance::{Broken, Outcome};

pub(crate) async fn a_refused_connection_is_connect(stage: &Stage) -> Outcome {
    let transport = stage.transport();
    for body in ["", "{}"] {
        let method = if body.is_empty() { "GET" } else { "POST" };
        let request = request(method, &stage.refusing_url("/refused"), &[], body)?;
        let when = "a place that refuses connections";
        error(send(&transport, request).await?, when, &[Connect])?;
    }
    stage.works(&transport, "a refused connection").await
}

pub(crate) async fn a_cut_before_the_answer_is_interrupted(stage: &Stage) -> Outcome {
    interrupted(stage, &[Point::Before, Point::Head], Framing::Length).await
}

pub(crate) async fn a_cut_body_is_interrupted(stage: &Stage) -> Outcome {
    interrupted(stage, &[Point::Body, Point::End], Framing::Length).await
}

pub(crate) async fn a_cut_chunked_body_is_interrupted(stage: &Stage) -> Outcome {
    interrupted(stage, &[Point::Body, Point::End], Framing::Chunks(7)).await
}

async fn interrupted(stage: &Stage, points: &[Point], framing: Framing) -> Outcome {
    let path = match framing {
        Framing::Chunks(_) => "/cut/chunks",
        _ => "/cut/length",
    };
    for point in points {
        let transport = stage.transport();
        for kept in [false, true] {
            if kept {
                stage.works(&transport, "nothing").await?;
            }
            let reply = Reply::new(200, "the body of an answer that is cut").framing(framing);
            stage.reply(path, reply.ending(Ending::Cut(*point)));
            let place = match point {
                Point::Before => "before the answer",
                Point::Head => "in the head",
                Point::Body => "in the middle of the body",
                Point::End => "just before the body's end",
            };
            let connection = if kept { "kept" } else { "new" };
            let when = format!("a {connection} connection that ends {place}");
            error(send(&transport, stage.get(path)?).await?, &when, &[Interrupted])?;
        }
        stage.works(&transport, "a connection that ended").await?;
    }
    Ok(())
}

pub(crate) async fn what_is_no_http_is_an_error(stage: &Stage) -> Outcome {
    const ANSWERS: [(&str, &[u8]); 6] = [
        ("another protocol's greeting", b"SSH-2.0-OpenSSH_9.9\r\n"),
        ("bytes without a meaning", b"\x00\x01\xfe\xff\r\n\r\n\x00"),
        (
            "a page without a head",
            b"<html><body>Bad Gateway</body></html>\r\n\r\n",
        ),
        (
            "a status that is no number",
            b"HTTP/1.1 two OK\r\ncontent-length: 2\r\n\r\n{}",
        ),
        (
            "a negative length",
            b"HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\n{}",
        ),
        (
            "a chunk of no size",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n{}\r\n0\r\n\r\n",
        ),
    ];
    let transport = stage.transport();
    for (name, bytes) in ANSWERS {
        stage.reply("/no-http", Reply::no_http(bytes));
        let when = format!("{name} in place of an answer");
        error(
            send(&transport, stage.get("/no-http")?).await?,
            &when,
            &[Interrupted],
        )?;
        stage.works(&transport, &when).await?;
    }
    Ok(())
}

pub(crate) async fn silence_is_waited_for(stage: &Stage) -> Outcome {
    /// Longer than nothing, and shorter than a test should take.
    const SILENCE: Duration = Duration::from_millis(200);
    let transport = stage.transport();
    // The answer comes once the second request is there, so that only this rule ends the silence.
    stage.reply("/silent", Reply::new(200, "at last").after(2));
    let waiting = {
        let (transport, request) = (transport.clone(), stage.get("/silent")?);
        let mut waiting = Box::pin(async move { send(&transport, request).await });
        tokio::select! {
            answered = &mut waiting => return Err(given_up(&describe(&answered?))),
            () = stage.log().arrived(1) => {}
        }
        match tokio::time::timeout(SILENCE, &mut waiting).await {
            Ok(answered) => return Err(given_up(&describe(&answered?))),
            Err(_) => waiting,
        }
    };
    stage.works(&transport, "one that is waiting").await?;
    answer(waiting.await?, "an answer that came late").map(drop)
}

fn given_up(seen: &str) -> Broken {
    Broken::new(
        format!("{seen}, while the origin was silent"),
        "nothing yet: the timeout that the transport was given is 30 seconds",
    )
}

pub(crate) async fn its_own_timeout_is_timeout(stage: &Stage) -> Outcome {
    let settings = Settings {
        timeout: Duration::from_millis(100),
        ..Settings::default()
    };
    let transport = stage.transport_with(&settings);
    for point in [Point::Before, Point::Head, Point::Body] {
        // If the transport keeps a connection, then the timeout does not fall into making one.
        works_in_time(stage, &transport).await?;
        let reply = Reply::new(200, "the body of an answer that stalls");
        stage.reply("/stalls", reply.ending(Ending::Silent(point)));
        let when = format!("an answer that stalls ({point:?}) under a timeout of 100 ms");
        let mut answered = send(&transport, stage.get("/stalls")?).await?;
        for _ in 0..9 {
            // On a machine that is busy, making the connection may take as long, and `Connect` is then right.
            if !answered.as_ref().is_err_and(|error| error.kind() == Connect) {
                break;
            }
            answered = send(&transport, stage.get("/stalls")?).await?;
        }
        error(answered, &when, &[Timeout])?;
    }
    works_in_time(stage, &transport).await
}

/// A transport of a short timeout still works: a machine that is busy may need more than one call to see it.
async fn works_in_time(stage: &Stage, transport: &Arc<dyn Transport>) -> Outcome {
    for _ in 0..9 {
        if stage.works(transport, "a timeout").await.is_ok() {
            return Ok(());
        }
    }
    stage.works(transport, "a timeout").await
}

pub(crate) async fn a_request_without_a_host_is_request(stage: &Stage) -> Outcome {
    let transport = stage.transport();
    for (method, body) in [("GET", ""), ("POST", "{}")] {
        let request = request(method, "/no/host?api_key=k", &[], body)?;
        error(
            send(&transport, request).await?,
            "a request without a host",
            &[Request],
        )?;
    }
    let nothing_left = stage.log().count();
    if nothing_left > 0 {
        return Err(Broken::new(
            format!("{nothing_left} requests at the origin"),
            "none: a request of this kind never leaves",
        ));
    }
    stage.works(&transport, "a request without a host").await
}
