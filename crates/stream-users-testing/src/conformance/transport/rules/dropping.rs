//! A call may be dropped at any point.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::conformance::transport::reply::{Ending, Point, Reply};
use crate::conformance::transport::stage::{Stage, describe};
use crate::conformance::{Broken, Outcome};

/// How many calls are dropped at each point: more than any pool keeps by default would bear to lose.
const MANY: usize = 20;

pub(crate) async fn a_dropped_call_leaves_the_next_one_working(stage: &Stage) -> Outcome {
    let transport = stage.transport();
    stage.reply(
        "/dropped",
        Reply::new(200, "never").ending(Ending::Silent(Point::Before)),
    );
    drop(transport.send(stage.get("/dropped")?));
    stage
        .works(&transport, "one that was dropped before it was polled")
        .await?;

    for polls in 1..=MANY {
        let mut sending = pin!(transport.send(stage.get("/dropped")?));
        for _ in 0..polls {
            let poll = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
            if let Poll::Ready(answered) = poll {
                return Err(Broken::new(describe(&answered), "nothing: the origin is silent"));
            }
            tokio::task::yield_now().await;
        }
    }
    stage
        .works(&transport, "some that were dropped after a few polls")
        .await?;

    for point in [Point::Before, Point::Head, Point::Body] {
        let path = format!("/dropped/{point:?}");
        stage.reply(
            &path,
            Reply::new(200, "only a part of this").ending(Ending::Silent(point)),
        );
        let before = stage.log().count();
        let mut calls = Vec::new();
        for _ in 0..MANY {
            calls.push(transport.send(stage.get(&path)?));
        }
        let mut arrived = pin!(stage.log().arrived(before + MANY));
        poll_fn(|context| {
            for call in &mut calls {
                if let Poll::Ready(answered) = call.as_mut().poll(context) {
                    return Poll::Ready(Err(Broken::new(
                        describe(&answered),
                        "nothing: the origin is silent",
                    )));
                }
            }
            arrived.as_mut().poll(context).map(Ok)
        })
        .await?;
        drop(calls);
        stage
            .works(&transport, &format!("{MANY} that were dropped ({point:?})"))
            .await?;
    }
    Ok(())
}
