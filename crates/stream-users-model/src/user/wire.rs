//! How a [`User`] is read and written.
//!
//! By hand rather than derived, for three things that a derive cannot say: custom data that are missing are read as
//! `{}` by a type that may refuse it; the fields of chat are flat on the wire, and there or not as a whole; and neither
//! may buffer what it reads, since raw custom data would not survive that.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::{User, UserChatState};
use crate::{CustomData, QueryUsers, Str};

/// Lists every field once: which must be there, which are read as their empty value when missing or `null`, which are
/// optional, and which belong to chat.
macro_rules! user_fields {
    (
        required { $($required:ident)* }
        or_default { $($or_default:ident)* }
        optional { $($optional:ident)* }
        chat { $($chat:ident)* }
    ) => {
        #[derive(serde::Deserialize)]
        #[serde(field_identifier)]
        #[allow(non_camel_case_types, reason = "the variants are the names of the fields")]
        enum Field<N> {
            $($required,)* $($or_default,)* $($optional,)* $($chat,)*
            custom,
            other(N),
        }

        impl<'de, C: CustomData, R: Rest<'de>, T, F: FnOnce(User<C>) -> T> Visitor<'de> for UserVisitor<C, R, F> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a user")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
                $(let mut $required = None;)*
                $(let mut $or_default = None;)*
                $(let mut $optional = None;)*
                let mut chat: Option<UserChatState> = None;
                let mut custom: Option<C> = None;
                let mut rest = self.rest;
                while let Some(field) = map.next_key::<Field<R::Name>>()? {
                    match field {
                        $(Field::$required => $required = map.next_value()?,)*
                        $(Field::$or_default => $or_default = map.next_value()?,)*
                        $(Field::$optional => $optional = map.next_value()?,)*
                        $(Field::$chat => {
                            let value: Option<_> = map.next_value()?;
                            chat.get_or_insert_default().$chat = value.unwrap_or_default();
                        })*
                        Field::custom => custom = map.next_value()?,
                        Field::other(name) => rest.take(name, &mut map)?,
                    }
                }
                $(let $required = $required.ok_or_else(|| de::Error::missing_field(stringify!($required)))?;)*
                let custom = custom.map_or_else(|| rest.custom(), Ok)?;
                $(let $or_default = $or_default.unwrap_or_default();)*
                Ok((self.take)(User { $($required,)* $($or_default,)* $($optional,)* custom, chat }))
            }
        }
    };
}

user_fields! {
    required { id created_at updated_at }
    or_default {
        role language teams teams_role online invisible banned shadow_banned bypass_moderation blocked_user_ids devices
    }
    optional {
        name image privacy_settings ban_expires push_notifications avg_response_time revoke_tokens_issued_before
        last_active deactivated_at deleted_at
    }
    chat {
        mutes channel_mutes total_unread_count unread_count unread_channels unread_threads latest_hidden_channels
        total_unread_count_by_team push_preferences
    }
}

/// Reads a user and gives it to `take`.
struct UserVisitor<C, R, F> {
    rest: R,
    take: F,
    custom: PhantomData<C>,
}

impl<C, R, T, F: FnOnce(User<C>) -> T> UserVisitor<C, R, F> {
    const fn new(rest: R, take: F) -> Self {
        Self {
            rest,
            take,
            custom: PhantomData,
        }
    }
}

/// How many bytes of room a list of users has at most before they are read.
const MOST_ROOM: usize = 96 * 1024;

/// A list with room for a page: to make it larger step by step would copy its users again and again.
fn list_of_users<C>() -> Vec<User<C>> {
    let page = QueryUsers::MAX_LIMIT as usize;
    Vec::with_capacity(page.min(MOST_ROOM / size_of::<User<C>>()))
}

/// Reads a user straight to the end of a list: to return one would copy it several times.
struct Push<'a, C>(&'a mut Vec<User<C>>);

impl<'de, C: CustomData> DeserializeSeed<'de> for Push<'_, C> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(UserVisitor::new(Unknown, |user| self.0.push(user)))
    }
}

/// Users in a list.
struct Listed<C>(Vec<User<C>>);

impl<'de, C: CustomData> Deserialize<'de> for Listed<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<C>(PhantomData<C>);

        impl<'de, C: CustomData> Visitor<'de> for ListVisitor<C> {
            type Value = Listed<C>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Listed<C>, A::Error> {
                let mut users = list_of_users();
                while list.next_element_seed(Push(&mut users))?.is_some() {}
                users.shrink_to_fit();
                Ok(Listed(users))
            }
        }

        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

/// Reads a list of users; `null` is an empty one.
pub(crate) fn listed<'de, C: CustomData, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<User<C>>, D::Error> {
    Ok(Option::<Listed<C>>::deserialize(deserializer)?.map_or_else(Vec::new, |users| users.0))
}

