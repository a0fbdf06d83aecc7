//! Laws of what is read, whatever frames come, whenever the connection breaks and however slow the reader is: order is
//! kept, nothing comes twice, and a gap stands exactly where something may be missing.

mod expected;
mod player;

use std::time::Duration;

use proptest::prelude::*;
use stream_users_core::credential::ProviderError;
use stream_users_core::{Client, Clock};
use stream_users_live::{Close, Events, Gap, GapReason, Live, LiveEvent, LongPolling};
use stream_users_model::Token;
use stream_users_model::event::Event;
use stream_users_testing::{ManualClock, ScriptedTransport};

use self::expected::{Expected, Read};
use self::player::{Fail, Player, Say};

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
enum Break {
    Ends,
    ClosedWithoutCode,
    ClosedWithCode,
    Garbage,
    Refused,
    Dies,
}

#[derive(Clone, Debug)]
enum Step {
    /// So many events come.
    Events(usize),
    /// What is no event.
    Nothing,
    Alive,
    /// The answer to a health check, which is an event.
    HealthCheck,
    /// The reader takes up to so many.
    Read(usize),
    /// Less time than a connection may be silent.
    Later(Duration),
    /// The connection ends, attempts fail, and meanwhile so many events come and so many are read.
    Break {
        how: Break,
        fails: Vec<Fail>,
        missed: usize,
        read: usize,
    },
}

