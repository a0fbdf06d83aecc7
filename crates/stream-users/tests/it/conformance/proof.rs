//! The suite finds what it is there to find: for each rule there is a fault, and with it the test of that rule fails.

use std::process::{Command, Output};

use stream_users::testing::conformance::users_api::RULES;

use super::faulty::FAULT;

/// Runs the test of one rule in a process of its own, with or without the fault of that name.
fn run(rule: &str, fault: Option<&str>) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let test = format!("conformance::a_faulty_one::{rule}");
    command.args(["--exact", &test, "--nocapture"]).env_remove(FAULT);
    if let Some(fault) = fault {
        command.env(FAULT, fault);
    }
    command.output().unwrap()
}

#[test]
fn each_rule_is_broken_by_its_fault() {
    let mut unproven = Vec::new();
    // As many at a time as a small machine can bear.
    for rules in RULES.chunks(4) {
        std::thread::scope(|scope| {
            let runs: Vec<_> = rules
                .iter()
                .map(|rule| (rule.name, scope.spawn(|| run(rule.name, Some(rule.name)))))
                .collect();
            for (rule, run) in runs {
                let output = run.join().unwrap();
                let text = String::from_utf8_lossy(&output.stderr).into_owned();
                if output.status.success() || !text.contains(&format!("the rule `{rule}` is broken")) {
                    unproven.push(format!("{rule}: {text}"));
                }
            }
        });
    }
    assert!(
        unproven.is_empty(),
        "the tests of these rules do not fail with the fault of their name: {unproven:#?}"
    );
}

#[test]
fn a_failure_says_what_was_seen_and_by_which_fact_it_is_wrong() {
    let output = run("upserts_replace", Some("upserts_replace"));
    let text = String::from_utf8_lossy(&output.stderr);
    for part in [
        "the rule `upserts_replace` is broken",
        "seen:     the name, which was not sent again: Some(\"Ada Lovelace\")",
        "expected: None",
        "The service replaces",
        "Do not merge into what is stored.",
    ] {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
    assert!(run("upserts_replace", None).status.success());
}
