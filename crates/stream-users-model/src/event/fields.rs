//! [`Fields`], the members of an event's JSON, from which the types of events take what they know. What is left is the
//! custom data of an event in the older form.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::value::RawValue;

use crate::user::read_user;
use crate::{Custom, CustomData, ExportedFile, Str, User};

/// The members of a JSON object, unparsed. Of a name that stands twice the last one counts.
#[derive(Deserialize)]
pub(super) struct Fields<'a>(#[serde(borrow)] BTreeMap<Str, &'a RawValue>);

/// What is said of every event and is no custom data, whichever its type is.
const OF_EVERY_EVENT: [&str; 4] = ["created_at", "received_at", "request_info", "user"];

impl<'a> Fields<'a> {
    /// The members of an event, and its type.
    pub(super) fn of_event(json: &'a str) -> Result<(Str, Self), serde_json::Error> {
        let mut fields: Self = serde_json::from_str(json)?;
        let kind = fields.required("type")?;
        Ok((kind, fields))
    }

    /// The member `name`, if it is there and not `null`.
    fn take(&mut self, name: &str) -> Option<&'a str> {
        self.0
            .remove(name)
            .map(RawValue::get)
            .filter(|json| *json != "null")
    }

    pub(super) fn required<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
    ) -> Result<T, serde_json::Error> {
        let json = self.take(name).ok_or_else(|| missing(name))?;
        serde_json::from_str(json).map_err(|error| misfit(name, &error))
    }

    pub(super) fn optional<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, serde_json::Error> {
        let value = self.take(name).map(serde_json::from_str).transpose();
        value.map_err(|error| misfit(name, &error))
    }

    pub(super) fn or_default<T: DeserializeOwned + Default>(
        &mut self,
        name: &'static str,
    ) -> Result<T, serde_json::Error> {
        self.optional(name).map(Option::unwrap_or_default)
    }

    /// What does not fit is left out: for what must not spoil the fields beside it.
    pub(super) fn where_fits<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        self.take(name).and_then(|json| serde_json::from_str(json).ok())
    }

    pub(super) fn user<C: CustomData>(&mut self, name: &'static str) -> Result<User<C>, serde_json::Error> {
        self.optional_user(name)?.ok_or_else(|| missing(name))
    }

    pub(super) fn optional_user<C: CustomData>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<User<C>>, serde_json::Error> {
        let user = self.take(name).map(read_user).transpose();
        user.map_err(|error| misfit(name, &error))
    }

    pub(super) fn users<C: CustomData>(
        &mut self,
        name: &'static str,
    ) -> Result<Vec<User<C>>, serde_json::Error> {
        let Some(json) = self.take(name) else {
            return Ok(Vec::new());
        };
        let users: Result<Vec<User<C>>, _> = serde_json::from_str(json)
            .and_then(|users: Vec<&RawValue>| users.into_iter().map(|user| read_user(user.get())).collect());
        users.map_err(|error| misfit(name, &error))
    }

    pub(super) fn exported_file(&mut self, _name: &'static str) -> Result<ExportedFile, serde_json::Error> {
        self.required("url").map(|url: String| ExportedFile::new(url))
    }

    /// The custom data: `custom`, or in the older form, and where it is `null`, what nobody has taken.
    pub(super) fn custom(&mut self, _name: &'static str) -> Result<Custom, serde_json::Error> {
        if let Some(custom) = self.take("custom") {
            return serde_json::from_str(custom).map_err(|error| misfit("custom", &error));
        }
        if self.0.is_empty() {
            return Ok(Custom::new());
        }
        serde_json::from_str(&serde_json::to_string(&self.0)?)
    }

    /// The custom data of an event of any type.
    pub(super) fn custom_of_any(mut self) -> Result<Custom, serde_json::Error> {
        for name in OF_EVERY_EVENT {
            self.0.remove(name);
        }
        self.custom("custom")
    }

    /// Drops members that are no custom data, and that no field of ours stands for.
    pub(super) fn drop(&mut self, names: &[&str]) {
        for name in names {
            self.0.remove(*name);
        }
    }
}

fn missing(name: &'static str) -> serde_json::Error {
    serde_json::Error::missing_field(name)
}

fn misfit(name: &str, error: &serde_json::Error) -> serde_json::Error {
    serde_json::Error::custom(format_args!("`{name}` does not fit: {error}"))
}
