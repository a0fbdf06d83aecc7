//! Each rule can fail: a transport that breaks one fails the test of that name, and no other.

use std::process::Command;
use std::sync::Mutex;
use std::thread;

use stream_users_testing::conformance::Rule;
use stream_users_testing::conformance::transport::RULES;

use super::faulty::BROKEN;

/// How many transports are tried at the same time.
const AT_ONCE: usize = 2;

/// The tests that fail where this rule is broken, and what they say.
fn run(rule: &str) -> (Vec<String>, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .arg("conformance::faulty::suite::")
        .env(BROKEN, rule)
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let results = said
        .lines()
        .filter_map(|line| line.strip_prefix("test conformance::faulty::suite::"));
    let failed = results.filter_map(|line| line.strip_suffix(" ... FAILED"));
    (failed.map(str::to_owned).collect(), said)
}

/// What is wrong with what fails where this rule is broken; nothing where all is well.
fn fault(rule: &Rule) -> Option<String> {
    let (failed, said) = run(rule.name);
    if failed != [rule.name] {
        return Some(format!("with {} broken fails {failed:?}:\n{said}", rule.name));
    }
    let name = format!("the rule `{}` is broken", rule.name);
    let texts = [name.as_str(), "seen:", "expected:", rule.demands, rule.mend];
    let missing = texts.into_iter().find(|text| !said.contains(text))?;
    Some(format!(
        "\"{missing}\" is missing in what {} says:\n{said}",
        rule.name
    ))
}

#[test]
fn what_breaks_a_rule_fails_its_test_and_no_other() {
    let left = Mutex::new(RULES.iter());
    let next = || left.lock().unwrap().next();
    let try_all = || std::iter::from_fn(next).filter_map(fault).collect::<Vec<_>>();
    let faults = thread::scope(|scope| {
        let threads = [(); AT_ONCE].map(|()| scope.spawn(try_all));
        threads.map(|thread| thread.join().unwrap()).concat()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
