//! `--emulator`, and the command `emulator`.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::folder::Folder;
use crate::{command, stderr, stdout};

const ADA: &str = r#"{"users": {"ada": {"id": "ada", "name": "Ada"}}}"#;
const ALL: &str = r#"{"filter_conditions": {}}"#;

#[test]
fn data_stay_in_the_folder_from_one_command_to_the_next() {
    let folder = Folder::new("embedded");
    let option = format!("--emulator={}", folder.path().join("data").display());
    let output = command(&["api", "upsert_users", "--json", ADA, &option])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let output = command(&["api", "query_users", "--json", ALL, &option])
        .output()
        .unwrap();
    assert!(stdout(&output).contains("\"Ada\""), "{}", stderr(&output));
    // Another folder has other data, and the environment's service is not asked.
    for (name, value) in [
        ("STREAM_USERS_EMULATOR_DATA", folder.path().join("other")),
        ("XDG_DATA_HOME", folder.path().join("usual")),
    ] {
        let mut other = command(&["--emulator", "api", "query_users", "--json", ALL]);
        let output = other
            .env(name, value)
            .env("STREAM_API_KEY", "k")
            .env("STREAM_BASE_URL", "http://127.0.0.1:9")
            .output()
            .unwrap();
        assert!(stdout(&output).contains("\"users\":[]"), "{}", stderr(&output));
    }
    let usual = folder.path().join("usual/stream-users/emulator");
    assert!(usual.is_dir());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&usual).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "others can read the data");
    }
}

#[test]
fn two_at_once_are_told_apart() {
    let folder = Folder::new("two");
    let option = format!("--emulator={}", folder.path().display());
    let mut first = command(&["listen", &option])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("\"hooked\":true"));
    let second = command(&["api", "query_users", "--json", ALL, &option])
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    for words in ["in use by another emulator", "what to do:", "--emulator=DIR"] {
        assert!(stderr(&second).contains(words), "{}", stderr(&second));
    }
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn a_host_and_a_local_stream_exclude_each_other() {
    let output = command(&[
        "api",
        "query_users",
        "--json",
        ALL,
        "--emulator",
        "--base-url",
        "http://a",
    ])
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("exclude each other"),
        "{}",
        stderr(&output)
    );
}

#[test]
#[cfg(unix)]
fn the_emulators_own_command_is_the_same_as_its_binary() {
    for signal in ["INT", "TERM", "HUP"] {
        if signal == "HUP" && !cfg!(target_os = "linux") {
            continue;
        }
        let mut child = command(&["emulator", "--api-key", "k", "--role", "speaker"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        assert!(first.starts_with("listening on http://127.0.0.1:"), "{first}");
        let id = child.id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", signal, &id])
            .status();
        assert!(sent.unwrap().success());
        assert!(child.wait().unwrap().success(), "{signal}");
    }
    let output = command(&["emulator", "--set", "nothing=1"])
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).starts_with("error: cannot set nothing"),
        "{}",
        stderr(&output)
    );
    assert!(!stderr(&output).contains("backtrace"), "{}", stderr(&output));
}
