//! [`Lane`]: what is known of one operation's quota, and when the next call may go. Nobody waits here and no clock is
//! read.
//!
//! Several clients may share a quota without knowing of each other. Each sees in the answers how far the quota went
//! down for each call of its own: that is its share. A client that spaces its calls by
//! `time to the reset × quota used per own call ÷ quota left` uses up its share just when the reset comes, and so do all
//! together; where one was wrong, the next answer puts it right.

use std::collections::VecDeque;
use std::time::Duration;

use stream_users_model::Timestamp;

use super::quota::FARTHEST_RESET;
use super::{LimitedAnswer, RateLimit};
use crate::random::Random;

/// The window that the service counts calls in.
const WINDOW: Duration = Duration::from_secs(60);
/// The pace of calls is taken from this time.
const HORIZON: Duration = Duration::from_secs(5);
/// What happens within this time is counted together.
const GRAIN: Duration = Duration::from_millis(250);
/// A lane that is late catches up by this much at most.
const CREDIT: Duration = Duration::from_secs(1);
/// By so much, clocks may differ that are taken for the same: dates of answers are whole seconds.
const SLACK: Duration = Duration::from_secs(2);
/// How much of the difference each answer takes the share nearer to what it says.
const LEARNING: f64 = 0.2;
/// The most that one answer counts for: a burst of others' is no share of theirs.
const MOST_PER_CALL: f64 = 50.0;

#[derive(Debug, Default)]
pub(super) struct Lane {
    stated: Option<RateLimit>,
    known: Option<Known>,
    /// Calls that were let through and have not ended.
    in_flight: u32,
    /// How far the quota goes down for each call of this client; 1 where nobody else calls.
    per_call: f64,
    /// When the last call was due; nothing while calls go freely.
    last: Option<Timestamp>,
    /// How far the quota went down of late.
    declines: VecDeque<(Timestamp, u32)>,
    /// Whether the quota would run out before the reset.
    paced: bool,
    /// The service has asked not to come before.
    closed_until: Option<Timestamp>,
}

/// A quota as an answer stated it, or as it is taken to be since its reset.
#[derive(Debug)]
struct Known {
    limit: u32,
    left: u32,
    reset: Timestamp,
    /// When the quota was as it is stated here.
    since: Timestamp,
    /// Whether no answer has come since the reset.
    assumed: bool,
    /// Whether a call was refused.
    refused: bool,
    /// No call goes before: those who waited for the reset do not all go at once.
    opens: Timestamp,
}

/// What a call is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Go; it is counted as in flight.
    Go,
    /// Wait this long and ask again.
    Wait(Duration),
}

impl Lane {
    /// The quota as it was stated last.
    pub(super) fn stated(&self) -> Option<RateLimit> {
        self.stated
    }

    /// For how long no call at all may go, as far as this is known.
    pub(super) fn closed_for(&mut self, now: Timestamp) -> Duration {
        self.forget_what_cannot_be(now);
        let closed = self
            .closed_until
            .map_or(Duration::ZERO, |until| between(now, until));
        let used_up = self
            .known
            .as_ref()
            .filter(|known| known.left == 0)
            .map_or(Duration::ZERO, |known| between(now, known.reset));
        closed.max(used_up)
    }

