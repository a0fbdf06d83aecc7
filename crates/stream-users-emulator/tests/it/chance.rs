//! Faults that hit a share of the requests.

use std::time::Duration;

use serde_json::json;
use stream_users_emulator::{Emulator, EmulatorBuilder, Error, Fault, LoggedRequest};

use crate::stream::Stream;

/// The faults of a bad day, each on its own.
fn bad_day() -> [Fault; 3] {
    [
        Fault::drop_connection_after().chance(0.1).until_cleared(),
        Fault::rate_limited().chance(0.1).until_cleared(),
        Fault::error(503, -1, "try later").chance(0.05).until_cleared(),
    ]
}

/// What went wrong with each of so many requests: the status that a client saw, and what the log says.
fn run(stream: &Stream, requests: usize) -> Vec<LoggedRequest> {
    stream.0.clear_requests();
    let token = stream.token(&json!({}));
    for _ in 0..requests {
        stream
            .try_send(stream.request("GET", "/api/v2/rate_limits", Some(&token), None))
            .ok();
    }
    stream.0.requests()
}

fn with_bad_day(builder: EmulatorBuilder) -> Stream {
    let stream = Stream::with(builder);
    for fault in bad_day() {
        stream.0.fault("get_rate_limits", fault).unwrap();
    }
    stream
}

fn statuses(log: &[LoggedRequest]) -> Vec<u16> {
    log.iter().map(|request| request.status).collect()
}

/// Asserts that a count of something that happens with a probability is within five standard deviations.
#[track_caller]
fn assert_share(count: usize, of: usize, chance: f64) {
    let [count, of] = [count, of].map(|number| f64::from(u32::try_from(number).unwrap()));
    let (expected, deviation) = (of * chance, (of * chance * (1.0 - chance)).sqrt());
    assert!(
        (count - expected).abs() < 5.0 * deviation,
        "{count} of {of} instead of {expected}"
    );
}

#[test]
fn each_fault_hits_its_own_share() {
    let requests = 3_000;
    let log = run(&with_bad_day(Emulator::builder()), requests);
    let count = |status: u16, faults: &[&str]| {
        let is = |request: &&LoggedRequest| request.status == status && request.faults == faults;
        log.iter().filter(is).count()
    };
    // The older one goes first where two hit, so that the younger ones have the rest.
    assert_share(count(0, &["drop_after"]), requests, 0.1);
    assert_share(count(429, &["error"]), requests, 0.9 * 0.1);
    assert_share(count(503, &["error"]), requests, 0.9 * 0.9 * 0.05);
    assert_share(count(200, &[]), requests, 0.9 * 0.9 * 0.95);
    assert_eq!(
        count(0, &["drop_after"]) + count(429, &["error"]) + count(503, &["error"]) + count(200, &[]),
        requests
    );
}

#[test]
fn the_same_seed_hits_the_same_requests() {
    let seen = |seed: u64| statuses(&run(&with_bad_day(Emulator::builder().fault_seed(seed)), 300));
    assert_eq!(seen(0), statuses(&run(&with_bad_day(Emulator::builder()), 300)));
    assert_eq!(seen(7), seen(7));
    assert_ne!(seen(7), seen(8));
    // Also after everything was cleared.
    let stream = with_bad_day(Emulator::builder().fault_seed(7));
    run(&stream, 50);
    stream.0.reset().unwrap();
    for fault in bad_day() {
        stream.0.fault("get_rate_limits", fault).unwrap();
    }
    assert_eq!(statuses(&run(&stream, 300)), seen(7));
}

#[test]
fn what_one_fault_hits_does_not_depend_on_others() {
    let hit_by_429 = |others: bool| -> Vec<usize> {
        let stream = Stream::new();
        let limited = Fault::rate_limited().chance(0.2).until_cleared();
        stream.0.fault("*", limited).unwrap();
        if others {
            stream
                .0
                .fault("*", Fault::error(503, -1, "").chance(0.5).until_cleared())
                .unwrap();
        }
        let seen = statuses(&run(&stream, 200));
        (0..200).filter(|index| seen[*index] == 429).collect()
    };
    assert!(!hit_by_429(false).is_empty());
    assert_eq!(hit_by_429(true), hit_by_429(false));
}

