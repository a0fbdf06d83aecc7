//! [`StrMap`], the small map of the models. Nothing else belongs here.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::Str;

/// A map with string keys that keeps the order of its entries, made for a handful of them: one in place, or a vector of pairs.
///
/// A value that holds a map of its own kind has to hold it in a `Box`.
///
/// Looking a key up walks the entries. Where an answer has a key twice, both are kept and [`get`](Self::get) finds
/// the last.
///
/// ```
/// use stream_users_model::StrMap;
///
/// let roles: StrMap<&str> = [("red", "admin"), ("blue", "user")].into_iter().collect();
/// assert_eq!(roles.get("red"), Some(&"admin"));
/// ```
#[derive(Clone)]
pub struct StrMap<V>(Entries<V>);

/// The entries: a single one needs no memory of its own.
#[derive(Clone)]
enum Entries<V> {
    One((Str, V)),
    Many(Vec<(Str, V)>),
}

impl<V> StrMap<V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(Entries::Many(Vec::new()))
    }

    /// The value of `key`, if it is there.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.entries()
            .iter()
            .rfind(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// Sets `key` to `value` and returns the value that it had.
    pub fn insert(&mut self, key: impl Into<Str>, value: V) -> Option<V> {
        let key = key.into();
        let entries = match &mut self.0 {
            Entries::One(entry) => std::slice::from_mut(entry),
            Entries::Many(entries) => entries,
        };
        if let Some((_, old)) = entries.iter_mut().rfind(|(name, _)| *name == key) {
            return Some(std::mem::replace(old, value));
        }
        self.push((key, value));
        None
    }

    fn push(&mut self, entry: (Str, V)) {
        self.0 = match std::mem::take(self).0 {
            Entries::One(first) => Entries::Many(vec![first, entry]),
            Entries::Many(entries) if entries.is_empty() => Entries::One(entry),
            Entries::Many(mut entries) => {
                entries.push(entry);
                Entries::Many(entries)
            }
        };
    }

    fn entries(&self) -> &[(Str, V)] {
        match &self.0 {
            Entries::One(entry) => std::slice::from_ref(entry),
            Entries::Many(entries) => entries,
        }
    }

    /// The entries in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &V)> {
        self.entries().iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }
}

/// The order of entries does not count.
impl<V: PartialEq> PartialEq for StrMap<V> {
    fn eq(&self, other: &Self) -> bool {
        let holds_all_of = |one: &Self, two: &Self| two.iter().all(|(key, _)| one.get(key) == two.get(key));
        holds_all_of(self, other) && holds_all_of(other, self)
    }
}

impl<V: Eq> Eq for StrMap<V> {}

impl<V> Default for StrMap<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: fmt::Debug> fmt::Debug for StrMap<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Into<Str>, V> FromIterator<(K, V)> for StrMap<V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<V> IntoIterator for StrMap<V> {
    type Item = (Str, V);
    type IntoIter = std::vec::IntoIter<(Str, V)>;

    fn into_iter(self) -> Self::IntoIter {
        match self.0 {
            Entries::One(entry) => vec![entry],
            Entries::Many(entries) => entries,
        }
        .into_iter()
    }
}

impl<V: Serialize> Serialize for StrMap<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.entries() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for StrMap<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StrMapVisitor<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for StrMapVisitor<V> {
            type Value = StrMap<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<StrMap<V>, A::Error> {
                let mut map = StrMap::new();
                while let Some(entry) = access.next_entry()? {
                    map.push(entry);
                }
                Ok(map)
            }
        }

        deserializer.deserialize_map(StrMapVisitor(PhantomData))
    }
}
