use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::{summary, users};
use crate::folder::Folder;
use crate::local::Local;
use crate::stderr;

/// Has users deleted softly, and waits until they are.
fn delete(local: &Local, ids: &[String]) {
    for id in ids {
        local.upsert(&json!({"id": id}));
    }
    let body = json!({"user_ids": ids, "user": "soft"});
    let task = local.call(&["api", "delete_users", "--json", &body.to_string()]);
    let id = json!({"id": task["task_id"]}).to_string();
    while local.call(&["api", "get_task", "--json", &id])["status"] != "completed" {}
}

/// A report by line: id and reason.
fn report(text: &str) -> BTreeMap<u64, (Value, String)> {
    text.lines()
        .map(|line| {
            let failure: Value = serde_json::from_str(line).unwrap();
            let reason = failure["reason"].as_str().unwrap().to_owned();
            (failure["line"].as_u64().unwrap(), (failure["id"].clone(), reason))
        })
        .collect()
}

#[allow(clippy::too_many_lines, reason = "a list of eight kinds")]
/// 137 rows of eight kinds among 3,000: all others are in, and each of the bad ones is named.
#[test]
fn bad_rows_of_every_kind_are_reported_and_the_others_are_in() {
    const BAD: u32 = 137;
    let local = Local::start();
    let gone: Vec<String> = (0..BAD)
        .filter(|bad| bad % 8 == 7)
        .map(|bad| format!("gone-{bad}"))
        .collect();
    delete(&local, &gone);

    let mut text = String::new();
    let mut expected = BTreeMap::new();
    let mut good = Vec::new();
    let large = "x".repeat(6_000);
    for number in 1..=3_000_u32 {
        let bad = number
            .checked_sub(20)
            .filter(|at| at % 20 == 0)
            .map(|at| at / 20)
            .filter(|bad| *bad < BAD);
        let Some(bad) = bad else {
            text += &json!({"id": format!("u{number}"), "name": "U"}).to_string();
            text.push('\n');
            good.push(format!("u{number}"));
            continue;
        };
        let (line, id, words) = match bad % 8 {
            0 => (
                format!(r#"{{"id":"a {bad}"}}"#),
                json!(format!("a {bad}")),
                "id is invalid",
            ),
            1 => (r#"{"name":"Nobody"}"#.to_owned(), Value::Null, "id is missing"),
            2 => (
                format!(r#"{{"id":"role{bad}","role":"nosuch"}}"#),
                json!(format!("role{bad}")),
                "provided but not defined",
            ),
            3 => (
                format!(r#"{{"id":"large{bad}","custom":{{"x":"{large}"}}}}"#),
                json!(format!("large{bad}")),
                "larger than 5 KB",
            ),
            4 => (
                format!(r#"{{"id":"type{bad}","teams":7}}"#),
                json!(format!("type{bad}")),
                "teams must be a list of texts; it is a number",
            ),
            5 => (
                format!(r#"{{"id":"json{bad}","name":}}"#),
                Value::Null,
                "no valid JSON",
            ),
            6 => (r#"{"id":"u1"}"#.to_owned(), json!("u1"), "line 1 already"),
            _ => (
                format!(r#"{{"id":"gone-{bad}"}}"#),
                json!(format!("gone-{bad}")),
                "deleted",
            ),
        };
        text.push_str(&line);
        text.push('\n');
        expected.insert(u64::from(number), (id, words));
    }
    assert_eq!(expected.len(), 137);

    let folder = Folder::new("bad-rows");
    let input = folder.write("u.ndjson", &text);
    let written = folder.path().join("failures.ndjson");
    let output = local
        .command(&[
            "import",
            input.to_str().unwrap(),
            "--report",
            written.to_str().unwrap(),
        ])
        .output()
        .unwrap();
    let summary = summary(&output, 3);
    assert_eq!(
        (&summary["read"], &summary["imported"], &summary["failed"]),
        (&json!(3_000), &json!(2_863), &json!(137))
    );
    let there = users(&local);
    for id in &good {
        assert!(there.contains_key(id), "{id} is not there");
    }
    let found = report(&std::fs::read_to_string(&written).unwrap());
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    for (line, (id, words)) in &expected {
        // What the service says of an id that it does not take names no other.
        let (found_id, reason) = &found[line];
        assert_eq!(found_id, id, "line {line}: {reason}");
        assert!(reason.contains(words), "line {line}: {reason}");
        assert!(reason.len() < 300, "line {line}: a reason is no dump: {reason}");
    }
    // Some are shown, and then where the others are.
    let told = stderr(&output);
    assert_eq!(
        told.lines().filter(|line| line.starts_with("line ")).count(),
        10,
        "{told}"
    );
    assert!(told.contains("all of them will be in"), "{told}");
    assert!(told.contains("137 failed"), "{told}");
}

#[test]
fn an_import_stops_when_more_failed_than_may() {
    let folder = Folder::new("budget");
    let bad = "{\"name\":\"Nobody\"}\n".repeat(3_000);
    let input = folder.write("u.ndjson", &bad);
    for (arguments, read_all) in [
        (&[][..], false),
        (&["--max-failures", "10"], false),
        (&["--max-failures", "50%"], false),
        (&["--max-failures", "5000"], true),
    ] {
        let local = Local::start();
        let mut all = vec!["import", input.to_str().unwrap()];
        all.extend(arguments);
        let output = local.command(&all).output().unwrap();
        let summary = summary(&output, if read_all { 3 } else { 4 });
        assert_eq!(summary["complete"], read_all, "{arguments:?}");
        if read_all {
            assert_eq!(summary["failed"], 3_000);
        } else {
            assert!(summary["failed"].as_u64().unwrap() < 3_000);
            assert!(stderr(&output).contains("--max-failures"), "{}", stderr(&output));
        }
    }
}

#[test]
fn the_last_of_an_id_counts_where_that_is_asked_for() {
    let folder = Folder::new("last");
    let text: Vec<String> = (1..=250)
        .map(|number| format!("{{\"id\":\"ada\",\"name\":\"{number}\"}}\n"))
        .collect();
    let input = folder.write("u.ndjson", &text.concat());
    let local = Local::start();
    let output = local
        .command(&["import", input.to_str().unwrap(), "--duplicates", "last"])
        .output()
        .unwrap();
    assert_eq!(summary(&output, 0)["imported"], 250);
    assert_eq!(users(&local)["ada"]["name"], "250");
}

#[test]
fn a_report_that_cannot_be_written_is_said_before_anything_is_sent() {
    let folder = Folder::new("no-report");
    let input = folder.write("u.ndjson", "{\"id\":\"ada\"}\n");
    let local = Local::start();
    let nowhere = folder.path().join("no/such/folder/report");
    let output = local
        .command(&[
            "import",
            input.to_str().unwrap(),
            "--report",
            nowhere.to_str().unwrap(),
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("cannot be written"),
        "{}",
        stderr(&output)
    );
    assert!(users(&local).is_empty());
}

#[test]
fn a_report_never_takes_the_place_of_the_input_or_the_state() {
    let folder = Folder::new("report-is-input");
    let input = folder.write("u.ndjson", "{\"id\":\"ada\"}\n{}\n");
    let state = folder.path().join("run.journal");
    let around = folder.path().join(".").join("u.ndjson");
    let nowhere = folder.path().join("no/such/folder/report");
    let local = Local::start();
    let import = |arguments: &[&Path], code: i32, words: &str| {
        let mut all = vec!["import", input.to_str().unwrap(), "--report"];
        all.extend(arguments.iter().map(|path| path.to_str().unwrap()));
        let output = local.command(&all).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    };
    import(&[&input], 2, "is the input");
    import(&[&around], 2, "is the input");
    import(&[&state, Path::new("--state"), &state], 2, "is the state");
    import(&[&input, Path::new("--dry-run")], 2, "is the input");
    // Said before anything is sent, with a state as without one.
    import(&[&nowhere, Path::new("--state"), &state], 1, "cannot be written");
    assert_eq!(std::fs::read_to_string(&input).unwrap(), "{\"id\":\"ada\"}\n{}\n");
    assert!(users(&local).is_empty());
}

/// Nobody hears what is said, and all is done nevertheless.
#[test]
#[cfg(unix)]
fn a_reader_of_messages_who_goes_away_ends_nothing() {
    let folder = Folder::new("deaf");
    let bad = "{}\n".repeat(5);
    let input = folder.write("u.ndjson", &format!("{bad}{{\"id\":\"ada\"}}\n"));
    let local = Local::start();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = local
        .command(&["import", input.to_str().unwrap()])
        .stderr(writer)
        .output()
        .unwrap();
    assert_eq!(summary(&output, 3)["imported"], 1);
}
