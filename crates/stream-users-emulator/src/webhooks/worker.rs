//! What goes on while an emulator listens: tasks are done when their time comes, and events are delivered. Requests do
//! not wait for any of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::post::{Connections, connections, post};
use crate::app::App;
use crate::clock::{Nanos, nanos};
use crate::jobs;
use crate::store::deliveries::{self, Delivery, Outcome};
use crate::store::tasks;
use crate::webhooks;

/// How many deliveries are under way at most, each to another URL.
const MOST_AT_ONCE: usize = 16;
/// How long to wait when the database fails.
const TROUBLE: Duration = Duration::from_secs(1);
/// How long to wait when there is nothing to do; whoever makes something to do wakes it up.
const IDLE: Duration = Duration::from_hours(1);

/// Works until `closing` says so, and then has `grace` for the deliveries that are under way.
pub(crate) async fn run(app: Arc<App>, mut closing: watch::Receiver<()>, grace: Duration) {
    let connections = connections();
    let mut under_way = JoinSet::new();
    let mut busy = BTreeSet::new();
    loop {
        let Work { due, gzip, wait } = look(&app).await.unwrap_or(Work {
            due: Vec::new(),
            gzip: false,
            wait: TROUBLE,
        });
        for delivery in due {
            if busy.len() < MOST_AT_ONCE && busy.insert(delivery.url.clone()) {
                under_way.spawn(deliver(app.clone(), connections.clone(), delivery, gzip));
            }
        }
        tokio::select! {
            _ = closing.changed() => break,
            () = app.wake.notified() => {}
            () = tokio::time::sleep(wait) => {}
            Some(Ok(url)) = under_way.join_next() => {
                busy.remove(&url);
            }
        }
    }
    let ended = async { while under_way.join_next().await.is_some() {} };
    tokio::time::timeout(grace, ended).await.ok();
}

/// What there is to do.
struct Work {
    due: Vec<Delivery>,
    /// Whether they are to be compressed.
    gzip: bool,
    /// How long nothing else will be due.
    wait: Duration,
}

/// Does the tasks that are due, and says which deliveries are and how long nothing else will be.
async fn look(app: &Arc<App>) -> Option<Work> {
    let app = app.clone();
    apart(move || {
        let now = app.clock.now();
        jobs::settle(&app, now)?;
        app.store.transact(|tx| {
            let (due, next_delivery) = deliveries::due(tx, now)?;
            let next = [next_delivery, tasks::next_due(tx)?].into_iter().flatten().min();
            let sweep = app.hub.next_sweep(app.settings.longest_poll_gap);
            Ok(Work {
                due,
                gzip: webhooks::compresses(tx, &app.settings)?,
                // A clock that stands still brings nothing nearer, and whoever moves it wakes this up.
                wait: match next {
                    Some(next) if !app.clock.is_frozen() => until(next, now),
                    _ => IDLE,
                }
                .min(sweep.unwrap_or(IDLE)),
            })
        })
    })
    .await
}

/// Does work with the database on a thread that may wait for it; nothing if it fails.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> rusqlite::Result<T> + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()?.ok()
}

fn until(time: Nanos, now: Nanos) -> Duration {
    Duration::from_nanos(u64::try_from(time.saturating_sub(now)).unwrap_or(0)).min(IDLE)
}

/// Makes one attempt and notes what came of it; the URL, which is free then.
async fn deliver(app: Arc<App>, connections: Connections, delivery: Delivery, gzip: bool) -> String {
    let (id, url, attempts) = (delivery.id.clone(), delivery.url.clone(), delivery.attempts + 1);
    let outcome = post(&app, &connections, delivery, gzip).await;
    let noted = apart(move || note(&app, &id, attempts, &outcome)).await;
    if noted.is_none() {
        tokio::time::sleep(TROUBLE).await;
    }
    url
}

fn note(app: &App, id: &str, attempts: u32, outcome: &Outcome) -> rusqlite::Result<()> {
    let settings = &app.settings;
    let delivered = matches!(outcome, Outcome::Status(200..=299));
    // Twice as long after each attempt.
    let pause = settings
        .webhook_backoff
        .saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
    let again = (!delivered && attempts < settings.webhook_attempts)
        .then(|| app.clock.now().saturating_add(nanos(pause)));
    app.store
        .transact(|tx| deliveries::attempted(tx, id, outcome, delivered, again))
}
