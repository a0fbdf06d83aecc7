//! How a [`User`] is read and written.
//!
//! By hand rather than derived, for three things that a derive cannot say: custom data that are missing are read as
//! `{}` by a type that may refuse it; the fields of chat are flat on the wire, and there or not as a whole; and neither
//! may buffer what it reads, since raw custom data would not survive that.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{User, UserChatState};
use crate::CustomData;

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
        enum Field {
            $($required,)* $($or_default,)* $($optional,)* $($chat,)*
            custom,
            #[serde(other)]
            other,
        }

        /// Whether a user has a field of this name on the wire.
        pub(crate) fn is_user_field(name: &str) -> bool {
            matches!(name, "custom" $(| stringify!($required))* $(| stringify!($or_default))*
                $(| stringify!($optional))* $(| stringify!($chat))*)
        }

        impl<'de, C: CustomData> Visitor<'de> for UserVisitor<C> {
            type Value = User<C>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a user")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<User<C>, A::Error> {
                $(let mut $required = None;)*
                $(let mut $or_default = None;)*
                $(let mut $optional = None;)*
                let mut chat: Option<UserChatState> = None;
                let mut custom: Option<C> = None;
                while let Some(field) = map.next_key()? {
                    match field {
                        $(Field::$required => $required = map.next_value()?,)*
                        $(Field::$or_default => $or_default = map.next_value()?,)*
                        $(Field::$optional => $optional = map.next_value()?,)*
                        $(Field::$chat => {
                            let value: Option<_> = map.next_value()?;
                            chat.get_or_insert_default().$chat = value.unwrap_or_default();
                        })*
                        Field::custom => custom = map.next_value()?,
                        Field::other => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                $(let $required = $required.ok_or_else(|| de::Error::missing_field(stringify!($required)))?;)*
                let custom = custom.map_or_else(missing_custom, Ok)?;
                $(let $or_default = $or_default.unwrap_or_default();)*
                Ok(User { $($required,)* $($or_default,)* $($optional,)* custom, chat })
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
    }
}

struct UserVisitor<C>(PhantomData<C>);

fn missing_custom<C: CustomData, E: de::Error>() -> Result<C, E> {
    serde_json::from_str("{}")
        .map_err(|error| E::custom(format_args!("the user has no custom data: {error}")))
}

impl<'de, C: CustomData> Deserialize<'de> for User<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UserVisitor(PhantomData))
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
        }
        map.end()
    }
}
