//! [`GoneIds`]: the ids of those who are gone, held until it is known whether they may be touched. Who is gone is decided in
//! `plan`, what becomes of them in `run`.

use stream_users_model::UserId;

/// Ids that rise in the order of their bytes, each written as what it does not share with the one before: 2 bytes and
/// that rest, as a rule.
#[derive(Debug, Default)]
pub(super) struct GoneIds {
    bytes: Vec<u8>,
    last: Vec<u8>,
    count: u64,
}

impl GoneIds {
    pub(super) fn push(&mut self, id: &UserId) {
        let id = id.as_str().as_bytes();
        let shared = id
            .iter()
            .zip(&self.last)
            .take_while(|(one, other)| one == other)
            .count();
        let rest = &id[shared..];
        put(&mut self.bytes, shared);
        put(&mut self.bytes, rest.len());
        self.bytes.extend_from_slice(rest);
        self.last.truncate(shared);
        self.last.extend_from_slice(rest);
        self.count += 1;
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// The ids in order.
    pub(super) fn into_ids(self) -> impl Iterator<Item = UserId> + Send {
        let mut place = 0;
        let mut last = Vec::new();
        (0..self.count).map_while(move |_| {
            let shared = take(&self.bytes, &mut place)?;
            let length = take(&self.bytes, &mut place)?;
            let rest = self.bytes.get(place..place.checked_add(length)?)?;
            place += length;
            last.truncate(shared);
            last.extend_from_slice(rest);
            std::str::from_utf8(&last).ok().map(UserId::from)
        })
    }
}

/// Writes a length: 7 bits in a byte, the lowest first; the highest bit says that more follow.
fn put(bytes: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or_default();
        length >>= 7;
        if length == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn take(bytes: &[u8], place: &mut usize) -> Option<usize> {
    let mut length = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = *bytes.get(*place)?;
        *place += 1;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_come_back_as_they_were(ids in prop::collection::btree_set("[a-cé€]{0,3}|\\PC{0,300}", 0..40)) {
            let mut gone = GoneIds::default();
            for id in &ids {
                gone.push(&UserId::from(id));
            }
            prop_assert_eq!(gone.count(), ids.len() as u64);
            let back: BTreeSet<String> = gone.into_ids().map(String::from).collect();
            prop_assert_eq!(back, ids);
        }
    }

    #[test]
    fn ids_that_resemble_each_other_cost_little() {
        let mut gone = GoneIds::default();
        for number in 0..100_000 {
            gone.push(&UserId::from(format!("customer-of-the-shop-{number:09}")));
        }
        assert!(gone.bytes.len() < 400_000, "{}", gone.bytes.len());
    }
}
