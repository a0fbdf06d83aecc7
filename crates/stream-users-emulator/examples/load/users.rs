//! Users that differ, and are the same in each run.

use serde_json::{Map, Value, json};

const NAMES: [&str; 16] = [
    "Ada",
    "Grace",
    "Edsger",
    "Barbara",
    "Donald",
    "Frances",
    "Alan",
    "Radia",
    "Ken",
    "Margaret",
    "Dennis",
    "Hedy",
    "Niklaus",
    "Katherine",
    "Tony",
    "Adele",
];

/// The id of the user of this number.
pub(crate) fn id(number: usize) -> String {
    format!("user-{:016x}", mix(number))
}

/// The user of this number as the batch of this number writes it.
pub(crate) fn user(number: usize, batch: usize) -> Value {
    let dice = mix(number);
    let first = NAMES[dice % 16];
    json!({
        "id": id(number),
        "name": format!("{first} {} {number}", NAMES[dice / 16 % 16]),
        "image": format!("https://images.example.com/{}.png", id(number)),
        "role": if dice.is_multiple_of(100) { "admin" } else { "user" },
        "language": if dice.is_multiple_of(50) { "nl" } else { "en" },
        "teams": [format!("team-{}", dice % 1_000), format!("office-{}", dice % 7)],
        "custom": {
            "username": format!("{}_{number}", first.to_lowercase()),
            "email": format!("{number}@example.com"),
            "age": dice % 90,
            "score": (dice % 100_000) as f64 / 10.0,
            "member": dice.is_multiple_of(3),
            "tags": ["a", format!("t{}", dice % 20)],
            "address": { "city": format!("city-{}", dice % 5_000), "country": "NL" },
            "about": "A line or two that people write about themselves and that nobody looks for.",
            "batch": batch,
        },
    })
}

/// The body of an upsert.
pub(crate) fn batch(batch: usize, size: usize, distinct: usize) -> String {
    let users: Map<String, Value> = (batch * size..(batch + 1) * size)
        .map(|number| number % distinct)
        .map(|number| (id(number), user(number, batch)))
        .collect();
    json!({ "users": users }).to_string()
}

/// Scatters numbers (the finaliser of `SplitMix64`).
pub(crate) fn mix(number: usize) -> usize {
    let mut z = (number as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) as usize
}
