//! [`RequestInfo`], what a webhook says of the request that caused an event.

use serde::{Deserialize, Serialize};

use crate::Str;
use crate::open_enum::open_enum;
use crate::serde_util::or_default_where_odd;

open_enum! {
    /// With what kind of token a request was made.
    pub enum RequestOrigin {
        /// A backend's.
        Server = "server",
        /// A user's.
        Client = "client",
    }
}

/// The request that caused an event, as webhooks tell it
/// ([the service's page](https://getstream.io/chat/docs/node/webhooks_overview/)).
///
/// All of it was sent by whoever made the request, save the address: it is of use in logs, not to decide upon. A field
/// that does not fit is read as its empty value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestInfo {
    /// Whether a backend or a user's client made it.
    #[serde(
        rename = "type",
        default,
        deserialize_with = "or_default_where_odd",
        skip_serializing_if = "Option::is_none"
    )]
    pub origin: Option<RequestOrigin>,
    /// The address that it came from.
    #[serde(
        default,
        deserialize_with = "or_default_where_odd",
        skip_serializing_if = "str::is_empty"
    )]
    pub ip: Str,
    /// The `User-Agent` header.
    #[serde(
        default,
        deserialize_with = "or_default_where_odd",
        skip_serializing_if = "str::is_empty"
    )]
    pub user_agent: Str,
    /// The `X-Stream-Client` header.
    #[serde(
        default,
        deserialize_with = "or_default_where_odd",
        skip_serializing_if = "str::is_empty"
    )]
    pub sdk: Str,
    /// The `x-stream-ext` header, free text of the caller's.
    #[serde(
        default,
        deserialize_with = "or_default_where_odd",
        skip_serializing_if = "str::is_empty"
    )]
    pub ext: Str,
}
