use serde_json::Value;

use crate::{command, stderr, stdout};

#[test]
fn each_step_is_one_object_and_all_go_well() {
    let output = command(&["demo", "--json"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let steps: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(steps.len() >= 22, "only {} steps", steps.len());
    assert!(steps.iter().all(|step| step["ok"] == true));
    let names: String = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    for word in [
        "guest",
        "anonymous",
        "connect a guest",
        "connect anonymously",
        "presence",
        "count",
        "deactivate",
        "reactivate",
        "export",
        "restore",
        "hard",
        "limit",
    ] {
        assert!(names.contains(word), "no step is named after {word}");
    }
}

#[test]
fn people_read_lines() {
    let output = command(&["demo"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("went as the service promises"));
}
