//! A user of an input: which fields there may be, and what each must be. Whether the service takes it is the service's
//! word.

use serde_json::value::RawValue;
use stream_users_model::{Custom, PrivacySettings, Str, StrMap, UserRequest, Violations};

use super::fields::{BUILT_IN, SET_BY_SERVICE};
use super::members::{Members, read, what};
use super::notes::Notes;
use super::rows::{RawRow, Rejection};

/// What becomes of a field of which the service knows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum ExtraFields {
    /// The row is refused
    #[default]
    Refuse,
    /// It becomes custom data
    Custom,
    /// It is left out
    Ignore,
}

/// Reads users.
#[derive(Debug, Clone)]
pub(super) struct UserRules {
    pub(super) extra: ExtraFields,
    pub(super) notes: Notes,
}

impl UserRules {
    /// The user of a row, or why there is none.
    pub(super) fn read(&self, row: RawRow<'_>) -> Result<UserRequest<Custom>, Rejection> {
        let members = Members::read(row.json?).map_err(|reason| Rejection::of(row.key, reason))?;
        let id = id(&members, row.key)?;
        self.user(&members, &id)
            .map_err(|reason| Rejection::of(Some(id), reason))
    }

    fn user(&self, members: &Members<'_>, id: &str) -> Result<UserRequest<Custom>, String> {
        let mut user = UserRequest::new(id);
        let text = |field| -> Result<Option<Str>, String> {
            let text: Option<Str> = members
                .get(field)
                .map(|raw| read(field, raw, "a text"))
                .transpose()?;
            Ok(text)
        };
        user.name = text("name")?;
        user.image = text("image")?;
        // A dump writes what is not set as empty.
        user.role = text("role")?.filter(|role| !role.is_empty());
        user.language = text("language")?.filter(|language| !language.is_empty());
        let field = |field| members.get(field).map(|raw| (field, raw));
        user.invisible = field("invisible")
            .map(|(name, raw)| read(name, raw, "true or false"))
            .transpose()?;
        user.teams = field("teams")
            .map(|(name, raw)| read(name, raw, "a list of texts"))
            .transpose()?;
        user.teams_role = field("teams_role")
            .map(|(name, raw)| read::<StrMap<Str>>(name, raw, "an object of roles by team"))
            .transpose()?;
        user.privacy_settings = field("privacy_settings")
            .map(|(name, raw)| {
                let rule = "an object of settings such as {\"read_receipts\": {\"enabled\": false}}";
                read::<PrivacySettings>(name, raw, rule)
            })
            .transpose()?;
        user.custom = self.custom(members)?;
        if members
            .get("deactivated_at")
            .or(members.get("deleted_at"))
            .is_some()
        {
            self.notes.deactivated();
        }
        Ok(user)
    }

    /// The custom data, with extra fields where they are wanted there.
    fn custom(&self, members: &Members<'_>) -> Result<Option<Custom>, String> {
        let custom = members.get("custom");
        if let Some(raw) = custom
            && !raw.get().starts_with('{')
        {
            return Err(format!("custom must be an object; it is {}", what(raw)));
        }
        let is_extra = |name: &str| !BUILT_IN.contains(&name) && !SET_BY_SERVICE.contains(&name);
        let mut extra = members.0.iter().filter(|(name, _)| is_extra(name)).peekable();
        if extra.peek().is_none() || self.extra == ExtraFields::Ignore {
            return custom.map(|raw| read("custom", raw, "an object")).transpose();
        }
        if self.extra == ExtraFields::Refuse {
            let names: Vec<String> = extra.take(5).map(|(name, _)| format!("{name:?}")).collect();
            return Err(format!(
                "{} is no field of a user; put it into custom, or say --extra-fields custom or ignore",
                names.join(", ")
            ));
        }
        let mut all: StrMap<&RawValue> = StrMap::new();
        if let Some(raw) = custom {
            for (name, value) in Members::read(raw.get())
                .map_err(|reason| format!("custom: {reason}"))?
                .0
            {
                all.insert(name.into_owned(), value);
            }
        }
        for (name, value) in extra {
            if all.insert(name.clone().into_owned(), value).is_some() {
                return Err(format!("{name:?} stands in custom and beside it; keep one"));
            }
        }
        let custom = Custom::from_serialize(&all).map_err(|error| error.to_string())?;
        Ok(Some(custom))
    }
}

/// The id of a row. A key under which it stands must be the same.
pub(super) fn id(members: &Members<'_>, key: Option<&str>) -> Result<String, Rejection> {
    let id = match (members.get("id"), key) {
        (None, Some(key)) => key.to_owned(),
        (None, None) => {
            return Err(Rejection::new("id is missing; give each row the id of its user"));
        }
        (Some(raw), _) => {
            let id: String = read("id", raw, "a text").map_err(Rejection::new)?;
            if let Some(key) = key.filter(|key| *key != id) {
                return Err(Rejection::of(
                    Some(key),
                    "id is another than the one under which the user stands; make them the same",
                ));
            }
            id
        }
    };
    check(&id)?;
    Ok(id)
}

/// Refuses an id that cannot be sent. Which letters it may have is the service's word.
pub(super) fn check(id: &str) -> Result<(), Rejection> {
    let mut violations = Violations::new();
    violations.check_id("id", id);
    match violations.as_slice().first() {
        None => Ok(()),
        Some(violation) => Err(Rejection::of(
            Some(id).filter(|id| !id.is_empty()),
            violation.to_string(),
        )),
    }
}
