//! [`Digest`]: what rows hold, in 16 bytes.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use twox_hash::XxHash3_128;

/// What rows hold: an XXH3 of 128 bits, which tells rows apart that differ by chance, and is no proof against somebody who
/// makes two that are alike. Written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 16]);

impl Digest {
    /// The digest of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || serde::de::Error::custom("a digest has 32 hexadecimal digits");
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        if text.len() != 32 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0; 16];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let digits = &text[2 * index..2 * index + 2];
            *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

impl Digest {
    /// What a row holds: the JSON of an item, or why a row is of no use.
    #[must_use]
    pub fn of_row(is_item: bool, content: &[u8]) -> Self {
        Self(XxHash3_128::oneshot_with_seed(u64::from(is_item), content).to_be_bytes())
    }
}

/// Makes the digest of a part from those of its rows.
#[derive(Clone)]
pub struct DigestBuilder(XxHash3_128);

impl DigestBuilder {
    /// A digest of no rows yet.
    #[must_use]
    pub fn new() -> Self {
        Self(XxHash3_128::new())
    }

    /// Adds the next row.
    pub fn row(&mut self, number: u64, digest: Digest) {
        self.0.write(&number.to_le_bytes());
        self.0.write(&digest.0);
    }

    /// The digest of the rows that were added.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.0.finish_128().to_be_bytes())
    }
}

impl Default for DigestBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for DigestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestBuilder").finish_non_exhaustive()
    }
}
