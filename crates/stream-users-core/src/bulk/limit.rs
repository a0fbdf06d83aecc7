//! [`Limit`]: how many batches may be under way. It knows neither what is sent nor to whom.

use std::time::Duration;

use crate::rate_limit::RateLimit;

/// How many batches may be under way: doubled at first, then one more a round, as long as answers come as fast as before;
/// fewer where the service refuses for too many calls, fails, or becomes slow.
#[derive(Debug)]
pub(super) struct Limit {
    max: usize,
    now: f64,
    /// Whether it is still doubled.
    starting: bool,
    /// The shortest time that an answer took, forgotten slowly.
    shortest: Option<f64>,
    /// The most users that a request had.
    largest: usize,
    /// Batches that must end before the next reduction: those that were under way at the last one say the same again.
    grace: usize,
}

/// Answers may take this many times the shortest before they count as slow.
const SLOW: f64 = 3.0;

impl Limit {
    pub(super) fn new(max: usize) -> Self {
        let max = max.max(1);
        Self {
            max,
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            now: max.min(2) as f64,
            starting: true,
            shortest: None,
            largest: 0,
            grace: 0,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and the maximum"
    )]
    pub(super) fn get(&self) -> usize {
        (self.now as usize).clamp(1, self.max)
    }

    pub(super) const fn max(&self) -> usize {
        self.max
    }

    /// An answer to a request of `users` came after `took`, while `in_flight` batches were under way.
    pub(super) fn answered(
        &mut self,
        took: Duration,
        users: usize,
        in_flight: usize,
        quota: Option<&RateLimit>,
    ) {
        self.grace = self.grace.saturating_sub(1);
        self.largest = self.largest.max(users);
        if users < self.largest / 2 {
            // A piece of a refused batch is answered sooner: measured by it, every whole batch would be slow.
            return;
        }
        let took = took.as_secs_f64();
        let shortest = self
            .shortest
            .map_or(took, |shortest| (shortest * 1.001).min(took));
        self.shortest = Some(shortest);
        // Where the quota is nearly used up, more at a time only wait longer.
        let is_scarce = quota.is_some_and(|quota| quota.remaining.saturating_mul(20) < quota.limit);
        if took > shortest.max(0.001) * SLOW {
            self.reduce(0.8, in_flight);
        } else if in_flight >= self.get() && !is_scarce {
            self.now += if self.starting { 1.0 } else { 1.0 / self.now };
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let max = self.max as f64;
            self.now = self.now.min(max);
        }
    }

    /// The service refused for too many calls, failed, or was not reached.
    pub(super) fn congested(&mut self, in_flight: usize) {
        self.reduce(0.5, in_flight);
    }

    fn reduce(&mut self, factor: f64, in_flight: usize) {
        self.starting = false;
        if self.grace == 0 {
            self.now = (self.now * factor).max(1.0);
            self.grace = in_flight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_millis(10);

    #[test]
    fn it_grows_while_answers_come_as_fast_and_stays_below_its_maximum() {
        let mut limit = Limit::new(16);
        assert_eq!(limit.get(), 2);
        for _ in 0..200 {
            limit.answered(FAST, 100, limit.get(), None);
        }
        assert_eq!(limit.get(), 16);
        assert_eq!(Limit::new(1).get(), 1);
        assert_eq!(Limit::new(0).get(), 1);
    }

    #[test]
    fn it_does_not_grow_where_it_is_not_used() {
        let mut limit = Limit::new(16);
        for _ in 0..200 {
            limit.answered(FAST, 100, 1, None);
        }
        assert_eq!(limit.get(), 2);
    }

    #[test]
    fn failures_halve_it_once_for_all_that_were_under_way() {
        let mut limit = Limit::new(16);
        for _ in 0..200 {
            limit.answered(FAST, 100, limit.get(), None);
        }
        for _ in 0..16 {
            limit.congested(16);
        }
        assert_eq!(limit.get(), 8);
    }

    #[test]
    fn pieces_of_a_refused_batch_do_not_make_whole_ones_seem_slow() {
        let mut limit = Limit::new(16);
        for _ in 0..200 {
            limit.answered(FAST, 100, limit.get(), None);
            limit.answered(FAST / 10, 1, limit.get(), None);
        }
        assert_eq!(limit.get(), 16);
    }

    #[test]
    fn it_does_not_grow_where_the_quota_is_nearly_used_up() {
        let quota = RateLimit::new(1_000, 49, stream_users_model::Timestamp::UNIX_EPOCH);
        let mut limit = Limit::new(16);
        for _ in 0..200 {
            limit.answered(FAST, 100, limit.get(), Some(&quota));
        }
        assert_eq!(limit.get(), 2);
    }

    #[test]
    fn slow_answers_reduce_it_to_no_less_than_one() {
        let mut limit = Limit::new(16);
        limit.answered(FAST, 100, 2, None);
        for _ in 0..100 {
            limit.answered(FAST * 4, 100, limit.get(), None);
        }
        assert!(limit.get() < 3);
        for _ in 0..100 {
            limit.congested(0);
        }
        assert_eq!(limit.get(), 1);
    }
}
