//! The page of the documentation, the manual and what shells are given.

use crate::{command, stderr, stdout};

#[test]
fn the_page_is_what_the_command_prints() {
    let output = command(&["man", "--markdown"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
    let page = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    assert!(
        page == stdout(&output),
        "docs/cli.md is not what the command prints; fix: run `cargo xtask codegen`"
    );
}

#[test]
fn every_command_has_a_page_of_the_manual() {
    let folder = crate::folder::Folder::new("manual");
    let output = command(&["man", "--dir"]).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    for name in ["stream-users", "stream-users-import", "stream-users-man"] {
        let page = std::fs::read_to_string(folder.path().join(format!("{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {name} 1")), "{name}: {page}");
    }
    let one = command(&["man", "import"]).output().unwrap();
    assert!(stdout(&one).contains("stream\\-users\\-import") || stdout(&one).contains("import"));
    let none = command(&["man", "nothing"]).output().unwrap();
    assert_eq!(none.status.code(), Some(2));
    assert!(
        stderr(&none).contains("it has demo, emulator"),
        "{}",
        stderr(&none)
    );
}

#[test]
fn shells_are_told_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = command(&["completions", shell]).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        for word in ["import", "emulator", "profile"] {
            assert!(stdout(&output).contains(word), "{shell} is not told of {word}");
        }
    }
}

#[test]
fn examples_stand_in_manual_pages_as_they_are_typed() {
    let output = command(&["man", "query"]).output().unwrap();
    let page = stdout(&output);
    assert!(page.contains("\n.SH EXTRA\n.nf\n"), "{page}");
}
