use http::header::{HeaderName, RETRY_AFTER};
use proptest::prelude::*;

use super::*;

const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const NOW: i64 = 1_700_000_000;

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(NOW).unwrap()
}

fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (name.clone(), value.parse().unwrap()))
        .collect()
}

fn api(status: u16, headers: &HeaderMap, unrecoverable: bool) -> Failure<'_> {
    let failure = Failure::api(StatusCode::from_u16(status).unwrap(), headers);
    if unrecoverable {
        failure.unrecoverable()
    } else {
        failure
    }
}

/// A policy without its random part, so that a wait is the service's word alone.
fn exact() -> DefaultRetry {
    DefaultRetry::new().backoff(Backoff::none())
}

fn decide(policy: &dyn RetryPolicy, attempt: FailedAttempt<'_>) -> RetryDecision {
    policy.decide(&attempt, &Random::seeded(1))
}

fn retries(failure: Failure<'_>, idempotent: bool) -> bool {
    let attempt = FailedAttempt::new(failure, now()).idempotent(idempotent);
    decide(&DefaultRetry::new(), attempt) != RetryDecision::Stop
}

#[test]
fn transport_failures_are_retried_by_whether_the_request_left() {
    use TransportErrorKind::{Connect, Interrupted, Request, Timeout, TooLarge};
    for (kind, not_idempotent, idempotent) in [
        (Connect, true, true),
        (Timeout, false, true),
        (Interrupted, false, true),
        (TooLarge, false, false),
        (Request, false, false),
    ] {
        let seen = (
            retries(Failure::Transport(kind), false),
            retries(Failure::Transport(kind), true),
        );
        assert_eq!(seen, (not_idempotent, idempotent), "{kind:?}");
    }
}

#[test]
fn statuses_are_retried_by_what_they_say() {
    let (none, later) = (HeaderMap::new(), headers(&[(RETRY_AFTER, "1")]));
    for (status, headers, not_idempotent, idempotent) in [
        (429, &none, true, true),
        (408, &none, false, true),
        (500, &none, false, true),
        (500, &later, false, true),
        (502, &none, false, true),
        (503, &none, false, true),
        (503, &later, true, true),
        (504, &none, false, true),
        (501, &later, false, false),
        (400, &later, false, false),
        (401, &none, false, false),
        (404, &none, false, false),
    ] {
        let seen = (
            retries(api(status, headers, false), false),
            retries(api(status, headers, false), true),
        );
        assert_eq!(seen, (not_idempotent, idempotent), "{status} {headers:?}");
    }
}

#[test]
fn the_services_word_is_the_wait() {
    let date = |offset: i64| {
        let time = Timestamp::from_unix_seconds(NOW + offset).unwrap();
        httpdate::fmt_http_date(time.try_into().unwrap())
    };
    let reset = |offset: i64| (NOW + offset).to_string();
    for (status, pairs, seconds) in [
        (429, vec![(RETRY_AFTER, "7".to_owned())], 7),
        (429, vec![(RETRY_AFTER, "7, 7".to_owned())], 7),
        (503, vec![(RETRY_AFTER, date(12))], 12),
        (503, vec![(RETRY_AFTER, date(-12))], 0),
        (429, vec![(RESET, reset(20))], 20),
        (429, vec![(RESET, reset(-20))], 0),
        (429, vec![(RESET, reset(3601))], 0),
        (429, vec![(RESET, reset(1_000_000_000))], 0),
        (503, vec![(RESET, reset(20))], 0),
        (429, vec![(RETRY_AFTER, "3".to_owned()), (RESET, reset(20))], 3),
        (
            429,
            vec![(RETRY_AFTER, "soon".to_owned()), (RESET, reset(20))],
            20,
        ),
        (429, vec![(RETRY_AFTER, "60".to_owned())], 60),
    ] {
        let borrowed: Vec<_> = pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str()))
            .collect();
        let headers = headers(&borrowed);
        let attempt = FailedAttempt::new(api(status, &headers, false), now()).idempotent(true);
        assert_eq!(
            decide(&exact(), attempt),
            RetryDecision::After(Duration::from_secs(seconds)),
            "{pairs:?}"
        );
    }
    for header in [
        (RETRY_AFTER, "61"),
        (RETRY_AFTER, "18446744073709551615"),
        (RESET, &reset(3600)),
    ] {
        let headers = headers(&[(header.0.clone(), header.1)]);
        let attempt = FailedAttempt::new(api(429, &headers, false), now()).idempotent(true);
        assert_eq!(
            decide(&exact(), attempt),
            RetryDecision::Stop,
            "{header:?}: too long to wait for"
        );
    }
}