/// Reads the users of an object, who stand under their ids.
pub(crate) fn by_id<'de, C: CustomData, A: MapAccess<'de>>(mut map: A) -> Result<Vec<User<C>>, A::Error> {
    let mut users = list_of_users();
    while map.next_key::<IgnoredAny>()?.is_some() {
        map.next_value_seed(Push(&mut users))?;
    }
    users.shrink_to_fit();
    Ok(users)
}

/// What becomes of members that are no field of a user.
trait Rest<'de> {
    /// What is kept of the name of a member.
    type Name: Deserialize<'de>;

    /// Takes the member `name`, whose value is the next one.
    fn take<A: MapAccess<'de>>(&mut self, name: Self::Name, map: &mut A) -> Result<(), A::Error>;

    /// The custom data of a user that has no `custom`.
    fn custom<C: CustomData, E: de::Error>(self) -> Result<C, E>;
}

/// They are something that this version does not know, and skipped.
struct Unknown;

impl<'de> Rest<'de> for Unknown {
    type Name = IgnoredAny;

    fn take<A: MapAccess<'de>>(&mut self, _name: IgnoredAny, map: &mut A) -> Result<(), A::Error> {
        map.next_value::<IgnoredAny>().map(drop)
    }

    fn custom<C: CustomData, E: de::Error>(self) -> Result<C, E> {
        custom_from("{}")
    }
}

/// They are the custom data, where there is no `custom`. Of a name that stands twice the last one counts, as elsewhere.
struct Flat<'de>(BTreeMap<Str, &'de RawValue>);

impl<'de> Rest<'de> for Flat<'de> {
    type Name = Str;

    fn take<A: MapAccess<'de>>(&mut self, name: Str, map: &mut A) -> Result<(), A::Error> {
        self.0.insert(name, map.next_value()?);
        Ok(())
    }

    fn custom<C: CustomData, E: de::Error>(self) -> Result<C, E> {
        custom_from(&serde_json::to_string(&self.0).map_err(E::custom)?)
    }
}

fn custom_from<C: CustomData, E: de::Error>(json: &str) -> Result<C, E> {
    serde_json::from_str(json).map_err(|error| {
        E::custom(if json == "{}" {
            format!("the user has no custom data: {error}")
        } else {
            format!("the custom data, which stand beside the fields of the user, do not fit: {error}")
        })
    })
}

/// Reads a user in either form of the service: with the custom data in `custom`, or, as the older endpoints and
/// webhooks write them, beside the other fields.
pub(crate) fn read_user<C: CustomData>(json: &str) -> Result<User<C>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let user = deserializer.deserialize_map(UserVisitor::new(Flat(BTreeMap::new()), |user| user))?;
    deserializer.end()?;
    Ok(user)
}

impl<'de, C: CustomData> Deserialize<'de> for User<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UserVisitor::new(Unknown, |user| user))
    }
}

impl<C: Serialize> Serialize for User<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        macro_rules! always {
            ($($field:ident)*) => { $(map.serialize_entry(stringify!($field), &self.$field)?;)* };
        }
        macro_rules! where_set {
            ($($field:ident)*) => {
                $(if let Some(value) = &self.$field {
                    map.serialize_entry(stringify!($field), value)?;
                })*
            };
        }
        always! { id }
        where_set! { name image }
        always! { role language teams }
        if !self.teams_role.is_empty() {
            always! { teams_role }
        }
        always! { custom }
        where_set! { privacy_settings }
        always! { online invisible banned }
        where_set! { ban_expires }
        always! { shadow_banned }
        if self.bypass_moderation {
            always! { bypass_moderation }
        }
        always! { blocked_user_ids }
        if self.chat.is_some() || !self.devices.is_empty() {
            always! { devices }
        }
        where_set! { push_notifications avg_response_time revoke_tokens_issued_before last_active }
        always! { created_at updated_at }
        where_set! { deactivated_at deleted_at }
        if let Some(chat) = &self.chat {
            map.serialize_entry("mutes", &chat.mutes)?;
            map.serialize_entry("channel_mutes", &chat.channel_mutes)?;
            map.serialize_entry("total_unread_count", &chat.total_unread_count)?;
            map.serialize_entry("unread_count", &chat.unread_count)?;
            map.serialize_entry("unread_channels", &chat.unread_channels)?;
            map.serialize_entry("unread_threads", &chat.unread_threads)?;
            if !chat.latest_hidden_channels.is_empty() {
                map.serialize_entry("latest_hidden_channels", &chat.latest_hidden_channels)?;
            }
            if !chat.total_unread_count_by_team.is_empty() {
                map.serialize_entry("total_unread_count_by_team", &chat.total_unread_count_by_team)?;
            }
            if let Some(preferences) = &chat.push_preferences {
                map.serialize_entry("push_preferences", preferences)?;
            }
        }
        map.end()
    }
}
