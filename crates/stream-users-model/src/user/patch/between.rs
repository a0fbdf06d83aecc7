//! The least patch: what makes one user of another, and nothing else. Comparing JSON stands in `json`.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::check::wrong_with_custom_key;
use super::json::{self, Change};
use crate::user::{PrivacySettings, User, UserPatch, UserRequest};
use crate::{Str, StrMap, Timestamp, UserId};

impl UserPatch {
    /// The least patch that makes `after` of `before`, such as of a copy that was changed; empty where they differ in
    /// nothing that a patch can change.
    ///
    /// Compared are the fields that have a setter here, and custom data. What the service sets itself (`online`,
    /// `banned`, `updated_at`, ...) is not. An empty role says nothing, the order of teams does not count, and `1.0` is
    /// `1`. Custom data are compared as deep as they go: a key that has gone is unset, one that became `null` is set to
    /// `null`, nested objects are changed by path. A list is replaced as a whole, and so is the least object with a change
    /// at a key that a path cannot name (empty, with a dot or with a space).
    ///
    /// ```
    /// use stream_users_model::{Custom, Timestamp, User, UserPatch};
    /// use serde_json::json;
    ///
    /// let custom = json!({"plan": "pro", "address": {"city": "Paris", "zip": "75001"}});
    /// let before: User = User::new("ada", Custom::from_serialize(&custom)?, Timestamp::UNIX_EPOCH);
    /// let mut after = before.clone();
    /// after.name = Some("Ada".into());
    /// after.custom = Custom::from_serialize(&json!({"address": {"city": "London", "zip": "75001"}}))?;
    ///
    /// let patch = UserPatch::between(&before, &after);
    /// assert_eq!(
    ///     serde_json::to_string(&patch)?,
    ///     r#"{"id":"ada","set":{"address.city":"London","name":"Ada"},"unset":["plan"]}"#,
    /// );
    /// assert!(UserPatch::between(&after, &after).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # What cannot be patched
    /// Two users of different ids, custom data that are not written as an object, and a change of custom data at a key
    /// of the top level that is empty, has a dot or a space, or is the name of a built-in field. It is reported when the
    /// patch is sent, which is then not sent at all.
    #[must_use]
    pub fn between<C: Serialize>(before: &User<C>, after: &User<C>) -> Self {
        let mut patch = Self::new(&before.id);
        patch.same_id(&after.id);
        patch.change_text("name", before.name.as_ref(), after.name.as_ref());
        patch.change_text("image", before.image.as_ref(), after.image.as_ref());
        patch.change_role(&before.role, &after.role);
        patch.change_text(
            "language",
            not_empty(&before.language),
            not_empty(&after.language),
        );
        patch.change_invisible(before.invisible, after.invisible);
        patch.change_teams(&before.teams, &after.teams);
        patch.change_teams_role(&before.teams_role, &after.teams_role);
        patch.change_privacy_settings(before.privacy_settings, after.privacy_settings);
        patch.change_revocation(
            before.revoke_tokens_issued_before,
            after.revoke_tokens_issued_before,
        );
        patch.change_custom(&before.custom, Some(&after.custom));
        patch
    }

