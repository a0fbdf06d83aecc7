use std::fs::OpenOptions;

use crate::{command, stderr};

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_is_an_error() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&["demo", "--json"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("standard output could not be written"),
        "{}",
        stderr(&output)
    );
}