    /// What the next call is to do.
    pub(super) fn plan(&mut self, now: Timestamp, random: &Random) -> Plan {
        self.forget_what_cannot_be(now);
        if let Some(until) = self.closed_until {
            if until > now {
                return Plan::Wait(between(now, until));
            }
            self.closed_until = None;
        }
        let per_call = self.per_call.max(1.0);
        let Some(known) = &mut self.known else {
            return self.go(None);
        };
        if known.reset <= now {
            let is_next = known.roll(now);
            self.paced &= is_next;
            if self.paced {
                let nominal = WINDOW.mul_f64(per_call / f64::from(known.limit.max(1)));
                known.opens = after(known.since, random.jitter(nominal.min(WINDOW)));
            }
        }
        let left = f64::from(known.left) - f64::from(self.in_flight) - reserve(known.limit, per_call);
        let time_left = between(known.since, known.reset);
        let reset = known.reset;
        if !self.paced {
            let horizon = HORIZON.as_secs_f64();
            let used: f64 = self
                .declines
                .iter()
                .filter(|(at, _)| between(*at, now) < HORIZON)
                .map(|(_, used)| f64::from(*used))
                .sum();
            self.paced = used / horizon * between(now, reset).as_secs_f64() > left.max(0.0);
        }
        if left <= 0.0 {
            // After a reset nothing is certain: one call goes and finds out.
            return if known.assumed && self.in_flight == 0 {
                self.go(None)
            } else {
                Plan::Wait(between(now, reset))
            };
        }
        if !self.paced {
            return self.go(None);
        }
        let spacing = time_left.mul_f64((per_call / left).min(1.0));
        let due = self
            .last
            .map_or(now, |last| after(last, spacing))
            .max(known.opens);
        if due <= now {
            self.go(Some(due.max(now.checked_sub(CREDIT).unwrap_or(now))))
        } else {
            Plan::Wait(between(now, due.min(reset)))
        }
    }

    /// What is further away than any answer may put it was learned before the clock was set back.
    fn forget_what_cannot_be(&mut self, now: Timestamp) {
        let can_be = |time: Timestamp| between(now, time) <= FARTHEST_RESET;
        self.closed_until = self.closed_until.filter(|until| can_be(*until));
        if self.known.as_ref().is_some_and(|known| !can_be(known.reset)) {
            self.known = None;
            self.paced = false;
            self.declines.clear();
        }
    }

    /// Takes note of how a call ended that was let through.
    pub(super) fn release(&mut self, answer: Option<&LimitedAnswer>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(answer) = answer else { return };
        self.stated = answer.rate_limit.or(self.stated);
        if answer.refused {
            // Where something is left, the refusal is about that call and not about the quota.
            if answer.rate_limit.is_none_or(|quota| quota.remaining == 0) {
                let asked = answer.retry_after.filter(|wait| *wait <= FARTHEST_RESET);
                self.closed_until = self.closed_until.max(asked.map(|wait| after(answer.now, wait)));
                if let Some(known) = &mut self.known {
                    known.refused = true;
                }
            }
        } else if let Some(stated) = answer.rate_limit {
            let to_reset = between(answer.now, stated.reset);
            if !to_reset.is_zero() && to_reset <= FARTHEST_RESET {
                self.learn(stated, answer.now);
            }
        }
    }

    fn learn(&mut self, stated: RateLimit, now: Timestamp) {
        let clamp = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let fresh = Known {
            limit: clamp(stated.limit),
            left: clamp(stated.remaining),
            reset: stated.reset,
            since: now,
            assumed: false,
            refused: false,
            opens: now,
        };
        match &mut self.known {
            // An answer that was overtaken by one of the next window: its own has as good as ended.
            Some(known)
                if stated.reset < known.reset && !known.assumed && between(now, stated.reset) <= SLACK => {}
            Some(known) if stated.reset == known.reset && !known.assumed => {
                // What an answer says that was overtaken is counted with the one that came before it.
                let used = known.left.saturating_sub(fresh.left);
                let others = self.per_call.max(1.0);
                self.per_call = others + LEARNING * (f64::from(used).min(MOST_PER_CALL) - others);
                if used > 0 {
                    *known = fresh;
                    self.declined(now, used);
                }
            }
            known => *known = Some(fresh),
        }
    }

    fn declined(&mut self, now: Timestamp, used: u32) {
        self.declines.retain(|(at, _)| between(*at, now) < HORIZON);
        match self.declines.back_mut() {
            Some((at, sum)) if between(*at, now) < GRAIN => *sum = sum.saturating_add(used),
            _ => self.declines.push_back((now, used)),
        }
    }

