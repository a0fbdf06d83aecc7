//! What the machine does in single cases, and what holds for every course of events.

use proptest::prelude::*;
use stream_users_core::{ErrorKind, TransportErrorKind};
use stream_users_model::{ApiError, ErrorCode};

use super::*;
use crate::socket::Close;

fn second(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A machine with a stopwatch, whose service's time goes along with it.
struct Rig {
    machine: Machine,
    time: Duration,
    random: Random,
}

impl Rig {
    fn new(long_polling: LongPolling, renews: bool) -> Self {
        let (machine, first) = Machine::new(Timing::default(), long_polling, renews, Duration::ZERO);
        assert!(matches!(first, Action::Dial { renew: false, .. }));
        Self {
            machine,
            time: Duration::ZERO,
            random: Random::seeded(1),
        }
    }

    fn now(&self) -> Now {
        Now {
            monotonic: self.time,
            service: Timestamp::UNIX_EPOCH.checked_add(self.time).unwrap(),
        }
    }

    fn on(&mut self, input: Input) -> Vec<Action> {
        let now = self.now();
        self.machine.on(input, now, &self.random)
    }

    fn accept(&mut self) -> Vec<Action> {
        self.on(Input::Accepted {
            connection_id: "c".into(),
        })
    }

    fn fail(&mut self, failure: Failure) -> Vec<Action> {
        self.on(Input::Failed(failure))
    }

    /// Goes on to the deadline.
    fn wait(&mut self) -> Vec<Action> {
        self.time = self
            .machine
            .deadline()
            .expect("something is waited for")
            .max(self.time);
        self.on(Input::Tick)
    }
}

fn names(actions: &[Action]) -> Vec<&'static str> {
    actions
        .iter()
        .map(|action| match action {
            Action::Drop => "drop",
            Action::Leave => "leave",
            Action::Dial {
                renew: false,
                via: Via::WebSocket,
            } => "dial",
            Action::Dial {
                renew: false,
                via: Via::LongPoll,
            } => "dial long-poll",
            Action::Dial { renew: true, .. } => "dial with another token",
            Action::Ping => "ping",
            Action::Gap { .. } => "gap",
            Action::Show(State::Connecting) => "connecting",
            Action::Show(State::Online { .. }) => "online",
            Action::Show(State::Reconnecting { .. }) => "reconnecting",
            Action::Show(State::Closed { .. }) => "closed",
        })
        .collect()
}

fn refused(code: ErrorCode, status: u16) -> Failure {
    Failure::refused(ApiError::new(code, status, "no"))
}

fn lost() -> Failure {
    Failure::ended(TransportErrorKind::Interrupted.into())
}

fn expired() -> Failure {
    refused(ErrorCode::TOKEN_EXPIRED, 401)
}

#[test]
fn a_connection_that_is_heard_of_lives_and_one_that_is_not_is_dead() {
    let mut rig = Rig::new(LongPolling::Never, false);
    assert_eq!(names(&rig.accept()), ["online"]);
    assert_eq!(rig.machine.deadline(), Some(second(25)));
    assert_eq!(names(&rig.wait()), ["ping"]);
    rig.on(Input::Heard { proof: true });
    assert_eq!(rig.machine.deadline(), Some(second(50)));
    assert_eq!(names(&rig.wait()), ["ping"]);
    assert_eq!(rig.machine.deadline(), Some(second(60)));
    assert_eq!(names(&rig.wait()), ["drop", "reconnecting"]);
    assert_eq!(names(&rig.wait()), ["dial"]);
    let back = rig.accept();
    assert_eq!(names(&back), ["gap", "online"]);
    let Action::Gap { since, until } = back[0] else {
        unreachable!()
    };
    assert_eq!((since.unix_seconds(), until), (25, rig.now().service));
}

#[test]
fn backoff_begins_anew_only_after_a_proof() {
    let mut rig = Rig::new(LongPolling::Never, false);
    let attempt = |actions: &[Action]| match actions.last() {
        Some(Action::Show(State::Reconnecting { attempt, .. })) => *attempt,
        other => panic!("{other:?}"),
    };
    for number in 1..20 {
        rig.accept();
        rig.on(Input::Heard { proof: false });
        assert_eq!(attempt(&rig.fail(lost())), number);
        rig.wait();
    }
    // Nor is what a service says of its own accord, before it was asked.
    rig.accept();
    rig.on(Input::Heard { proof: true });
    assert_eq!(attempt(&rig.fail(lost())), 20);
    rig.wait();
    rig.accept();
    assert_eq!(names(&rig.wait()), ["ping"]);
    rig.on(Input::Heard { proof: true });
    assert_eq!(attempt(&rig.fail(lost())), 1);
    assert!(rig.machine.deadline().unwrap() <= rig.time + Duration::from_millis(250));
}

