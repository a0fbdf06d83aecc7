//! The rules of a patch: which keys there may be, and which not together. What a value must be is the service's word.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

use super::UserPatch;
use crate::{Str, Validate, Violations, id};

/// The built-in fields that a patch may change.
const PATCHABLE: [&str; 9] = [
    "image",
    "invisible",
    "language",
    "name",
    PRIVACY_SETTINGS,
    "revoke_tokens_issued_before",
    "role",
    "teams",
    "teams_role",
];

/// Those of them that a dot may reach into.
const WITH_INSIDE: [&str; 2] = [PRIVACY_SETTINGS, "teams_role"];

/// The one field whose value is merged with what is there.
const PRIVACY_SETTINGS: &str = "privacy_settings";

const BY_ITSELF: &str = "the service sets it; take it out";

/// The built-in fields that a patch may not change, and what to do instead.
const RESERVED: [(&str, &str); 23] = [
    ("avg_response_time", BY_ITSELF),
    ("ban_expires", BY_ITSELF),
    ("banned", BY_ITSELF),
    ("blocked_user_ids", "call `block_users` or `unblock_users`"),
    ("bypass_moderation", BY_ITSELF),
    ("channel_mutes", BY_ITSELF),
    ("created_at", BY_ITSELF),
    (
        "custom",
        "custom data stand at the top level: set their keys, or call `custom`",
    ),
    ("deactivated_at", "call `deactivate_user` or `reactivate_user`"),
    ("deleted_at", "call `delete_users` or `restore_users`"),
    ("devices", BY_ITSELF),
    ("id", "an id stays for ever; take it out"),
    ("last_active", BY_ITSELF),
    ("latest_hidden_channels", BY_ITSELF),
    ("mutes", BY_ITSELF),
    ("online", BY_ITSELF),
    ("push_notifications", BY_ITSELF),
    ("shadow_banned", BY_ITSELF),
    ("total_unread_count", BY_ITSELF),
    ("unread_channels", BY_ITSELF),
    ("unread_count", BY_ITSELF),
    ("unread_threads", BY_ITSELF),
    ("updated_at", BY_ITSELF),
];

/// Whether the text can be what stands between the dots of a key.
pub(super) fn is_part(text: &str) -> bool {
    !text.is_empty() && !text.contains(|letter: char| letter == '.' || letter.is_whitespace())
}

/// Why custom data at the top level of a patch cannot have the key.
pub(super) fn wrong_with_custom_key(key: &str) -> Option<&'static str> {
    if PATCHABLE.contains(&key) || RESERVED.iter().any(|(name, _)| *name == key) {
        Some(
            "is a built-in field, so that a patch cannot change custom data of that name; rename it, or replace the \
             user with `upsert_users`",
        )
    } else if key.contains('.') {
        Some(
            "has a dot, which in a patch reaches into nested data; rename it, or replace the user with `upsert_users`",
        )
    } else if !is_part(key) {
        Some(
            "is empty or has a space, which the service refuses in a patch; rename it, or replace the user with \
             `upsert_users`",
        )
    } else {
        None
    }
}

/// A key of the patch; the value where it is set, nothing where it is unset.
struct Entry<'p> {
    key: &'p str,
    value: Option<&'p Value>,
}

impl Entry<'_> {
    fn list(&self) -> &'static str {
        if self.value.is_some() { "set" } else { "unset" }
    }

    /// In this order every key is followed by those inside it.
    fn order(&self, other: &Self) -> Ordering {
        self.key.split('.').cmp(other.key.split('.'))
    }

    /// The path from this key to one inside it.
    fn inside<'k>(&self, key: &'k str) -> Option<&'k str> {
        key.strip_prefix(self.key)?.strip_prefix('.')
    }

    /// Whether this key being there as well makes it unclear what becomes of the place inside it.
    fn covers(&self, inside: &str) -> bool {
        let (PRIVACY_SETTINGS, Some(mut value)) = (self.key, self.value) else {
            return true;
        };
        // It is merged: what it does not name, another entry may.
        for part in inside.split('.') {
            match value {
                Value::Object(map) => match map.get(part) {
                    Some(inner) => value = inner,
                    None => return false,
                },
                _ => return true,
            }
        }
        true
    }
}

impl UserPatch {
    /// Adds the rules that the patch breaks; `prefix` goes before the names of its fields, as `users[3].` does.
    pub(crate) fn check(&self, violations: &mut Violations, prefix: fmt::Arguments<'_>) {
        id::check(violations, format_args!("{prefix}id"), self.id.as_str());
        for (place, reason) in &self.problems {
            violations.add(format_args!("{prefix}{place}"), reason.as_str());
        }
        let set = self.set.iter().map(|(key, value)| Entry {
            key,
            value: Some(value),
        });
        let unset = self.unset.iter().map(Str::as_str);
        let unset = unset.map(|key| Entry { key, value: None });
        let mut entries: Vec<Entry<'_>> = set.chain(unset).collect();
        entries.retain(|entry| match wrong_with_key(entry.key) {
            Some(reason) => {
                violations.add(
                    format_args!("{prefix}{}", entry.list()),
                    format!("must not have the key {:?}: {reason}", entry.key),
                );
                false
            }
            None => true,
        });
        entries.sort_by(Entry::order);
        check_together(violations, prefix, &entries);
    }
}

/// The rules for one patch by itself; how many go into a call is a rule of the request.
impl Validate for UserPatch {
    fn validate(&self, violations: &mut Violations) {
        self.check(violations, format_args!(""));
    }
}

fn wrong_with_key(key: &str) -> Option<&'static str> {
    let root = key.split('.').next().unwrap_or_default();
    if !key.split('.').all(is_part) {
        Some("no empty part around a dot, and no space")
    } else if let Some((_, fix)) = RESERVED.iter().find(|(name, _)| *name == root) {
        Some(fix)
    } else if root != key && PATCHABLE.contains(&root) && !WITH_INSIDE.contains(&root) {
        Some("the built-in field has nothing inside; set it as a whole")
    } else {
        None
    }
}

/// Each key is compared with the nearest one around it. The entries are in order.
fn check_together(violations: &mut Violations, prefix: fmt::Arguments<'_>, entries: &[Entry<'_>]) {
    let mut around: Vec<&Entry<'_>> = Vec::new();
    for entry in entries {
        while around
            .last()
            .is_some_and(|outer| outer.key != entry.key && outer.inside(entry.key).is_none())
        {
            around.pop();
        }
        if let Some(outer) = around.last() {
            if outer.key == entry.key {
                if outer.list() != entry.list() {
                    violations.add(
                        format_args!("{prefix}unset"),
                        format!(
                            "must not have the key {:?}, which is set as well: keep one",
                            entry.key
                        ),
                    );
                }
            } else if outer.inside(entry.key).is_some_and(|inside| outer.covers(inside)) {
                violations.add(
                    format_args!("{prefix}{}", entry.list()),
                    format!(
                        "must not have the key {:?} beside {:?} in `{}`, which it is inside of: keep one, or make the \
                         value of {:?} the whole",
                        entry.key,
                        outer.key,
                        outer.list(),
                        outer.key
                    ),
                );
            }
        }
        around.push(entry);
    }
}
