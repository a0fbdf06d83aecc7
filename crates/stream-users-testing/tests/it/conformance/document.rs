//! The guide's page of the rules is made of the list of the rules.

use stream_users_testing::conformance::Rule;
use stream_users_testing::conformance::{transport, users_api};

const PAGE: &str = include_str!("../../../../../docs/guide/conformance.md");

/// The words of a part of the page, which begins with a heading of the second level, from its first rule on.
fn part(heading: &str) -> String {
    let (_, rest) = PAGE
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("docs/guide/conformance.md has no part \"{heading}\""));
    let part = rest.split("\n## ").next().unwrap_or_default();
    words(part.find("### ").map_or("", |start| &part[start..]))
}

/// Where lines are broken does not matter.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn holds(heading: &str, rules: &[Rule]) {
    let sections: Vec<String> = rules.iter().map(Rule::section).collect();
    let sections = sections.join("\n");
    assert!(
        part(heading) == words(&sections),
        "the part \"{heading}\" of docs/guide/conformance.md is not what the rules say; write this below its \
         introduction:\n\n{sections}"
    );
}

#[test]
fn the_page_says_what_the_rules_of_a_transport_are() {
    holds("Rules of a Transport", transport::RULES);
}

#[test]
fn the_page_says_what_the_rules_of_a_users_api_are() {
    holds("Rules of a UsersApi", users_api::RULES);
}
