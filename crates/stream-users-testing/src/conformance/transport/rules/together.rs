//! Many calls at the same time.

use std::time::Duration;

use bytes::Bytes;

use crate::conformance::transport::reply::Reply;
use crate::conformance::transport::stage::{Stage, answer, request, same, send, shown};
use crate::conformance::{Broken, Outcome};

const MANY: usize = 64;
/// How many answers could be mixed up: fewer, so that a transport that lets only some of them go is found by the one rule
/// that is about that.
const MIXED: usize = 24;
/// How long it may take until all are there. It is long, for machines that are busy.
const UNTIL_ALL_ARE_THERE: Duration = Duration::from_secs(8);

pub(crate) async fn many_calls_are_under_way_at_once(stage: &Stage) -> Outcome {
    let transport = stage.transport();
    stage.reply("/together", Reply::new(200, "all are there").after(MANY));
    let mut calls = Vec::new();
    for _ in 0..MANY {
        let (transport, request) = (transport.clone(), stage.get("/together")?);
        calls.push(tokio::spawn(async move { send(&transport, request).await }));
    }
    let all = tokio::time::timeout(UNTIL_ALL_ARE_THERE, stage.log().arrived(MANY)).await;
    if all.is_err() {
        return Err(Broken::new(
            format!(
                "{} of {MANY} requests at the origin, which answers none before all are there",
                stage.log().count()
            ),
            "all of them: no call waits for another one's answer",
        ));
    }
    for call in calls {
        let answered = call
            .await
            .map_err(|error| Broken::new(error.to_string(), "an answer"))?;
        answer(answered?, "one of many calls at once")?;
    }
    Ok(())
}

pub(crate) async fn answers_belong_to_their_requests(stage: &Stage) -> Outcome {
    let transport = stage.transport();
    // The second time over connections that are kept open, if the transport keeps some.
    for round in 1..=2 {
        let mut calls = Vec::new();
        for n in 0..MIXED {
            let (path, body) = (format!("/mine/{round}/{n}"), format!("{n} ").repeat(n * 100));
            stage.reply(&path, Reply::new(200, body.clone()).after(round * MIXED));
            let request = request("POST", &stage.url(&path), &[], body.clone())?;
            let transport = transport.clone();
            let call = tokio::spawn(async move { send(&transport, request).await });
            calls.push((n, Bytes::from(body), call));
        }
        for (n, body, call) in calls {
            let answered = call
                .await
                .map_err(|error| Broken::new(error.to_string(), "an answer"))?;
            let when = format!("call {n} of {MIXED} at once");
            let answer = answer(answered?, &when)?;
            same(answer.body(), &body, &when, |body| shown(body))?;
        }
    }
    Ok(())
}