#[test]
fn a_fault_with_a_chance_counts_when_it_hits() {
    let stream = Stream::new();
    stream
        .0
        .fault("*", Fault::error(503, -1, "").chance(0.25).times(3))
        .unwrap();
    let seen = statuses(&run(&stream, 400));
    assert_eq!(seen.iter().filter(|status| **status == 503).count(), 3);
    assert_ne!(seen[..3], [503; 3], "it does not wait for the next ones");
    assert_eq!(stream.0.faults(), []);
}

#[test]
fn a_fault_whose_turn_it_is_goes_before_chance() {
    let stream = Stream::new();
    stream
        .0
        .fault("*", Fault::error(503, -1, "").chance(1.0).times(2))
        .unwrap();
    stream.0.fault("*", Fault::error(500, -1, "").times(2)).unwrap();
    // Those that did not happen have not been used up.
    assert_eq!(statuses(&run(&stream, 6)), [500, 500, 503, 503, 200, 200]);
}

#[tokio::test(start_paused = true)]
async fn latencies_go_together_with_everything() {
    let emulator = Emulator::start().await.unwrap();
    let millis = Duration::from_millis;
    for fault in [
        Fault::latency_between(millis(10), millis(20)).until_cleared(),
        Fault::error(503, -1, "").chance(0.5).until_cleared(),
        Fault::latency_between(millis(100), millis(200))
            .chance(0.5)
            .until_cleared(),
    ] {
        emulator.fault("*", fault).unwrap();
    }
    let path = format!("/api/v2/rate_limits?api_key={}", emulator.api_key());
    for _ in 0..60 {
        let address = emulator.address().to_string();
        crate::socket::send(&address, emulator.api_secret(), "GET", &path, &json!(null)).await;
    }
    let log = emulator.requests();
    let seen = |failed: bool, late: bool| {
        let is = |request: &&LoggedRequest| {
            (request.status == 503) == failed && (request.latency > millis(100)) == late
        };
        log.iter().filter(is).count()
    };
    for (failed, late) in [(false, false), (false, true), (true, false), (true, true)] {
        assert!(seen(failed, late) > 0, "{failed} {late}");
    }
    for request in &log {
        let expected: &[&str] = if request.status == 503 {
            &["latency", "error"]
        } else {
            &["latency"]
        };
        assert_eq!(request.faults, expected);
        let short = request.latency >= millis(10) && request.latency <= millis(20);
        assert!(
            short || (request.latency >= millis(110) && request.latency <= millis(220)),
            "{:?}",
            request.latency
        );
    }
    let mut latencies: Vec<Duration> = log.iter().map(|request| request.latency).collect();
    latencies.dedup();
    assert!(latencies.len() > 50, "they jitter");
}

#[test]
fn over_http_a_chance_is_a_number() {
    let stream = Stream::new();
    let add = |fault: serde_json::Value| stream.post("/_emulator/faults", fault);
    let sent = json!({
        "operation": "UpdateUsers",
        "latency_ms": 1,
        "latency_up_to_ms": 5,
        "connection": "drop_after",
        "chance": 0.1,
        "until_cleared": true,
    });
    add(sent.clone()).ok(200);
    assert_eq!(stream.get("/_emulator/faults").ok(200)["faults"], json!([sent]));
    for (fault, expected) in [
        (json!({ "chance": 0 }), "chance must be more than 0 and at most 1"),
        (
            json!({ "chance": 1.1 }),
            "chance must be more than 0 and at most 1",
        ),
        (
            json!({ "chance": -0.1 }),
            "chance must be more than 0 and at most 1",
        ),
        (
            json!({ "latency_ms": 5, "latency_up_to_ms": 4 }),
            "the longest latency must not be shorter",
        ),
    ] {
        let refused = add(fault);
        assert_eq!(refused.status, 400);
        let message = refused.body["message"].as_str().unwrap();
        assert!(message.contains(expected), "{message}");
    }
    assert!(matches!(
        stream.0.fault("*", Fault::rate_limited().chance(f64::NAN)),
        Err(Error::Fault(_))
    ));
    stream.0.clear_faults();
    add(json!({ "error": { "status": 500 }, "chance": 1, "latency_ms": 0 })).ok(200);
    assert_eq!(stream.get("/api/v2/rate_limits").status, 500);
    let logged = stream.get("/_emulator/requests").ok(200)["requests"].take();
    let last = logged.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["faults"], &last["latency_ms"]),
        (&json!(["error"]), &json!(0.0))
    );
}