    /// The least patch that makes of `before`, a user as it is there, what upserting `wanted` would make: as
    /// [`between`](Self::between), with what a request says by not saying it.
    ///
    /// A request stands for a whole user: name, image, language, privacy settings and custom data that it lacks are
    /// taken away, and it is visible. A role and teams that it lacks stay. To change single fields and leave the rest,
    /// build a patch, or start from [`UserRequest::from`] the user.
    ///
    /// ```
    /// use stream_users_model::{Custom, Timestamp, User, UserPatch, UserRequest};
    ///
    /// let there: User = User::new("ada", Custom::from_iter([("plan", "free"), ("theme", "dark")]), Timestamp::UNIX_EPOCH);
    /// let wanted = UserRequest::from(&there).custom(Custom::from_iter([("plan", "pro"), ("theme", "dark")]));
    /// let patch = UserPatch::towards(&there, &wanted);
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"id":"ada","set":{"plan":"pro"}}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn towards<C: Serialize>(before: &User<C>, wanted: &UserRequest<C>) -> Self {
        let mut patch = Self::new(&before.id);
        patch.same_id(&wanted.id);
        patch.change_text("name", before.name.as_ref(), wanted.name.as_ref());
        patch.change_text("image", before.image.as_ref(), wanted.image.as_ref());
        if let Some(role) = &wanted.role {
            patch.change_role(&before.role, role);
        }
        let language = wanted.language.as_ref().and_then(not_empty);
        patch.change_text("language", not_empty(&before.language), language);
        patch.change_invisible(before.invisible, wanted.invisible.unwrap_or_default());
        if let Some(teams) = &wanted.teams {
            patch.change_teams(&before.teams, teams);
        }
        if let Some(roles) = &wanted.teams_role {
            patch.change_teams_role(&before.teams_role, roles);
        }
        patch.change_privacy_settings(before.privacy_settings, wanted.privacy_settings);
        patch.change_custom(&before.custom, wanted.custom.as_ref());
        patch
    }

    /// The least patch that makes the custom data `new` of the custom data `old`, both of the user `id`; the types may
    /// differ.
    ///
    /// What a type does not write is not compared: keys of the service's that neither struct knows stay. Mind `None`: see
    /// [null and unset](Self#null-and-unset).
    ///
    /// ```
    /// use serde::Serialize;
    /// use stream_users_model::UserPatch;
    ///
    /// #[derive(Serialize)]
    /// struct Profile {
    ///     plan: &'static str,
    ///     seats: u32,
    /// }
    ///
    /// let (old, new) = (Profile { plan: "free", seats: 3 }, Profile { plan: "pro", seats: 3 });
    /// let patch = UserPatch::custom_between("ada", &old, &new);
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"id":"ada","set":{"plan":"pro"}}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn custom_between<A, B>(id: impl Into<UserId>, old: &A, new: &B) -> Self
    where
        A: Serialize + ?Sized,
        B: Serialize + ?Sized,
    {
        let mut patch = Self::new(id);
        patch.change_custom(old, Some(new));
        patch
    }

    fn same_id(&mut self, other: &UserId) {
        if self.id != *other {
            self.problem(
                "id",
                format!(
                    "must be one user's: this is a patch between {:?} and {other:?}",
                    self.id
                ),
            );
        }
    }

    fn put(&mut self, field: &str, value: impl Into<Value>) {
        self.set.insert(field.to_owned(), value.into());
    }

    fn take(&mut self, field: impl Into<Str>) {
        self.unset.push(field.into());
    }

    fn change_text(&mut self, field: &'static str, before: Option<&Str>, after: Option<&Str>) {
        if before == after {
            return;
        }
        match after {
            Some(text) => self.put(field, text.as_str()),
            None => self.take(field),
        }
    }

    /// A user has a role at all times; one that is empty was not in the answer.
    fn change_role(&mut self, before: &Str, after: &Str) {
        if before != after && !after.is_empty() {
            self.put("role", after.as_str());
        }
    }

    fn change_invisible(&mut self, before: bool, after: bool) {
        if before != after {
            self.put("invisible", after);
        }
    }

    fn change_teams(&mut self, before: &[Str], after: &[Str]) {
        let all = |teams: &[Str]| teams.iter().cloned().collect::<BTreeSet<_>>();
        if all(before) != all(after) {
            let teams: Vec<&str> = after.iter().map(Str::as_str).collect();
            self.put("teams", teams);
        }
    }

    /// As a whole: a team's name may have a dot. Said also where a change of teams may imply it, for nobody promises
    /// that it does.
    fn change_teams_role(&mut self, before: &StrMap<Str>, after: &StrMap<Str>) {
        if before == after {
            return;
        }
        if after.is_empty() {
            self.take("teams_role");
        } else {
            let roles = after
                .iter()
                .map(|(team, role)| (team.to_owned(), role.as_str().into()));
            self.put("teams_role", roles.collect::<Map<String, Value>>());
        }
    }

    /// The service merges what is set, so that the settings that changed are enough, and those that have gone are
    /// unset one by one.
    fn change_privacy_settings(&mut self, before: Option<PrivacySettings>, after: Option<PrivacySettings>) {
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        if before == after {
            return;
        }
        if after == PrivacySettings::new() {
            self.take("privacy_settings");
            return;
        }
        let mut settings = Map::new();
        for (name, before, after) in [
            (
                "typing_indicators",
                before.typing_indicators,
                after.typing_indicators,
            ),
            ("read_receipts", before.read_receipts, after.read_receipts),
            (
                "delivery_receipts",
                before.delivery_receipts,
                after.delivery_receipts,
            ),
        ] {
            match after {
                _ if before == after => {}
                Some(setting) => {
                    settings.insert(name.to_owned(), serde_json::json!({ "enabled": setting.enabled }));
                }
                None => self.take(format!("privacy_settings.{name}")),
            }
        }
        if !settings.is_empty() {
            self.put("privacy_settings", settings);
        }
    }

    fn change_revocation(&mut self, before: Option<Timestamp>, after: Option<Timestamp>) {
        if before != after {
            self.put("revoke_tokens_issued_before", after.map(|time| time.to_string()));
        }
    }

    /// No custom data are none of any key.
    fn change_custom<A, B>(&mut self, old: &A, new: Option<&B>)
    where
        A: Serialize + ?Sized,
        B: Serialize + ?Sized,
    {
        let old = json::object(old);
        let new = new.map_or_else(|| Ok(Map::new()), json::object);
        let (old, new) = match (old, new) {
            (Ok(old), Ok(new)) => (old, new),
            (Err(reason), _) | (_, Err(reason)) => return self.problem("set.custom", reason),
        };
        let mut changes = Vec::new();
        for key in json::keys(&old, &new) {
            let (old, new) = (old.get(key), new.get(key));
            match wrong_with_custom_key(key) {
                None => json::changes(key, old, new, &mut changes),
                Some(_) if json::is_both_same(old, new) => {}
                Some(reason) => self.problem(format!("set.{key}"), reason),
            }
        }
        for (path, change) in changes {
            match change {
                Change::Set(value) => self.put(&path, value),
                Change::Unset => self.take(path),
            }
        }
    }
}

fn not_empty(text: &Str) -> Option<&Str> {
    Some(text).filter(|text| !text.is_empty())
}