#[test]
fn an_expired_token_is_replaced_once_until_one_is_accepted() {
    let mut rig = Rig::new(LongPolling::Never, true);
    assert_eq!(names(&rig.fail(expired())), ["drop", "dial with another token"]);
    assert_eq!(names(&rig.fail(expired())), ["drop", "closed"]);

    let mut rig = Rig::new(LongPolling::Never, true);
    rig.fail(expired());
    rig.accept();
    // In the middle of a connection it is waited, so that a service that refuses every token is not stormed.
    assert_eq!(names(&rig.fail(expired())), ["drop", "reconnecting"]);
    assert_eq!(names(&rig.wait()), ["dial with another token"]);
    assert_eq!(names(&rig.fail(expired())), ["drop", "closed"]);

    // It may have expired as well while something else was in the way.
    let mut rig = Rig::new(LongPolling::Never, true);
    rig.accept();
    rig.fail(lost());
    rig.wait();
    assert_eq!(names(&rig.fail(expired())), ["drop", "dial with another token"]);
    rig.fail(lost());
    rig.wait();
    assert_eq!(names(&rig.fail(expired())), ["drop", "dial with another token"]);
    assert_eq!(names(&rig.fail(expired())), ["drop", "closed"]);

    let mut rig = Rig::new(LongPolling::Never, false);
    assert_eq!(names(&rig.fail(expired())), ["drop", "closed"]);
}

#[test]
fn permanent_failures_end_it_whenever_they_come() {
    for failure in [
        refused(ErrorCode::DOES_NOT_EXIST, 404),
        refused(ErrorCode::TOKEN_SIGNATURE_INVALID, 401),
        Failure::closed(Some(Close::new(1000, ""))),
        Failure::ended(TransportErrorKind::Request.into()),
    ] {
        let mut rig = Rig::new(LongPolling::Fallback, true);
        assert_eq!(names(&rig.fail(failure.clone())), ["drop", "closed"]);
        assert!(rig.machine.is_closed() && rig.machine.deadline().is_none());
        let mut rig = Rig::new(LongPolling::Fallback, true);
        rig.accept();
        assert_eq!(names(&rig.fail(failure)), ["drop", "closed"]);
    }
}

#[test]
fn the_first_connection_has_its_time() {
    let mut rig = Rig::new(LongPolling::Never, false);
    // An attempt that takes all of it.
    assert_eq!(rig.machine.deadline(), Some(second(30)));
    let ended = rig.wait();
    assert_eq!(names(&ended), ["drop", "closed"]);
    // Attempts, one after the other: the last failure is told.
    let mut rig = Rig::new(LongPolling::Never, false);
    let reason = loop {
        rig.time += second(1);
        let actions = rig.fail(lost());
        if let [.., Action::Show(State::Closed { reason })] = &*actions {
            break reason.clone().unwrap();
        }
        assert_eq!(names(&actions), ["drop"]);
        rig.wait();
        assert!(!rig.machine.is_closed(), "it was waited for nothing");
    };
    assert_eq!(reason.kind(), ErrorKind::Interrupted);
    assert!(rig.time <= second(30));
}

#[test]
fn what_the_service_asks_to_wait_is_waited_and_no_more_than_is_reasonable() {
    for (asked, least, most) in [(5, 5, 6), (100_000, 600, 601)] {
        let mut rig = Rig::new(LongPolling::Never, false);
        rig.accept();
        rig.fail(lost());
        rig.wait();
        let mut failure = lost();
        failure.verdict = Verdict::Passing {
            wait: Some(second(asked)),
        };
        rig.fail(failure);
        let wait = rig.machine.deadline().unwrap().saturating_sub(rig.time);
        assert!(wait >= second(least) && wait <= second(most), "{wait:?}");
    }
}

#[test]
fn a_long_poll_is_tried_where_nothing_is_heard_and_a_websocket_after_it() {
    let mut rig = Rig::new(LongPolling::Fallback, false);
    for _ in 0..2 {
        rig.fail(lost());
        assert_eq!(names(&rig.wait()), ["dial"]);
    }
    rig.fail(lost());
    assert_eq!(names(&rig.wait()), ["dial long-poll"]);
    rig.accept();
    rig.fail(lost());
    assert_eq!(names(&rig.wait()), ["dial"]);
    // One chance is enough by now.
    rig.fail(lost());
    assert_eq!(names(&rig.wait()), ["dial long-poll"]);
    rig.fail(lost());
    assert_eq!(names(&rig.wait()), ["dial"]);
    // A host that is not there says nothing about WebSockets.
    for _ in 0..5 {
        rig.fail(Failure::ended(TransportErrorKind::Connect.into()));
        assert_eq!(names(&rig.wait()), ["dial"]);
    }
}

