//! The faults that wait for a request, and which of them it suffers.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Fault;
use crate::error::{Error, Result};
use crate::routes::{self, EVERY};

/// The most faults that wait at one time.
const MOST: usize = 1_000;

/// The faults that wait for a request, the oldest first.
#[derive(Debug)]
pub(crate) struct Faults {
    /// What chance begins with.
    seed: u64,
    waiting: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    faults: VecDeque<Waiting>,
    /// How many faults there were since they were cleared last.
    added: u64,
}

/// A fault, the operation that it waits for (an operation's id, or [`EVERY`]), and the chance that is its own: what
/// others hit does not change what it hits.
#[derive(Debug)]
struct Waiting {
    operation: &'static str,
    fault: Fault,
    chance: Chance,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            waiting: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the next requests for an operation, which is named in either way, suffer a fault.
    pub(crate) fn add(&self, operation: &str, fault: Fault) -> Result<()> {
        let operation = routes::named_or_every(operation)?;
        fault.check()?;
        let mut state = self.lock();
        if state.faults.len() >= MOST {
            return Err(Error::Fault(format!("{MOST} faults wait already; clear them")));
        }
        let chance = Chance::new(self.seed, state.added);
        state.added += 1;
        state.faults.push_back(Waiting {
            operation,
            fault,
            chance,
        });
        Ok(())
    }

    /// What goes wrong with a request for this operation and this path, with the latency that it has: the oldest fault that waits for
    /// one, and those that hit it by chance. An answer goes wrong in one way only, so that what hits a request that
    /// another fault has spoilt does not happen; waiting goes together with everything.
    pub(crate) fn take(&self, operation_id: &str, path: &str) -> Fault {
        let mut state = self.lock();
        let mut suffered = Fault::NONE;
        let mut taken = None;
        let certain = |waiting: &Waiting| waiting.fault.chance.is_none();
        let is_for = |waiting: &Waiting| {
            (waiting.operation == operation_id || waiting.operation == EVERY)
                && waiting.fault.path.as_ref().is_none_or(|only| only == path)
        };
        let oldest = state
            .faults
            .iter()
            .position(|waiting| is_for(waiting) && certain(waiting));
        let by_chance = (0..state.faults.len()).filter(|index| Some(*index) != oldest);
        for index in oldest.into_iter().chain(by_chance) {
            let waiting = &mut state.faults[index];
            if !is_for(waiting) || (certain(waiting) && Some(index) != oldest) {
                continue;
            }
            // Each one throws for each request, so that the throws of none depend on what others hit.
            let hits = waiting
                .fault
                .chance
                .is_none_or(|chance| waiting.chance.hits(chance));
            let latency = waiting
                .chance
                .between(waiting.fault.latency, waiting.fault.latency_up_to);
            if !hits || (suffered.spoils() && waiting.fault.spoils()) {
                continue;
            }
            suffered = suffered.and(Fault {
                latency,
                latency_up_to: latency,
                ..waiting.fault.clone()
            });
            if let Some(times) = &mut waiting.fault.times {
                *times -= 1;
                if *times == 0 {
                    taken.get_or_insert_with(Vec::new).push(index);
                }
            }
        }
        if let Some(mut indices) = taken {
            indices.sort_unstable();
            for index in indices.into_iter().rev() {
                state.faults.remove(index);
            }
        }
        suffered
    }

    pub(crate) fn all(&self) -> Vec<(&'static str, Fault)> {
        let state = self.lock();
        let pairs = state.faults.iter();
        pairs
            .map(|waiting| (waiting.operation, waiting.fault.clone()))
            .collect()
    }

    pub(crate) fn clear(&self) {
        *self.lock() = State::default();
    }
}

/// Numbers that look random and are the same for the same seed: `SplitMix64`, by Steele, Lea and Flood.
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    /// The numbers of one of many.
    fn new(seed: u64, which: u64) -> Self {
        let mut first = Self(seed);
        let mut second = Self(first.next().wrapping_add(which));
        Self(second.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to less than 1, evenly.
    fn part(&mut self) -> f64 {
        // 32 bits are exact.
        let bits = u32::try_from(self.next() >> 32).unwrap_or(0);
        f64::from(bits) / 4_294_967_296.0
    }

    fn hits(&mut self, chance: f64) -> bool {
        self.part() < chance
    }

    fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let part = self.part();
        from.saturating_add(to.saturating_sub(from).mul_f64(part))
    }
}
