//! Strings, ids, open enums and the small map.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proptest::prelude::*;
use stream_users_model::{
    CallDeletionMode, ConversationDeletionMode, DeletionMode, SortType, Str, StrMap, TaskStatus, UserId,
};

use super::cases;

/// A literal long enough for strings of every length, inline or not.
const LITERAL: &str = "ein-langes-wort-mit-äöü-und-🚀-darin-das-nirgends-inline-passt-und-deshalb-gut-ist";

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Values that are known and values that are not.
fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,30}",
        "(soft|pruning|hard|waiting|pending|running|completed|failed|number|boolean)",
        "(Soft|SOFT| soft|soft )",
    ]
}

macro_rules! round_trips {
    ($($type:ty),*) => {
        |text: &str| {
            $(
                let value = <$type>::from(text);
                assert_eq!(value.as_str(), text);
                assert_eq!(value.to_string(), text);
                assert_eq!(value.is_known(), <$type>::VALUES.contains(&text));
                let json = serde_json::to_string(&value).unwrap();
                assert_eq!(json, serde_json::to_string(text).unwrap());
                assert_eq!(serde_json::from_str::<$type>(&json).unwrap(), value);
            )*
        }
    };
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn an_open_enum_keeps_any_value(text in any_value()) {
        round_trips!(DeletionMode, ConversationDeletionMode, CallDeletionMode, TaskStatus, SortType)(&text);
    }

    #[test]
    fn a_string_is_the_same_however_it_is_kept(text in ".{0,40}", other in ".{0,2}") {
        let made = [Str::from(text.as_str()), Str::from(text.clone()), Str::from(text.clone().into_boxed_str())];
        for one in &made {
            prop_assert_eq!(one, &text);
            prop_assert_eq!(one.as_str(), text.as_str());
            prop_assert_eq!(hash(one), hash(text.as_str()));
            prop_assert_eq!(one.cmp(&Str::from(other.as_str())), text.as_str().cmp(other.as_str()));
            prop_assert_eq!(format!("{one} {one:?}"), format!("{text} {text:?}"));
            prop_assert_eq!(String::from(one.clone()), text.clone());
            let json = serde_json::to_string(one).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Str>(&json).unwrap(), one);
        }
        prop_assert_eq!(UserId::from(text.as_str()), UserId::from(made[0].clone()));
        let keyed = HashMap::from([(UserId::from(text.as_str()), 1)]);
        prop_assert_eq!(keyed.get(text.as_str()), Some(&1));
    }

    #[test]
    fn a_small_map_is_a_map(entries in proptest::collection::vec(("[a-d]{0,2}", any::<u8>()), 0..12)) {
        let mut map = StrMap::new();
        let mut model: Vec<(String, u8)> = Vec::new();
        for (key, value) in &entries {
            let before = model.iter_mut().find(|(name, _)| name == key);
            let old = before.map(|(_, held)| std::mem::replace(held, *value));
            if old.is_none() {
                model.push((key.clone(), *value));
            }
            prop_assert_eq!(map.insert(key.as_str(), *value), old);
            prop_assert_eq!(map.get(key), Some(value));
        }
        prop_assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
        let held: Vec<_> = map.iter().map(|(key, value)| (key.to_owned(), *value)).collect();
        prop_assert_eq!(&held, &model);
        prop_assert_eq!(&entries.into_iter().collect::<StrMap<u8>>(), &map);
        prop_assert_eq!(map.get("no such key"), None);
        let json = serde_json::to_string(&map).unwrap();
        prop_assert_eq!(serde_json::from_str::<StrMap<u8>>(&json).unwrap(), map);
    }

    #[test]
    fn a_map_holds_what_was_answered_in_order(entries in proptest::collection::vec(("[a-c]", any::<u8>()), 0..4)) {
        let members: Vec<String> = entries.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        let map: StrMap<u8> = serde_json::from_str(&format!("{{{}}}", members.join(","))).unwrap();
        let read: Vec<_> = map.iter().map(|(key, value)| (key.to_owned(), *value)).collect();
        prop_assert_eq!(&read, &entries);
        let taken: Vec<_> = map.into_iter().map(|(key, value)| (key.to_string(), value)).collect();
        prop_assert_eq!(&taken, &entries);
    }
}

#[test]
fn a_literal_equals_a_copy_at_every_length() {
    for end in (0..=LITERAL.len()).filter(|end| LITERAL.is_char_boundary(*end)) {
        let literal: &'static str = &LITERAL[..end];
        let (kept, copied) = (Str::from_static(literal), Str::from(literal.to_owned()));
        assert_eq!(kept, copied);
        assert_eq!(hash(&kept), hash(&copied));
        assert_eq!(kept.clone(), literal);
        assert_eq!(kept.cmp(&copied), std::cmp::Ordering::Equal);
        assert_eq!(UserId::from_static(literal), UserId::from(copied));
    }
    assert_eq!(
        size_of::<Option<Str>>(),
        24,
        "a string is three words, also where it may be absent"
    );
}