fn fail() -> impl Strategy<Value = Fail> {
    prop_oneof![
        Just(Fail::NoNetwork),
        Just(Fail::Interrupted),
        prop_oneof![Just(200), Just(403), Just(429), Just(502)].prop_map(Fail::Page),
        prop_oneof![Just(9), Just(-1), Just(40), Just(71)].prop_map(Fail::Refused),
        Just(Fail::NoFirstAnswer),
        Just(Fail::SilentSocket),
        Just(Fail::Hangs),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let how = prop_oneof![
        Just(Break::Ends),
        Just(Break::ClosedWithoutCode),
        Just(Break::ClosedWithCode),
        Just(Break::Garbage),
        Just(Break::Refused),
        Just(Break::Dies),
    ];
    let fails = proptest::collection::vec(fail(), 0..4);
    prop_oneof![
        6 => (1..8_usize).prop_map(Step::Events),
        1 => Just(Step::Nothing),
        1 => Just(Step::Alive),
        2 => Just(Step::HealthCheck),
        5 => (1..8_usize).prop_map(Step::Read),
        2 => (1..20_000_u64).prop_map(|millis| Step::Later(Duration::from_millis(millis))),
        3 => (how, fails, 0..3_usize, 0..4_usize)
            .prop_map(|(how, fails, missed, read)| Step::Break { how, fails, missed, read }),
    ]
}

struct Run {
    player: Player,
    clock: ManualClock,
    live: Live,
    events: Events,
    expected: Expected,
    read: Vec<Read>,
    /// The number of the last event that happened, whether or not anybody heard of it.
    number: usize,
}

/// Lets the driver do all that it can do without time.
async fn settle() {
    for _ in 0..25 {
        tokio::task::yield_now().await;
    }
}

impl Run {
    async fn start(capacity: usize) -> Self {
        let (player, clock) = (Player::default(), ManualClock::new());
        let client = Client::builder("key")
            // Of `ada`. Each is another one, as after an expiry.
            .token_provider(|| async {
                Ok::<_, ProviderError>(Token::new("head.eyJ1c2VyX2lkIjoiYWRhIn0.tail"))
            })
            .transport(ScriptedTransport::new([]))
            .clock(clock.clone())
            .random_seed(capacity as u64)
            .build()
            .unwrap();
        let (live, events) = Live::builder(&client)
            .connector(player.clone())
            .capacity(capacity)
            .long_polling(LongPolling::Never)
            .connect()
            .await
            .unwrap();
        settle().await;
        let mut expected = Expected::new(capacity, clock.now());
        expected.accepted(1, clock.now());
        Self {
            player,
            clock,
            live,
            events,
            expected,
            read: Vec::new(),
            number: 0,
        }
    }

    async fn event(&mut self) {
        self.number += 1;
        let text = format!(
            r#"{{"type":"marker","created_at":1,"custom":{{"number":{}}}}}"#,
            self.number
        );
        self.player.say(Say::Text(text));
        settle().await;
        self.expected.heard(self.clock.now());
        self.expected.push(Read::Event(self.number), self.clock.now());
    }

    /// Reads up to so many, as they are expected.
    fn take(&mut self, most: usize) {
        for _ in 0..most {
            let read = self.events.try_next().map(|item| read(&item));
            assert_eq!(read, self.expected.next(), "after {:?}", self.read);
            let Some(read) = read else { return };
            self.read.push(read);
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Events(number) => {
                for _ in 0..number {
                    self.event().await;
                }
            }
            Step::Nothing => self.say(r#"{"no":"event"}"#).await,
            Step::Alive => {
                self.player.say(Say::Alive);
                settle().await;
                self.expected.heard(self.clock.now());
            }
            Step::HealthCheck => {
                self.say(r#"{"type":"health.check","connection_id":"c","created_at":1,"custom":{}}"#)
                    .await;
                self.expected.push(Read::HealthCheck, self.clock.now());
            }
            Step::Read(most) => self.take(most),
            Step::Later(time) => {
                // More would end the connection: that is a break.
                if self.expected.silent_for(self.clock.now()) + time < Duration::from_secs(35) {
                    self.clock.advance(time);
                    settle().await;
                    assert!(self.live.state().is_online());
                }
            }
            Step::Break {
                how,
                mut fails,
                missed,
                read,
            } => {
                // A token that has just been fetched and is refused all the same ends it for good.
                fails.dedup_by(|one, other| matches!((one, other), (Fail::Refused(40), Fail::Refused(40))));
                self.lose(how).await;
                assert!(!self.live.state().is_online());
                assert_eq!(
                    self.player.open(),
                    0,
                    "the connection that was lost is still open"
                );
                self.number += missed;
                self.take(read);
                self.player.fail(fails);
                self.come_back().await;
            }
        }
        assert!(self.player.is_heard());
    }

    /// Something is heard.
    async fn say(&mut self, text: &str) {
        self.player.say(Say::Text(text.to_owned()));
        settle().await;
        self.expected.heard(self.clock.now());
    }

    async fn lose(&mut self, how: Break) {
        match how {
            Break::Ends => self.player.say(Say::Ends),
            Break::ClosedWithoutCode => self.player.say(Say::Close(None)),
            Break::ClosedWithCode => self.player.say(Say::Close(Some(Close::new(4001, "moving")))),
            Break::Garbage => self.player.say(Say::Text("<html>".to_owned())),
            Break::Refused => {
                let text = r#"{"type":"connection.error","created_at":1,"error":{"code":9,"message":"later","StatusCode":429}}"#;
                self.player.say(Say::Text(text.to_owned()));
                settle().await;
                // It is told, too; that is no sign of life.
                self.expected.push(Read::Refusal, self.clock.now());
            }
            Break::Dies => {
                let sent = self.player.sent();
                let began = self.clock.now();
                let silent = self.expected.silent_for(began);
                for _ in 0..10 {
                    let _ = self.clock.advance_to_next();
                    settle().await;
                    if !self.live.state().is_online() {
                        break;
                    }
                }
                let waited = self.clock.now().duration_since(began).unwrap();
                assert_eq!(silent + waited, Duration::from_secs(35));
                assert!(
                    self.player.sent() > sent || silent >= Duration::from_secs(10),
                    "nothing was asked"
                );
            }
        }
        settle().await;
    }

    /// Goes from attempt to attempt until one succeeds.
    async fn come_back(&mut self) {
        let accepted = self.player.accepted();
        for _ in 0..100 {
            if self.player.accepted() > accepted {
                break;
            }
            self.clock
                .advance_to_next()
                .expect("nobody waits for another attempt");
            settle().await;
        }
        assert_eq!(self.player.fails_left(), 0);
        assert_eq!(self.player.accepted(), accepted + 1);
        let id = format!("c-{}", accepted + 1);
        assert_eq!(self.live.connection_id().as_deref(), Some(id.as_str()));
        self.expected.accepted(accepted + 1, self.clock.now());
    }
}

fn read(item: &LiveEvent) -> Read {
    match item {
        LiveEvent::Gap(Gap {
            since, until, reason, ..
        }) => Read::Gap {
            since: *since,
            until: *until,
            dropped: match reason {
                GapReason::Overflow { dropped, .. } => Some(*dropped),
                _ => None,
            },
        },
        LiveEvent::Event(Event::ConnectionOk(first)) => {
            Read::First(first.connection_id[2..].parse().unwrap())
        }
        LiveEvent::Event(Event::HealthCheck(_)) => Read::HealthCheck,
        LiveEvent::Event(Event::ConnectionError(_)) => Read::Refusal,
        LiveEvent::Event(Event::Other(other)) => {
            let custom: serde_json::Value = other.custom().unwrap();
            Read::Event(usize::try_from(custom["number"].as_u64().unwrap()).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_is_in_order_whole_or_marked_by_a_gap(
        capacity in 1..6_usize,
        steps in proptest::collection::vec(step(), 1..30),
        is_closed: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut run = Run::start(capacity).await;
            for step in steps {
                run.step(step).await;
            }
            if is_closed {
                run.live.close().await;
            }
            run.take(usize::MAX);
            if is_closed {
                assert_eq!(run.events.next().await, None);
                assert_eq!(run.player.open(), 0);
                let dialled = run.player.dialled();
                assert_eq!(run.clock.waiting(), 0);
                run.clock.advance(Duration::from_secs(86_400));
                settle().await;
                assert_eq!(run.player.dialled(), dialled);
            }
            assert_eq!(run.player.most(), 1, "two connections at the same time");
            expected::laws(&run.read);
        });
    }
}
