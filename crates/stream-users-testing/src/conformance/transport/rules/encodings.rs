//! A content encoding is undone by whoever asked for it.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use stream_users_core::Transport;
use stream_users_core::TransportErrorKind::Interrupted;

use crate::conformance::transport::reply::{Framing, Reply};
use crate::conformance::transport::stage::{Stage, answer, error, request, same, send, shown};
use crate::conformance::{Broken, Outcome};

pub(super) fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // A vector takes everything.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default().into()
}

/// Whether a transport asks for an encoding by itself.
pub(super) async fn asks_for(
    stage: &Stage,
    transport: &Arc<dyn Transport>,
    encoding: &str,
) -> Result<bool, Broken> {
    stage.works(transport, "nothing").await?;
    let seen = stage.log().requests();
    let asked = seen
        .last()
        .map(|seen| seen.header("accept-encoding").join(&b", "[..]))
        .unwrap_or_default();
    let asked = String::from_utf8_lossy(&asked).to_ascii_lowercase();
    let mut names = asked
        .split(',')
        .map(|name| name.split(';').next().unwrap_or_default().trim());
    Ok(names.any(|name| name == encoding))
}

pub(crate) async fn an_encoding_that_was_asked_for_is_undone(stage: &Stage) -> Outcome {
    let transport = stage.transport();
    if !asks_for(stage, &transport, "gzip").await? {
        // Then there is nothing to undo, and the next rule is about that.
        return Ok(());
    }
    let text = Bytes::from("a user, and another one. ".repeat(4000));
    for (name, body) in [("text", text), ("nothing", Bytes::new())] {
        for framing in [Framing::Length, Framing::Chunks(50)] {
            let reply = Reply::new(200, gzip(&body)).header("content-encoding", "gzip");
            stage.reply("/packed", reply.header("x-kept", "yes").framing(framing));
            let when = format!("gzip of {name}, which the transport asked for ({framing:?})");
            let answer = answer(send(&transport, stage.get("/packed")?).await?, &when)?;
            same(answer.body(), &body, &when, |body| shown(body))?;
            let kept = ["content-encoding", "content-length", "x-kept"]
                .map(|name| answer.headers().contains_key(name));
            same(
                &kept,
                &[false, false, true],
                &format!("{when}: content-encoding, content-length and x-kept are there"),
                |kept| format!("{kept:?}"),
            )?;
        }
    }
    let mut broken = gzip(&[b'a'; 5000]);
    broken.truncate(broken.len() - 10);
    stage.reply(
        "/packed",
        Reply::new(200, broken).header("content-encoding", "gzip"),
    );
    let answered = send(&transport, stage.get("/packed")?).await?;
    error(answered, "gzip that lacks its end", &[Interrupted])?;
    stage.works(&transport, "gzip that lacks its end").await
}

pub(crate) async fn an_encoding_that_was_not_asked_for_stays(stage: &Stage) -> Outcome {
    let transport = stage.transport();
    for encoding in ["gzip", "br", "deflate", "zstd", "x-made-up"] {
        let asks = asks_for(stage, &transport, encoding).await?;
        // What the caller asked for is the caller's to undo.
        let headers: [(&str, &[u8]); 1] = [("accept-encoding", encoding.as_bytes())];
        for headers in [&headers[..], &[]] {
            if asks && headers.is_empty() {
                continue;
            }
            let body = gzip(b"of whatever encoding it is said to be");
            stage.reply(
                "/encoded",
                Reply::new(200, body.clone()).header("content-encoding", encoding),
            );
            let request = request("GET", &stage.url("/encoded"), headers, "")?;
            let who = if headers.is_empty() {
                "nobody"
            } else {
                "the caller"
            };
            let when = format!("an answer in {encoding}, which {who} asked for");
            let answer = answer(send(&transport, request).await?, &when)?;
            same(answer.body(), &body, &when, |body| shown(body))?;
            let said = answer.headers().get("content-encoding");
            if said.is_none_or(|said| said != encoding) {
                return Err(Broken::new(
                    format!("{when}: content-encoding {said:?}"),
                    encoding,
                ));
            }
        }
    }
    Ok(())
}
