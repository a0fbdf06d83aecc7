//! Patches between any custom data. That the service makes of one user the other is seen with the emulator, by the
//! facade's tests.

use proptest::prelude::*;
use serde_json::{Map, Value};
use stream_users_model::{UpdateUsersPartial, UserPatch, Validate, Violations};

use super::{any_json, any_object, cases};

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_patch_between_equal_data_is_empty(object in any_object()) {
        prop_assert!(UserPatch::custom_between("a", &object, &object.clone()).is_empty());
    }

    #[test]
    fn a_patch_between_data_is_sent_or_names_the_key(old in any_object(), new in any_object()) {
        let patch = UserPatch::custom_between("a", &old, &new);
        prop_assert_eq!(patch.is_empty(), old == new);
        let mut violations = Violations::new();
        UpdateUsersPartial::new([patch]).validate(&mut violations);
        for violation in violations {
            let key = violation.field.strip_prefix("users[0].set.").unwrap().to_owned();
            prop_assert!(old.get(&key) != new.get(&key), "{}", violation);
        }
    }

    #[test]
    fn no_patch_makes_its_check_panic(
        set in proptest::collection::vec(("[a-c.]{0,6}", any_json()), 0..8),
        unset in proptest::collection::vec("(privacy_settings\\.?)?[a-c.]{0,6}", 0..8),
        privacy in any_json(),
    ) {
        let mut patch = UserPatch::new("a").set("privacy_settings", privacy);
        patch.set.extend(set.into_iter().collect::<Map<String, Value>>());
        patch.unset.extend(unset.iter().map(Into::into));
        let mut violations = Violations::new();
        UpdateUsersPartial::new([patch]).validate(&mut violations);
    }
}
