//! The requests of stream-users, each made from the common data, and what is read of the answers.

use serde_json::{Value, json};
use stream_users::field;
use stream_users::prelude::*;

use crate::people::{self, Profile};

/// The query for so many users.
#[must_use]
pub fn query(users: usize) -> QueryUsers {
    let limit = u32::try_from(users).unwrap_or(u32::MAX);
    QueryUsers::new(field::role().eq("user"))
        .sort(Sort::asc("created_at"))
        .limit(limit)
}

/// The request of so many users, with custom data that the program has no struct for.
#[must_use]
pub fn raw_request(users: usize) -> UpsertUsers {
    UpsertUsers::new((0..users).map(|number| user(number, raw(number))))
}

/// The request of so many users, with the program's struct for custom data.
#[must_use]
pub fn typed_request(users: usize) -> UpsertUsers<Profile> {
    UpsertUsers::new((0..users).map(|number| user(number, people::profile(number))))
}

/// The request of the user of this number.
#[must_use]
pub fn user<C>(number: usize, custom: C) -> UserRequest<C> {
    UserRequest::new(people::id(number))
        .name(people::name(number))
        .image(people::image(number))
        .role("user")
        .language("en")
        .teams([people::team(number)])
        .teams_role([(people::team(number), "admin")])
        .custom(custom)
}

/// The custom data of the user of this number, as a program sets them that has no struct for them.
#[must_use]
pub fn raw(number: usize) -> Custom {
    let profile = people::profile(number);
    let geo = profile.address.geo;
    Custom::from_iter([
        ("email", Value::from(profile.email)),
        ("plan", Value::from(profile.plan)),
        ("score", Value::from(profile.score)),
        ("verified", Value::from(profile.verified)),
        (
            "address",
            json!({
                "city": profile.address.city,
                "postal_code": profile.address.postal_code,
                "geo": { "lat": geo.lat, "lng": geo.lng },
            }),
        ),
        ("tags", Value::from(profile.tags)),
    ])
}

/// How many bytes the names have that were read.
pub fn names<'u, C: 'u>(users: impl IntoIterator<Item = &'u User<C>>) -> usize {
    let length = |user: &User<C>| user.name.as_deref().map_or(0, str::len);
    users.into_iter().map(length).sum()
}