#[test]
fn closing_is_possible_at_any_time() {
    let closed = |rig: &mut Rig| names(&rig.on(Input::Close));
    let mut rig = Rig::new(LongPolling::Never, false);
    assert_eq!(closed(&mut rig), ["drop", "closed"]);
    let mut rig = Rig::new(LongPolling::Never, false);
    rig.accept();
    assert_eq!(closed(&mut rig), ["leave", "closed"]);
    assert_eq!(closed(&mut rig), Vec::<&str>::new());
    let mut rig = Rig::new(LongPolling::Never, false);
    rig.accept();
    rig.fail(lost());
    assert_eq!(closed(&mut rig), ["drop", "closed"]);
}

/// What may happen, as numbers.
fn failure(number: u8) -> Failure {
    match number {
        0 => expired(),
        1 => refused(ErrorCode::RATE_LIMIT, 429),
        2 => refused(ErrorCode::CONNECTION_ID_NOT_FOUND, 400),
        3 => Failure::closed(Some(Close::new(1012, ""))),
        4 => Failure::ended(TransportErrorKind::Connect.into()),
        5 => Failure::garbled("no", b"<html>"),
        6 => Failure {
            verdict: Verdict::Foreign,
            ..lost()
        },
        7 => Failure {
            verdict: Verdict::Silent {
                wait: Some(second(1_000_000)),
            },
            ..lost()
        },
        8 => refused(ErrorCode::DOES_NOT_EXIST, 404),
        _ => lost(),
    }
}

#[derive(Clone, Debug)]
enum Event {
    Accept,
    Fail(u8),
    Heard(bool),
    Deadline,
    Pass(u64),
    Close,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        8 => Just(Event::Accept),
        6 => (0..12_u8).prop_map(Event::Fail),
        6 => any::<bool>().prop_map(Event::Heard),
        12 => Just(Event::Deadline),
        4 => (0..60_000_u64).prop_map(Event::Pass),
        1 => Just(Event::Close),
    ];
    prop::collection::vec(event, 0..120)
}

proptest! {
    /// There is never a second connection, each but the first begins with a gap that begins when the old one was heard of
    /// last, waits are bounded, a deadline that has come is acted upon, and nothing follows the end.
    #[test]
    fn whatever_happens(
        events in events(),
        renews: bool,
        long_polling in prop_oneof![Just(LongPolling::Never), Just(LongPolling::Fallback), Just(LongPolling::Always)],
    ) {
        let mut rig = Rig::new(long_polling, renews);
        // What there is: an attempt, a connection, or neither.
        let (mut dialling, mut online) = (true, false);
        let (mut heard, mut renewals) = (None, 0);
        for event in events {
            let was_closed = rig.machine.is_closed();
            let actions = match event {
                Event::Accept if dialling => {
                    (dialling, online, renewals) = (false, true, 0);
                    let actions = rig.accept();
                    let gap = actions.iter().find_map(|action| match action {
                        Action::Gap { since, until } => Some((*since, *until)),
                        _ => None,
                    });
                    let expected = heard.replace(rig.now().service);
                    prop_assert_eq!(gap, expected.map(|since| (since, rig.now().service)));
                    prop_assert_eq!(names(&actions).pop(), Some("online"));
                    actions
                }
                Event::Fail(number) if dialling || online => {
                    // After another failure, the token may have expired anew.
                    renewals = if number == 0 { renewals } else { 0 };
                    rig.fail(failure(number))
                }
                Event::Heard(proof) if online => {
                    heard = Some(rig.now().service);
                    rig.on(Input::Heard { proof })
                }
                Event::Deadline if rig.machine.deadline().is_some() => {
                    let before = rig.machine.deadline();
                    let actions = rig.wait();
                    prop_assert!(!actions.is_empty());
                    prop_assert_ne!(rig.machine.deadline(), before);
                    actions
                }
                Event::Pass(millis) => {
                    rig.time += Duration::from_millis(millis);
                    rig.on(Input::Tick)
                }
                Event::Close => rig.on(Input::Close),
                _ => continue,
            };
            prop_assert!(!was_closed || actions.is_empty());
            for action in &actions {
                match action {
                    Action::Drop | Action::Leave => (dialling, online) = (false, false),
                    Action::Dial { renew, .. } => {
                        prop_assert!(!dialling && !online, "two connections at once");
                        dialling = true;
                        renewals += u32::from(*renew);
                        prop_assert!(renewals <= 1 && (renews || !renew));
                    }
                    Action::Ping => prop_assert!(online),
                    Action::Show(State::Online { .. }) => prop_assert!(online),
                    Action::Show(State::Reconnecting { attempt, .. }) => {
                        prop_assert!(!online && !dialling && *attempt > 0);
                    }
                    Action::Show(State::Closed { .. }) => prop_assert!(!online && !dialling),
                    Action::Show(State::Connecting) => prop_assert!(false),
                    Action::Gap { .. } => prop_assert!(online),
                }
            }
            if let Some(deadline) = rig.machine.deadline() {
                let most = LONGEST_WAIT + second(60);
                prop_assert!(deadline <= rig.time + most);
            } else {
                prop_assert!(rig.machine.is_closed() || dialling);
            }
        }
    }
}
