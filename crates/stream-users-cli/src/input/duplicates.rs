//! Ids that stand twice in an input. A table of them is kept in memory for as long as the input is read: 16 bytes for each
//! id (12 of its hash, 4 of its line), and about an eighth of that for room to grow.
//!
//! Hashes are cut to 96 bits: among a hundred million ids, the chance that any two of them share one is about 1 in 10^13.

use sha2::{Digest, Sha256};

/// How many parts the table has. Each grows by itself, so that never more than one is in memory twice.
const SHARDS: usize = 256;

/// How full a part may be: 15 of 16 places.
const FULL: (usize, usize) = (15, 16);

/// How far behind its place an entry may stand, beyond the last place of a part.
const OVERFLOW: usize = 64;

type Hash = [u8; 12];

/// A hash and the line of the first row that had it. Line 0 marks a place as free.
#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: Hash,
    line: [u8; 4],
}

const FREE: Entry = Entry {
    hash: [0; 12],
    line: [0; 4],
};

/// The ids that were seen so far.
#[derive(Debug)]
pub(crate) struct Duplicates {
    shards: Vec<Shard>,
}

/// What is known of an id that was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It is new.
    First,
    /// It was in this row; `None` where that is beyond row 4,294,967,294.
    Before(Option<u64>),
}

impl Duplicates {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
        }
    }

    /// Notes an id that stands in a row, and says whether it was seen before.
    pub(crate) fn insert(&mut self, id: &str, number: u64) -> Seen {
        let digest = Sha256::digest(id.as_bytes());
        let mut hash = [0; 12];
        hash.copy_from_slice(&digest[1..13]);
        let line = u32::try_from(number).unwrap_or(u32::MAX).max(1);
        let shard = &mut self.shards[usize::from(digest[0]) % SHARDS];
        match shard.insert(hash, line) {
            None => Seen::First,
            Some(u32::MAX) => Seen::Before(None),
            Some(line) => Seen::Before(Some(line.into())),
        }
    }

    /// How many bytes the table takes.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        let entries: usize = self.shards.iter().map(|shard| shard.entries.capacity()).sum();
        entries * size_of::<Entry>()
    }
}

/// A part of the table: entries in the order of their hashes, each at the place that its hash says or as near behind it as
/// can be. So looking one up ends at the first that is greater.
#[derive(Debug, Default)]
struct Shard {
    entries: Vec<Entry>,
    len: usize,
}

impl Shard {
    /// How many places a hash can say.
    fn places(&self) -> usize {
        self.entries.len().saturating_sub(OVERFLOW)
    }

    /// The line of an entry of the same hash; otherwise it is put in.
    fn insert(&mut self, hash: Hash, line: u32) -> Option<u32> {
        if self.len * FULL.1 >= self.places() * FULL.0 {
            self.grow();
        }
        loop {
            let mut at = place(hash, self.places());
            while let Some(entry) = self.entries.get(at).filter(|entry| entry.line != FREE.line) {
                match entry.hash.cmp(&hash) {
                    std::cmp::Ordering::Equal => return Some(u32::from_be_bytes(entry.line)),
                    std::cmp::Ordering::Greater => break,
                    std::cmp::Ordering::Less => at += 1,
                }
            }
            let free = self.entries[at..]
                .iter()
                .position(|entry| entry.line == FREE.line);
            if let Some(free) = free {
                self.entries.copy_within(at..at + free, at + 1);
                self.entries[at] = Entry {
                    hash,
                    line: line.to_be_bytes(),
                };
                self.len += 1;
                return None;
            }
            self.grow();
        }
    }

    /// Makes room for a sixteenth more, and puts each entry at its new place.
    fn grow(&mut self) {
        let mut places = self.places() + (self.places() / 16).max(64);
        loop {
            let mut entries = vec![FREE; places + OVERFLOW];
            let mut next = 0;
            let mut all_fit = true;
            for entry in self.entries.iter().filter(|entry| entry.line != FREE.line) {
                let at = place(entry.hash, places).max(next);
                next = at + 1;
                let Some(place) = entries.get_mut(at) else {
                    all_fit = false;
                    break;
                };
                *place = *entry;
            }
            if all_fit {
                self.entries = entries;
                return;
            }
            places += 64;
        }
    }
}

/// The place of a hash among so many: its leading bits, spread evenly.
fn place(hash: Hash, places: usize) -> usize {
    let [a, b, c, d, ..] = hash;
    let leading = u64::from(u32::from_be_bytes([a, b, c, d]));
    usize::try_from((leading * places as u64) >> 32).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_an_id_is_found_with_the_line_of_the_first() {
        let mut ids = Duplicates::new();
        for number in 1..=100_000_u64 {
            assert_eq!(ids.insert(&format!("user-{number}"), number), Seen::First);
        }
        for number in 1..=100_000_u64 {
            assert_eq!(
                ids.insert(&format!("user-{number}"), 1_000_000 + number),
                Seen::Before(Some(number))
            );
        }
        assert_eq!(ids.insert("late", u64::from(u32::MAX) + 7), Seen::First);
        assert_eq!(ids.insert("late", u64::from(u32::MAX) + 8), Seen::Before(None));
    }

    #[test]
    fn a_row_takes_at_most_18_bytes_once_there_are_many() {
        let mut ids = Duplicates::new();
        for number in 1..=400_000_u64 {
            ids.insert(&number.to_string(), number);
            if number >= 300_000 && number % 10_000 == 0 {
                let bytes = ids.bytes() as u64;
                assert!(bytes <= number * 19, "{bytes} bytes for {number} rows");
            }
        }
    }
}
