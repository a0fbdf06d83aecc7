//! Patches: their rules, and the least one between two users.

mod least;
mod rules;

use serde_json::Value;
use stream_users_model::{UpdateUsersPartial, UserPatch, Validate, Violation, Violations};

fn violations(patch: UserPatch) -> Vec<Violation> {
    let mut violations = Violations::new();
    UpdateUsersPartial::new([patch]).validate(&mut violations);
    violations.into_iter().collect()
}

/// Where the rules are broken.
fn violated(patch: UserPatch) -> Vec<String> {
    violations(patch)
        .iter()
        .map(|violation| violation.field.to_string())
        .collect()
}

fn written(patch: &UserPatch) -> Value {
    serde_json::to_value(patch).unwrap()
}

const NONE: [&str; 0] = [];
