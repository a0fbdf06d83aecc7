use serde_json::json;

use super::{check, lines, summary, upserts};
use crate::folder::Folder;
use crate::local::Local;
use crate::{stderr, stdout};

#[test]
fn an_import_that_has_finished_sends_nothing_and_says_so() {
    let folder = Folder::new("finished");
    let input = folder.write("u.ndjson", &lines(1..251));
    let state = folder.path().join("run.journal");
    let arguments = [
        "import",
        input.to_str().unwrap(),
        "--state",
        state.to_str().unwrap(),
    ];
    let local = Local::start();
    assert_eq!(
        summary(&local.command(&arguments).output().unwrap(), 0)["imported"],
        250
    );
    local.emulator().clear_requests();
    let output = local.command(&arguments).output().unwrap();
    let summary = summary(&output, 0);
    assert_eq!(
        (&summary["known"], &summary["requests"]),
        (&json!(250), &json!(0))
    );
    assert!(
        stderr(&output).contains("nothing was sent"),
        "{}",
        stderr(&output)
    );
    assert_eq!(upserts(&local), 0);
    check(&local, 1..251);
}

#[test]
fn an_input_that_has_changed_is_noticed() {
    let folder = Folder::new("changed");
    let text = lines(1..251);
    let input = folder.write("u.ndjson", &text);
    let state = folder.path().join("run.journal");
    let arguments = [
        "import",
        input.to_str().unwrap(),
        "--state",
        state.to_str().unwrap(),
    ];
    let local = Local::start();
    summary(&local.command(&arguments).output().unwrap(), 0);
    for changed in [
        text.replace("User 17\"", "Somebody else\""),
        format!("{text}{}", lines(251..252)),
        text.split_inclusive('\n').take(200).collect(),
    ] {
        folder.write("u.ndjson", &changed);
        let output = local.command(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stdout(&output).is_empty());
        assert!(
            stderr(&output).contains("the input has changed"),
            "{}",
            stderr(&output)
        );
    }
    check(&local, 1..251);
}

#[test]
fn the_report_has_the_failures_of_all_runs() {
    let folder = Folder::new("report");
    let mut text = lines(1..101);
    text.push_str("{\"name\":\"Nobody\"}\n");
    let input = folder.write("u.ndjson", &text);
    let (state, report) = (
        folder.path().join("run.journal"),
        folder.path().join("failures.ndjson"),
    );
    let arguments = [
        "import",
        input.to_str().unwrap(),
        "--state",
        state.to_str().unwrap(),
        "--report",
        report.to_str().unwrap(),
    ];
    let local = Local::start();
    assert_eq!(
        summary(&local.command(&arguments).output().unwrap(), 3)["failed"],
        1
    );
    let first = std::fs::read_to_string(&report).unwrap();
    assert_eq!(
        first,
        "{\"line\":101,\"id\":null,\"reason\":\"id is missing; give each row the id of its user\"}\n"
    );
    std::fs::remove_file(&report).unwrap();
    let again = summary(&local.command(&arguments).output().unwrap(), 0);
    assert_eq!(&again["requests"], &json!(0));
    assert_eq!((&again["failed"], &again["known_failed"]), (&json!(0), &json!(1)));
    assert_eq!(std::fs::read_to_string(&report).unwrap(), first);
}

#[test]
fn a_state_is_for_one_app_and_one_way_to_read() {
    let folder = Folder::new("scope");
    let input = folder.write("u.csv", "id,plan\nada,7\n");
    let state = folder.path().join("run.journal");
    let arguments = [
        "import",
        input.to_str().unwrap(),
        "--state",
        state.to_str().unwrap(),
    ];
    let local = Local::start();
    summary(&local.command(&arguments).output().unwrap(), 0);
    let mut other = arguments.to_vec();
    other.extend(["--column", "plan=custom.plan:string"]);
    let output = local.command(&other).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("another run"), "{}", stderr(&output));
}
