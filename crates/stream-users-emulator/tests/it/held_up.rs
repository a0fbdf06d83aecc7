//! Requests that wait for the data while somebody else has it, and callers who do the same at the same time.

use std::io::{BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use stream_users_emulator::{Emulator, Fault};

use crate::stream::Stream;

/// A seed that says when it is read and ends when it is told to: it holds the data up for so long.
struct Held {
    began: mpsc::Sender<()>,
    end: mpsc::Receiver<()>,
}

impl Read for Held {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.began.send(()).unwrap();
        self.end.recv().unwrap();
        Ok(0)
    }
}

/// Lets a request be under way while the data is held up, and something happen meanwhile.
fn while_held_up<T: Send>(
    stream: &Stream,
    request: impl FnOnce() -> T + Send,
    meanwhile: impl FnOnce(),
) -> T {
    let (began, has_begun) = mpsc::channel();
    let (end, ending) = mpsc::channel();
    let held = Held { began, end: ending };
    // It is taken when the request is about to be worked on.
    stream.0.fault("*", Fault::latency(Duration::ZERO)).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| stream.0.seed_from(BufReader::new(held)).unwrap());
        has_begun.recv().unwrap();
        let answer = scope.spawn(request);
        while !stream.0.faults().is_empty() {
            thread::yield_now();
        }
        meanwhile();
        end.send(()).unwrap();
        answer.join().unwrap()
    })
}

#[test]
fn a_write_is_dated_when_it_is_its_turn() {
    let stream = Stream::new();
    let mut turn = SystemTime::UNIX_EPOCH;
    let answer = while_held_up(
        &stream,
        || stream.upsert([json!({ "id": "ada" })]),
        || {
            (0..1_000).for_each(|_| thread::yield_now());
            turn = stream.0.now();
        },
    );
    let turn = i64::try_from(turn.duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap();
    let created_at = answer["users"]["ada"]["created_at"].as_i64().unwrap();
    assert!(created_at >= turn, "{created_at} is before {turn}");
}

#[test]
fn a_quota_is_that_of_the_minute_in_which_it_is_used() {
    let stream = Stream::new();
    let service = stream.0.clone();
    let mut moved = UNIX_EPOCH;
    let answer = while_held_up(
        &stream,
        || stream.get("/api/v2/tasks/x"),
        || {
            (0..1_000).for_each(|_| thread::yield_now());
            // Keeping it waits for the data; the clock itself does not.
            let before = service.now();
            let clock = service.clone();
            thread::spawn(move || clock.advance_clock(Duration::from_mins(10)));
            while service.now() < before + Duration::from_mins(10) {
                thread::yield_now();
            }
            moved = service.now();
        },
    );
    let reset: u64 = answer.header("x-ratelimit-reset").parse().unwrap();
    assert!(UNIX_EPOCH + Duration::from_secs(reset) > moved);
}

/// Nobody who sets the clock moves it by what another one has moved it.
#[test]
fn a_clock_that_many_set_shows_the_time_that_they_set() {
    let stream = Stream::new();
    let (start, start_of_all) = (Barrier::new(4), stream.0.now());
    let too_far = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for day in 1..=1_000 {
                    start.wait();
                    let time = start_of_all + Duration::from_hours(24 * day);
                    // Whoever comes late is told that it is past.
                    stream.0.set_clock(time).ok();
                    if stream.0.now() > time + Duration::from_hours(1) {
                        too_far.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(!too_far.into_inner());
}

/// A thread waits for each request without a runtime.
#[cfg(target_os = "linux")]
#[test]
fn nobody_waits_for_a_request_that_was_given_up() {
    use std::task::{Context, Poll, Waker};
    use tower_service::Service;

    let threads = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        names.filter(|name| name.starts_with("stream-latency")).count()
    };
    let stream = Stream::with(Emulator::builder().fault("*", Fault::latency(Duration::from_hours(1))));
    let mut waiting = stream
        .0
        .clone()
        .call(stream.request("GET", "/nowhere", None, None));
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(waiting.as_mut().poll(&mut context), Poll::Pending));
    let deadline = std::time::Instant::now() + Duration::from_mins(1);
    let until = |expected: bool| {
        while (threads() > 0) != expected {
            assert!(std::time::Instant::now() < deadline, "{} threads", threads());
            thread::yield_now();
        }
    };
    until(true);
    drop(waiting);
    until(false);
}
