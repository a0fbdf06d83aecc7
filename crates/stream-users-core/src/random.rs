//! Randomness: one source per client, seedable so that a test repeats itself.
//!
//! It spreads waits and names calls. It is not for keys or tokens: the generator is not a cryptographic one.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

/// A source of random waits and request ids, shared by all calls of a client.
pub struct Random {
    rng: Mutex<fastrand::Rng>,
}

impl Random {
    /// A source that nobody can foretell, seeded from the operating system's randomness.
    #[must_use]
    pub fn new() -> Self {
        Self {
            rng: Mutex::new(fastrand::Rng::new()),
        }
    }

    /// A source that yields the same values for the same `seed`, for tests.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            rng: Mutex::new(fastrand::Rng::with_seed(seed)),
        }
    }

    /// A duration between zero and `max`, both included, each nanosecond as likely as another ("full jitter").
    #[must_use]
    pub fn jitter(&self, max: Duration) -> Duration {
        let max = u64::try_from(max.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.with(|rng| rng.u64(..=max)))
    }

    /// A new request id: a UUID of version 4 in its hyphenated lower-case form.
    #[must_use]
    pub fn request_id(&self) -> String {
        let bytes = self.with(|rng| rng.u128(..)).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .hyphenated()
            .encode_lower(&mut Uuid::encode_buffer())
            .to_owned()
    }

    fn with<T>(&self, take: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        // A generator is whole after every step, so a poisoned lock does no harm.
        take(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Random").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn request_ids_are_version_4_uuids_and_differ() {
        let random = Random::new();
        let ids: HashSet<String> = (0..1000).map(|_| random.request_id()).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            let uuid = Uuid::parse_str(&id).unwrap();
            assert_eq!(
                (uuid.get_version_num(), uuid.get_variant()),
                (4, uuid::Variant::RFC4122)
            );
            assert_eq!(id, uuid.to_string());
        }
    }

    #[test]
    fn the_same_seed_yields_the_same_values() {
        let draw = |seed| {
            let random = Random::seeded(seed);
            (
                random.request_id(),
                random.jitter(Duration::from_secs(9)),
                random.request_id(),
            )
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn jitter_uses_its_whole_range() {
        let random = Random::seeded(1);
        let max = Duration::from_nanos(3);
        let seen: HashSet<Duration> = (0..200).map(|_| random.jitter(max)).collect();
        assert_eq!(seen, (0..=3).map(Duration::from_nanos).collect());
    }

    proptest! {
        #[test]
        fn jitter_is_never_above_its_bound(seed: u64, seconds: u64, nanos in 0..1_000_000_000_u32) {
            let max = Duration::new(seconds, nanos);
            prop_assert!(Random::seeded(seed).jitter(max) <= max);
        }
    }
}
