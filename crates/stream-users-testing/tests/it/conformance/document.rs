//! The guide's page of the rules is made of the list of the rules.

use stream_users_testing::conformance::Rule;
use stream_users_testing::conformance::transport;

const PAGE: &str = include_str!("../../../../../docs/guide/conformance.md");

/// The sections of a part of the page, which begins with a heading of the second level.
fn part(heading: &str) -> String {
    let (_, rest) = PAGE
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("docs/guide/conformance.md has no part \"{heading}\""));
    let part = rest.split("\n## ").next().unwrap_or_default();
    let sections = part.find("### ").map_or("", |start| &part[start..]);
    sections.trim_end().to_owned()
}

fn holds(heading: &str, rules: &[Rule]) {
    let sections: Vec<String> = rules.iter().map(Rule::section).collect();
    let expected = sections.join("\n");
    let expected = expected.trim_end();
    assert!(
        part(heading) == expected,
        "the part \"{heading}\" of docs/guide/conformance.md is not what the rules say; write this below its \
         introduction:\n\n{expected}\n"
    );
}

#[test]
fn the_page_says_what_the_rules_of_a_transport_are() {
    holds("Rules of a Transport", transport::RULES);
}
