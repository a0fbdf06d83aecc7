//! The users that every client sends and reads: the same each time, and about 1 kB each. How a client holds them belongs to
//! the client.

use serde::{Deserialize, Serialize};

/// How many users a full call takes.
pub const FULL: usize = 100;

/// Custom data of a user, as a program would type them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Where the user gets mail.
    pub email: String,
    /// What the user pays for.
    pub plan: String,
    /// Some number with a fraction.
    pub score: f64,
    /// Whether the address was verified.
    pub verified: bool,
    /// Where the user lives.
    pub address: Address,
    /// What the user is interested in.
    pub tags: Vec<String>,
}

/// Where a user lives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Address {
    /// The city.
    pub city: String,
    /// The postal code.
    pub postal_code: String,
    /// The place on the map.
    pub geo: Geo,
}

/// A place on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Geo {
    /// Degrees to the north.
    pub lat: f64,
    /// Degrees to the east.
    pub lng: f64,
}

/// The id of the user of this number.
#[must_use]
pub fn id(number: usize) -> String {
    format!("user-{number:06}")
}

/// The name of the user of this number.
#[must_use]
pub fn name(number: usize) -> String {
    format!("Ada Number {number} Lovelace")
}

/// The address of the picture of the user of this number.
#[must_use]
pub fn image(number: usize) -> String {
    format!("https://images.example.com/avatars/user-{number:06}/large.png")
}

/// The team of the user of this number.
#[must_use]
pub fn team(number: usize) -> &'static str {
    ["red", "green", "blue"][number % 3]
}

/// The custom data of the user of this number.
#[must_use]
pub fn profile(number: usize) -> Profile {
    let part = f64::from(u32::try_from(number % 1000).unwrap_or_default()) / 1000.0;
    Profile {
        email: format!("user-{number:06}@mail.example.com"),
        plan: ["free", "pro", "enterprise"][number % 3].to_owned(),
        score: 12.5 + part,
        verified: number.is_multiple_of(2),
        address: Address {
            city: ["London", "Amsterdam", "Boulder"][number % 3].to_owned(),
            postal_code: format!("{:05}", 10_000 + number % 90_000),
            geo: Geo {
                lat: 51.507_351 + part,
                lng: -0.127_758 - part,
            },
        },
        tags: vec!["early-adopter".to_owned(), format!("cohort-{}", number % 12)],
    }
}