#[test]
fn the_deadline_is_kept_and_may_be_lifted() {
    let headers = headers(&[(RETRY_AFTER, "10")]);
    let after = |elapsed| {
        FailedAttempt::new(api(429, &headers, false), now()).number(1, Duration::from_secs(elapsed))
    };
    assert_eq!(
        decide(&exact(), after(79)),
        RetryDecision::After(Duration::from_secs(10))
    );
    assert_eq!(decide(&exact(), after(80)), RetryDecision::Stop);
    assert_eq!(
        decide(&exact().deadline(None), after(10_000)),
        RetryDecision::After(Duration::from_secs(10))
    );
    assert_eq!(decide(&NoRetry::new(), after(0)), RetryDecision::Stop);
}

#[test]
fn the_budget_is_shared_and_refilled_up_to_its_size() {
    let budget = RetryBudget::new(10, 5, 2);
    let clone = budget.clone();
    assert!(budget.try_spend() && clone.try_spend() && !budget.try_spend());
    for left in [2, 4, 6, 8, 10, 10] {
        clone.refund();
        assert_eq!(budget.tokens(), left);
    }
    let unlimited = RetryBudget::unlimited();
    unlimited.refund();
    assert!((0..1000).all(|_| unlimited.try_spend()));
}

fn any_failure() -> impl Strategy<Value = (Result<TransportErrorKind, (u16, bool)>, Option<String>)> {
    use TransportErrorKind::{Connect, Interrupted, Request, Timeout, TooLarge};
    let transport = prop::sample::select(vec![Connect, Timeout, Interrupted, TooLarge, Request]).prop_map(Ok);
    let status = (400..600_u16, any::<bool>()).prop_map(Err);
    let header = prop_oneof![any::<u64>().prop_map(|n| n.to_string()), "[ -~]{0,30}"];
    (prop_oneof![transport, status], prop::option::of(header))
}

proptest! {
    #[test]
    fn waits_stay_within_their_bounds(
        (failure, header) in any_failure(),
        idempotent: bool,
        number in 1..200_u32,
        max_attempts in 0..200_u32,
        elapsed in 0..200_u64,
        base_ms in 0..5_000_u64,
        seed: u64,
    ) {
        let mut headers = HeaderMap::new();
        if let Some(value) = header {
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            headers.insert(RESET, value.parse().unwrap());
        }
        let failure = match failure {
            Ok(kind) => Failure::Transport(kind),
            Err((status, unrecoverable)) => api(status, &headers, unrecoverable),
        };
        let (base, max, cap) = (Duration::from_millis(base_ms), Duration::from_secs(4), Duration::from_secs(30));
        let deadline = Duration::from_secs(100);
        let policy = DefaultRetry::new()
            .max_attempts(max_attempts)
            .backoff(Backoff::exponential(base, max))
            .max_server_wait(cap)
            .deadline(Some(deadline));
        let elapsed = Duration::from_secs(elapsed);
        let attempt = FailedAttempt::new(failure, now()).number(number, elapsed).idempotent(idempotent);
        let decision = policy.decide(&attempt, &Random::seeded(seed));
        prop_assert_eq!(decision, policy.decide(&attempt, &Random::seeded(seed)), "the same seed, the same wait");
        if let RetryDecision::After(wait) = decision {
            let bound = base.saturating_mul(1_u32.checked_shl(number - 1).unwrap_or(u32::MAX)).min(max);
            let server = if matches!(failure, Failure::Api { .. }) { cap } else { Duration::ZERO };
            prop_assert!(wait <= bound + server);
            prop_assert!(number < max_attempts);
            prop_assert!(elapsed + wait < deadline);
            let is_unrecoverable = matches!(failure, Failure::Api { unrecoverable: true, .. });
            prop_assert!(!is_unrecoverable);
        }
    }
}
