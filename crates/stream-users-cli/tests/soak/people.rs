//! The users that are imported: as they are in a real user base, and the same in each run, by their number. What becomes
//! of them belongs elsewhere.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde_json::{Value, json};

use crate::chance::mix;

const FIRST: [&str; 16] = [
    "Ada",
    "José",
    "Zoë",
    "Łukasz",
    "Ольга",
    "王芳",
    "さくら",
    "محمد",
    "Grace",
    "Siân",
    "Jürgen",
    "Ngọc",
    "Δήμητρα",
    "O'Brien",
    "नीरज",
    "Renée 🌷",
];
const LAST: [&str; 16] = [
    "Lovelace",
    "García",
    "van der Berg",
    "Wiśniewska",
    "Иванова",
    "李",
    "佐藤",
    "حسن",
    "Hopper",
    "Ó Súilleabháin",
    "Müller",
    "Nguyễn",
    "Παπαδοπούλου",
    "Smith-Jones",
    "शर्मा",
    "D'Angelo",
];
const CITIES: [(&str, &str); 8] = [
    ("Amsterdam", "NL"),
    ("São Paulo", "BR"),
    ("Zürich", "CH"),
    ("北京", "CN"),
    ("København", "DK"),
    ("Київ", "UA"),
    ("New York", "US"),
    ("القاهرة", "EG"),
];
const PLANS: [&str; 4] = ["free", "team", "business", "enterprise"];
const LANGUAGES: [&str; 6] = ["en", "nl", "pt", "de", "ja", "ar"];

/// The id of the user of this number: as scattered as those that a database makes by chance.
pub(crate) fn id(number: u64) -> String {
    format!("{:08x}-{number}", mix(number) >> 32)
}

/// The number in an id of [`id`].
pub(crate) fn number(id: &str) -> Option<u64> {
    let number = id.rsplit_once('-')?.1.parse().ok()?;
    (self::id(number) == id).then_some(number)
}

/// The user of this number, as a line of the input has it.
pub(crate) fn user(number: u64) -> Value {
    version(number, 0)
}

/// The same at another time of its life; 0 is its first.
pub(crate) fn version(number: u64, version: u64) -> Value {
    let dice = mix(number);
    let pick = |shift: u32, among: usize| usize::try_from(dice >> shift & 0xffff).unwrap_or(0) % among;
    let (first, last) = (FIRST[pick(0, 16)], LAST[pick(4, 16)]);
    let (city, country) = CITIES[pick(8, 8)];
    let mut user = json!({
        "id": id(number),
        "name": format!("{first} {last}"),
        "role": if dice.is_multiple_of(97) { "admin" } else { "user" },
        "custom": {
            "username": format!("user_{number}"),
            "email": format!("user.{number}@mail.example"),
            "plan": PLANS[pick(12, 4)],
            "address": { "street": format!("{} Herengracht {}", pick(16, 900), pick(20, 90)), "city": city, "country": country },
            "signup": { "source": "web", "campaign": format!("spring-{}", pick(24, 40)), "verified": dice.is_multiple_of(3) },
            "preferences": { "theme": "dark", "digest": { "weekly": dice.is_multiple_of(2), "hour": pick(28, 24) } },
            "tags": [format!("t{}", pick(32, 50)), "émigré"],
            "score": f64::from(u32::try_from(dice % 100_000).unwrap_or(0)) / 8.0,
            "logins": dice % 1_000,
            "about": "Writes \"now and then\" about music,\nfood and 旅行 — and nobody's business \\o/.",
            "version": version,
        },
    });
    // Not everybody has everything.
    if !dice.is_multiple_of(5) {
        user["image"] = json!(format!(
            "https://images.example/{}/{}.png",
            number % 100,
            id(number)
        ));
    }
    if !dice.is_multiple_of(4) {
        user["teams"] = json!([
            format!("team-{}", pick(36, 200)),
            format!("office-{}", pick(40, 7))
        ]);
    }
    if dice.is_multiple_of(6) {
        user["language"] = json!(LANGUAGES[pick(44, 6)]);
    }
    user
}

/// Writes a file of `count` users, a line each, from the first one. Its size in bytes.
pub(crate) fn write(path: &Path, count: u64) -> u64 {
    let mut file = BufWriter::new(File::create(path).unwrap());
    for number in 1..=count {
        writeln!(file, "{}", user(number)).unwrap();
    }
    file.flush().unwrap();
    file.get_ref().metadata().unwrap().len()
}

/// What is wrong with a user as the service shows it, if it is not as `wanted` says.
pub(crate) fn difference(wanted: &Value, shown: &Value) -> Option<String> {
    let absent = |value: &Value| value.is_null() || *value == json!([]) || *value == json!("");
    for field in ["id", "name", "image", "role", "teams", "language", "custom"] {
        let (wanted, shown) = (&wanted[field], &shown[field]);
        if wanted != shown && !(absent(wanted) && absent(shown)) {
            return Some(format!("{field} is {shown} and should be {wanted}"));
        }
    }
    None
}

#[test]
fn users_are_the_same_each_time_and_realistic() {
    assert_eq!(user(7), user(7));
    assert_eq!(number(&id(123_456)), Some(123_456));
    assert_eq!(number("1-2"), None);
    let custom = user(9)["custom"].to_string().len();
    assert!((300..=600).contains(&custom), "{custom} bytes");
    assert_eq!(difference(&user(3), &user(3)), None);
    let said = difference(&user(3), &version(3, 1));
    assert!(said.is_some_and(|said| said.starts_with("custom is")));
}

/// For trying things by hand.
#[test]
#[ignore = "writes the file STREAM_USERS_SOAK_FILE, with STREAM_USERS_SOAK_USERS users"]
fn write_users() {
    let path = std::env::var_os("STREAM_USERS_SOAK_FILE").expect("STREAM_USERS_SOAK_FILE names the file");
    write(
        Path::new(&path),
        crate::sizes::size("STREAM_USERS_SOAK_USERS", 1_000, 1_000_000),
    );
}
