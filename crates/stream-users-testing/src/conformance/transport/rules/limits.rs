//! The largest answer that is taken.

use bytes::Bytes;
use stream_users_core::TransportErrorKind::TooLarge;

use super::encodings::{asks_for, gzip};
use crate::conformance::Outcome;
use crate::conformance::transport::reply::{Ending, Framing, Point, Reply};
use crate::conformance::transport::stage::{Settings, Stage, answer, error, same, send, shown};

const LIMIT: usize = 20_000;
const FRAMINGS: [Framing; 4] = [
    Framing::Length,
    Framing::Chunks(7),
    Framing::Chunks(LIMIT * 2),
    Framing::End,
];

fn limited() -> Settings {
    Settings {
        max_response_bytes: LIMIT,
        ..Settings::default()
    }
}

fn body(length: usize) -> Bytes {
    Bytes::from(vec![b'a'; length])
}

pub(crate) async fn an_answer_of_the_limits_size_is_taken(stage: &Stage) -> Outcome {
    let transport = stage.transport_with(&limited());
    for framing in FRAMINGS {
        stage.reply("/of-the-limit", Reply::new(200, body(LIMIT)).framing(framing));
        let when = format!("{LIMIT} bytes under a limit of as many, their end said by {framing:?}");
        let answer = answer(send(&transport, stage.get("/of-the-limit")?).await?, &when)?;
        same(answer.body(), &body(LIMIT), &when, |body| shown(body))?;
    }
    Ok(())
}

pub(crate) async fn a_larger_answer_is_too_large(stage: &Stage) -> Outcome {
    let transport = stage.transport_with(&limited());
    for length in [LIMIT + 1, LIMIT * 50] {
        for framing in FRAMINGS {
            stage.reply("/too-large", Reply::new(200, body(length)).framing(framing));
            let when = format!("{length} bytes under a limit of {LIMIT}, their end said by {framing:?}");
            error(
                send(&transport, stage.get("/too-large")?).await?,
                &when,
                &[TooLarge],
            )?;
        }
    }
    // Whoever reads all of it before they count never comes back, as there is no end.
    for framing in FRAMINGS {
        let half = Reply::new(200, body(LIMIT * 50)).ending(Ending::Silent(Point::Body));
        stage.reply("/endless", half.framing(framing));
        let when = format!(
            "{} bytes under a limit of {LIMIT} and then silence, their end said by {framing:?}",
            LIMIT * 25
        );
        error(
            send(&transport, stage.get("/endless")?).await?,
            &when,
            &[TooLarge],
        )?;
    }
    stage.works(&transport, "an answer that is too large").await
}

pub(crate) async fn the_limit_counts_decoded_bytes(stage: &Stage) -> Outcome {
    let transport = stage.transport_with(&limited());
    let asks = asks_for(stage, &transport, "gzip").await?;
    let packed = gzip(&body(LIMIT * 50));
    for framing in [Framing::Length, Framing::Chunks(100)] {
        let reply = Reply::new(200, packed.clone()).header("content-encoding", "gzip");
        stage.reply("/packed", reply.framing(framing));
        let answered = send(&transport, stage.get("/packed")?).await?;
        let when = format!(
            "{} bytes of gzip that hold {}, under a limit of {LIMIT}",
            packed.len(),
            LIMIT * 50
        );
        if asks {
            error(answered, &when, &[TooLarge])?;
        } else {
            // Whoever does not ask for gzip gets what was sent, which is small.
            answer(answered, &when)?;
        }
    }
    stage
        .works(&transport, "an answer that unpacks to too much")
        .await
}
