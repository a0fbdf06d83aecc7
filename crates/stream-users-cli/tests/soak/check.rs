//! Whether all users are there, and as they should be: by the dump that the command makes, and by what the emulator answers.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use serde_json::Value;

use crate::command;
use crate::people;

/// Looks at a dump: every user of `1..=count` for whom `wanted` gives something is in it once, as that is, and nobody
/// else. `wanted` gives nothing for who should not be there.
pub(crate) fn dump(path: &Path, count: u64, wanted: impl Fn(u64) -> Option<Value>) {
    let mut seen = vec![false; usize::try_from(count).unwrap() + 1];
    let (mut wrong, mut last) = (Vec::new(), String::new());
    for line in BufReader::new(File::open(path).unwrap()).lines() {
        let line = line.unwrap();
        let shown: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"));
        let id = shown["id"].as_str().unwrap_or_default();
        assert!(id > last.as_str(), "{id} comes after {last} in the dump");
        id.clone_into(&mut last);
        let number = people::number(id).filter(|number| (1..=count).contains(number));
        let Some((number, user)) = number.and_then(|number| Some((number, wanted(number)?))) else {
            wrong.push(format!("{id} should not be there"));
            continue;
        };
        seen[usize::try_from(number).unwrap()] = true;
        wrong.extend(people::difference(&user, &shown).map(|what| format!("{id}: {what}")));
    }
    for number in 1..=count {
        if !seen[usize::try_from(number).unwrap()] && wanted(number).is_some() {
            wrong.push(format!("{} of line {number} is missing", people::id(number)));
        }
    }
    let shown = &wrong[..wrong.len().min(10)];
    assert!(
        wrong.is_empty(),
        "{} users are wrong, the first: {shown:#?}",
        wrong.len()
    );
}

/// Dumps what is there into a file, with the command.
pub(crate) fn export(base_url: &str, path: &Path) {
    let output = command::command(base_url, ["export", "--output", "ndjson", "--quiet"])
        .stdout(File::create(path).unwrap())
        .output()
        .unwrap();
    let said = command::text(&output.stderr);
    assert!(output.status.success(), "{said}");
}
