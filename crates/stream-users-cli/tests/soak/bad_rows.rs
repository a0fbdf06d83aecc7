//! A file with bad rows of eight kinds: all other users are there, and the report names each bad row, with its line and why.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};

use serde_json::{Value, json};

use crate::chance::Chance;
use crate::command;
use crate::emulator::Emulator;
use crate::place::Place;
use crate::{check, people, sizes};

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    BadId,
    MissingId,
    UndefinedRole,
    TooLarge,
    WrongType,
    InvalidJson,
    Duplicate,
    Deleted,
}

const KINDS: [Kind; 8] = [
    Kind::BadId,
    Kind::MissingId,
    Kind::UndefinedRole,
    Kind::TooLarge,
    Kind::WrongType,
    Kind::InvalidJson,
    Kind::Duplicate,
    Kind::Deleted,
];

/// The bad rows of a file.
fn choose(rows: u64, bad: u64) -> BTreeMap<u64, Kind> {
    let mut chance = Chance::new(sizes::seed());
    let (mut chosen, mut kinds) = (BTreeMap::new(), KINDS.iter().cycle());
    // The first row is fine, so that every bad one has a fine one before it.
    while chosen.len() < usize::try_from(bad).unwrap() {
        let row = 2 + chance.below(rows - 1);
        if let std::collections::btree_map::Entry::Vacant(place) = chosen.entry(row) {
            place.insert(*kinds.next().unwrap());
        }
    }
    chosen
}

/// The line of a bad row; what its reason has to name; the id that the report shows.
fn line(row: u64, kind: Kind, fine: u64) -> (String, String, Option<String>) {
    let mut user = people::user(row);
    let mut id = Some(people::id(row));
    let reason = match kind {
        Kind::BadId => {
            user["id"] = json!(format!("{row}, who has no id"));
            id = Some(format!("{row}, who has no id"));
            "id".to_owned()
        }
        Kind::MissingId => {
            user.as_object_mut().unwrap().remove("id");
            id = None;
            "id".to_owned()
        }
        Kind::UndefinedRole => {
            user["role"] = json!("wizard");
            "wizard".to_owned()
        }
        Kind::TooLarge => {
            user["custom"]["about"] = json!("long ".repeat(1_200));
            "5 KB".to_owned()
        }
        Kind::WrongType => {
            user["teams"] = json!("everybody");
            "teams".to_owned()
        }
        Kind::InvalidJson => {
            let text = user.to_string();
            return (text[..text.len() - 1].to_owned(), "JSON".to_owned(), None);
        }
        Kind::Duplicate => {
            user["id"] = json!(people::id(fine));
            id = Some(people::id(fine));
            format!("line {fine}")
        }
        Kind::Deleted => "deleted".to_owned(),
    };
    (user.to_string(), reason, id)
}

#[test]
fn bad_rows_of_eight_kinds_are_named_and_all_others_are_there() {
    let rows = sizes::size("STREAM_USERS_SOAK_ROWS", 2_000, 100_000);
    let bad = choose(rows, sizes::size("STREAM_USERS_SOAK_BAD_ROWS", 24, 137));
    let place = Place::new("bad-rows");
    let emulator = Emulator::start(&place.join("data"));
    delete(&emulator, &bad);
    let (input, report) = (place.join("users.ndjson"), place.join("report.ndjson"));
    let mut file = BufWriter::new(File::create(&input).unwrap());
    let (mut expected, mut last_good) = (BTreeMap::new(), 1);
    for row in 1..=rows {
        if let Some(kind) = bad.get(&row) {
            let (text, reason, id) = line(row, *kind, last_good);
            writeln!(file, "{text}").unwrap();
            expected.insert(row, (*kind, reason, id));
        } else {
            writeln!(file, "{}", people::user(row)).unwrap();
            last_good = row;
        }
    }
    file.flush().unwrap();
    let began = std::time::Instant::now();
    let paths = [
        input.as_os_str(),
        "--state".as_ref(),
        &place.join("state").into_os_string(),
    ];
    let mut import = command::command(&emulator.base_url(), ["import"]);
    let output = import.args(paths).arg("--report").arg(&report).output().unwrap();
    let said = command::text(&output.stderr);
    println!("{rows} rows, {} of them bad, {:.1?}", bad.len(), began.elapsed());
    assert_eq!(output.status.code(), Some(3), "{said}");
    for line in std::fs::read_to_string(&report).unwrap().lines() {
        let failed: Value = serde_json::from_str(line).unwrap();
        let row = failed["line"].as_u64().unwrap();
        let Some((kind, reason, id)) = expected.remove(&row) else {
            panic!("a row that is fine, or was named before, is in the report: {line}");
        };
        let told = failed["reason"].as_str().unwrap();
        assert!(told.contains(&reason), "{kind:?} in line {row}: {told}");
        assert_eq!(failed["id"].as_str(), id.as_deref(), "{kind:?}: {line}");
    }
    assert!(expected.is_empty(), "not in the report: {expected:?}");
    let dump = place.join("dump.ndjson");
    check::export(&emulator.base_url(), &dump);
    check::dump(&dump, rows, |row| {
        (!bad.contains_key(&row)).then(|| people::user(row))
    });
}

/// Uses up the ids of those rows that have the id of a deleted user.
fn delete(emulator: &Emulator, bad: &BTreeMap<u64, Kind>) {
    let ids: Vec<String> = bad
        .iter()
        .filter(|(_, kind)| **kind == Kind::Deleted)
        .map(|(row, _)| people::id(*row))
        .collect();
    for id in &ids {
        emulator.upsert(&json!({ "id": id }));
    }
    let started = emulator.call(
        "POST",
        "/api/v2/users/delete",
        &json!({"user_ids": ids, "user": "hard", "messages": "hard", "conversations": "hard"}),
    );
    let path = format!("/api/v2/tasks/{}", started["task_id"].as_str().unwrap());
    while emulator.call("GET", &path, &Value::Null)["status"] != "completed" {}
}