    fn go(&mut self, due: Option<Timestamp>) -> Plan {
        self.in_flight = self.in_flight.saturating_add(1);
        self.last = due;
        Plan::Go
    }
}

impl Known {
    /// Takes the quota as whole since its last reset. Whether that is the one which was known, and the quota was nearly
    /// used up before it.
    fn roll(&mut self, now: Timestamp) -> bool {
        let past = between(self.reset, now).as_secs() / WINDOW.as_secs();
        let was_used = self.refused || self.left < self.limit / 4;
        self.since = after(
            self.reset,
            WINDOW.saturating_mul(u32::try_from(past).unwrap_or(u32::MAX)),
        );
        self.reset = after(self.since, WINDOW);
        self.left = self.limit;
        self.assumed = true;
        self.refused = false;
        past == 0 && was_used
    }
}

/// How many calls are left alone for what others do meanwhile; none where nobody else calls.
fn reserve(limit: u32, per_call: f64) -> f64 {
    (per_call - 1.0).clamp(0.0, 1.0) * f64::from(limit).mul_add(0.01, 1.0)
}

fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    later.duration_since(earlier).unwrap_or_default()
}

fn after(time: Timestamp, duration: Duration) -> Timestamp {
    time.checked_add(duration).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Plan,
        Lost,
        Answer { limit: u64, remaining: u64, reset: i64 },
        Refused { after: Option<u64> },
        Pass(Duration),
    }

    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![0..5_u64, 0..2_000_u64, any::<u64>()]
    }

    fn step() -> impl Strategy<Value = Step> {
        let reset = prop_oneof![-10..130_i64, 3_590..3_610_i64, any::<i32>().prop_map(i64::from)];
        prop_oneof![
            4 => Just(Step::Plan),
            1 => Just(Step::Lost),
            4 => (number(), number(), reset).prop_map(|(limit, remaining, reset)| Step::Answer { limit, remaining, reset }),
            1 => prop::option::of(number()).prop_map(|after| Step::Refused { after }),
            2 => (0..200_000_u64).prop_map(|millis| Step::Pass(Duration::from_millis(millis))),
        ]
    }

    proptest! {
        /// Whatever the service states, a call that does as it is told goes within the hour that a reset may be away.
        #[test]
        fn nobody_waits_longer_than_the_farthest_reset(steps in prop::collection::vec(step(), 1..60), seed: u64) {
            let random = Random::seeded(seed);
            let mut lane = Lane::default();
            let mut now = Timestamp::from_unix_seconds(1_700_000_000).unwrap();
            for step in steps {
                match step {
                    Step::Plan => {
                        let began = now;
                        let mut rounds = 0;
                        while let Plan::Wait(wait) = lane.plan(now, &random) {
                            prop_assert!(!wait.is_zero());
                            now = after(now, wait);
                            rounds += 1;
                            // Calls that are in flight for ever hold a small quota up for ever.
                            if lane.in_flight > 0 && rounds == 100 {
                                break;
                            }
                            prop_assert!(lane.in_flight > 0 || between(began, now) <= FARTHEST_RESET + WINDOW);
                        }
                    }
                    Step::Lost => lane.release(None),
                    Step::Answer { limit, remaining, reset } => {
                        let Some(reset) = Timestamp::from_unix_seconds(now.unix_seconds() + reset) else { continue };
                        let stated = RateLimit::new(limit, remaining, reset);
                        lane.release(Some(&LimitedAnswer::new(now).rate_limit(Some(stated))));
                    }
                    Step::Refused { after } => {
                        lane.release(Some(&LimitedAnswer::new(now).refused(after.map(Duration::from_secs))));
                    }
                    Step::Pass(time) => now = after(now, time),
                }
            }
            prop_assert!(lane.declines.len() <= 21);
        }
    }
}
