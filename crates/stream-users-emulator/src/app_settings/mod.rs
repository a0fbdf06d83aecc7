//! The app's settings: what `GET` on the app answers, what `PATCH` on it changes, and what requests heed of them.
//!
//! A setting has the value that it was changed to; else the one that the emulator was started with; else its default.
//! One that the service does not know is kept and answered as it was sent.

mod answer;
mod change;
mod known;

use rusqlite::Transaction;
use serde_json::{Map, Value};

use crate::clock::Nanos;
use crate::store::unique_names::UniqueNames;
use crate::store::{app_settings, roles};

pub(crate) use answer::{for_clients, for_servers};
pub(crate) use change::{read, save};

/// The settings that requests heed.
const HEEDED: [&str; 9] = [
    "disable_auth_checks",
    "disable_permissions_checks",
    "enforce_unique_usernames",
    "grants",
    "guest_user_creation_disabled",
    "multi_tenant_enabled",
    "permission_version",
    "revoke_tokens_issued_before",
    "user_search_disallowed_roles",
];

/// The version of the permission system, as far as it makes a difference for teams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PermissionVersion {
    /// A client names its teams in each query, and teams are changed by servers alone.
    V1,
    /// Queries are limited to the caller's teams; a permission may allow clients to change teams.
    V2,
}

/// What requests heed of the app's settings.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the service's own switches"
)]
pub(crate) struct AppSettings {
    pub(crate) disable_auth_checks: bool,
    pub(crate) disable_permissions_checks: bool,
    pub(crate) guest_user_creation_disabled: bool,
    pub(crate) multi_tenant_enabled: bool,
    pub(crate) unique_names: UniqueNames,
    pub(crate) permission_version: PermissionVersion,
    pub(crate) revoke_tokens_issued_before: Option<Nanos>,
    pub(crate) user_search_disallowed_roles: Vec<String>,
    /// From roles to lists of permissions; a role that is not in it has its default ones.
    grants: Map<String, Value>,
}

impl AppSettings {
    /// Reads the settings; `start` are those that the emulator was started with.
    pub(crate) fn load(tx: &Transaction<'_>, start: &Map<String, Value>) -> rusqlite::Result<Self> {
        let changed = app_settings::some(tx, &HEEDED)?;
        let value = |name: &str| changed.get(name).or_else(|| start.get(name));
        let flag = |name: &str| value(name).and_then(Value::as_bool).unwrap_or(false);
        let text = |name: &str| value(name).and_then(Value::as_str);
        let disallowed = value("user_search_disallowed_roles").and_then(Value::as_array);
        Ok(Self {
            disable_auth_checks: flag("disable_auth_checks"),
            disable_permissions_checks: flag("disable_permissions_checks"),
            guest_user_creation_disabled: flag("guest_user_creation_disabled"),
            multi_tenant_enabled: flag("multi_tenant_enabled"),
            unique_names: match text("enforce_unique_usernames") {
                Some("app") => UniqueNames::App,
                Some("team") => UniqueNames::Team,
                _ => UniqueNames::No,
            },
            permission_version: match text("permission_version") {
                Some("v1") => PermissionVersion::V1,
                _ => PermissionVersion::V2,
            },
            revoke_tokens_issued_before: value("revoke_tokens_issued_before").and_then(Value::as_i64),
            user_search_disallowed_roles: disallowed
                .into_iter()
                .flatten()
                .filter_map(|role| role.as_str().map(str::to_owned))
                .collect(),
            grants: value("grants")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
        })
    }

    /// Whether the role was granted permissions in the app, by default or by a change.
    pub(crate) fn is_granted(&self, role: &str) -> bool {
        self.grants.contains_key(role) || known::grants(role).is_some()
    }

    /// Whether a client of this role has the permission. A role that was added and was granted nothing has the
    /// permissions of `user`.
    pub(crate) fn may(&self, role: &str, permission: &str) -> bool {
        if self.disable_permissions_checks {
            return true;
        }
        if let Some(granted) = self.grants.get(role) {
            let mut granted = granted.as_array().into_iter().flatten();
            return granted.any(|granted| granted == permission);
        }
        match known::grants(role) {
            Some(granted) => granted.contains(&permission),
            None => role != roles::DEFAULT && self.may(roles::DEFAULT, permission),
        }
    }
}
