//! The guide's page has the rules as they are. `UPDATE_GUIDE=1` writes them there.

use stream_users_testing::conformance::Rule;
use stream_users_testing::conformance::users_api;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/conformance.md");

/// Holds the part of the page between the two marks of this name to the rules.
fn hold(name: &str, rules: &[Rule]) {
    let command = "UPDATE_GUIDE=1 cargo test -p stream-users-testing --test it guide";
    let (begin, end) = (
        format!("<!-- {name}: made by {command} -->\n"),
        format!("<!-- /{name} -->"),
    );
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(&begin).unwrap();
    let (written, after) = rest.split_once(&end).unwrap();
    let sections: Vec<_> = rules.iter().map(Rule::section).collect();
    let expected = format!("\n{}\n", sections.join("\n"));
    if std::env::var_os("UPDATE_GUIDE").is_some() {
        std::fs::write(PAGE, [before, &begin, &expected, &end, after].concat()).unwrap();
    } else {
        assert!(written == expected, "the page has other rules; run `{command}`");
    }
}

#[test]
fn the_rules_of_a_users_api_are_in_the_guide() {
    hold("users_api rules", users_api::RULES);
}
