//! Where credentials come from, and what is said where they do not.

use std::process::Command;

use crate::folder::Folder;
use crate::local::Local;
use crate::{command, stderr, stdout};

const SECRET: &str = "s3cr3t-never-shown";

fn asks(folder: &Folder) -> Command {
    let mut command = command(&["api", "get_task", "--json", r#"{"id": "x"}"#, "--config"]);
    command.arg(folder.path().join("config.toml"));
    command
}

/// The emulator that a profile names.
fn profile(local: &Local, name: &str, secret: &str) -> String {
    format!(
        "[profiles.{name}]\napi_key = {:?}\nbase_url = {:?}\n{secret}\n",
        local.api_key(),
        local.base_url()
    )
}

#[test]
fn a_profile_may_have_its_secret_in_three_ways() {
    let local = Local::start();
    let folder = Folder::new("profiles");
    let secret = local.api_secret();
    folder.write("secrets/test", &format!("{secret}\n"));
    let text = [
        "default_profile = \"here\"\n".to_owned(),
        profile(&local, "here", &format!("api_secret = {secret:?}")),
        profile(&local, "file", "api_secret_file = \"secrets/test\""),
        profile(
            &local,
            "shell",
            &format!("api_secret_command = \"printf %s {secret}\""),
        ),
        profile(
            &local,
            "program",
            &format!("api_secret_command = [\"echo\", {secret:?}]"),
        ),
    ];
    folder.write("config.toml", &text.concat());
    for name in [None, Some("here"), Some("file"), Some("shell"), Some("program")] {
        let mut command = asks(&folder);
        if let Some(name) = name {
            command.args(["--profile", name]);
        }
        let output = command.output().unwrap();
        // The emulator has answered, and believed the token.
        assert!(
            stderr(&output).contains("Can't find task"),
            "{name:?}: {}",
            stderr(&output)
        );
        assert!(!stderr(&output).contains("warning"), "{}", stderr(&output));
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn the_environment_goes_before_the_default_and_after_a_profile_that_is_named() {
    let local = Local::start();
    let folder = Folder::new("order");
    let text = profile(&local, "broken", "api_secret = \"other\"");
    folder.write("config.toml", &text);
    let with = |arguments: &[&str]| {
        let mut command = asks(&folder);
        command
            .args(arguments)
            .env("STREAM_API_KEY", local.api_key())
            .env("STREAM_API_SECRET", local.api_secret())
            .env("STREAM_BASE_URL", local.base_url());
        command.output().unwrap()
    };
    let output = with(&[]);
    assert!(stderr(&output).contains("Can't find task"), "{}", stderr(&output));
    let output = with(&["--profile", "broken"]);
    assert_eq!(output.status.code(), Some(6));
    let text = stderr(&output);
    for words in [
        "the API secret does not belong to the API key",
        "what to do: take both",
        "the profile \"broken\"",
    ] {
        assert!(text.contains(words), "{text}");
    }
    let output = asks(&folder)
        .env("STREAM_BASE_URL", "http://127.0.0.1:9")
        .output()
        .unwrap();
    assert!(stderr(&output).contains("127.0.0.1:9"), "{}", stderr(&output));
}

#[test]
fn what_is_wrong_with_the_file_is_named_and_no_secret_shown() {
    let folder = Folder::new("wrong");
    let key = "api_key = \"k\"\n";
    for (text, code, words) in [
        (
            format!("[profiles.a]\n{key}api_secret = \"{SECRET}\nbase_url = \"x\"\n"),
            2,
            "line 3",
        ),
        (
            format!("[profiles.a]\napi_secret = {SECRET}\n"),
            2,
            "line 2, column",
        ),
        (
            format!("[profiles.a]\napi_secret = [\"{SECRET}\"]\n"),
            2,
            "profiles.a.api_secret must be",
        ),
        (
            format!("[profiles.a]\n{key}api_secrt = \"{SECRET}\"\n"),
            2,
            "no key \"api_secrt\" in [profiles.a]; there are allow_http, api_key, api_secret,",
        ),
        (
            format!("api_secret = \"{SECRET}\"\n"),
            2,
            "no key \"api_secret\"; there are default_profile, profiles",
        ),
        (
            format!("[profiles.a]\n{key}api_secret = \"{SECRET}\"\napi_secret_file = \"f\"\n"),
            2,
            "has api_secret and api_secret_file: leave one",
        ),
        (
            format!("default_profile = \"b\"\n[profiles.a]\n{key}api_secret = \"{SECRET}\"\n"),
            2,
            "no profile \"b\"; it has a",
        ),
        (format!("[profiles.a]\n{key}"), 6, "the profile \"a\" in"),
        (
            format!("[profiles.a]\napi_secret = \"{SECRET}\"\n"),
            6,
            "has no api_key",
        ),
        (
            format!("[profiles.a]\n{key}api_secret_file = \"nowhere\"\n"),
            6,
            "cannot be read from its api_secret_file",
        ),
        (
            format!("[profiles.a]\n{key}api_secret_command = \"echo {SECRET}; exit 3\"\n"),
            6,
            "api_secret_command of the profile \"a\" gave no secret",
        ),
        (
            format!("[profiles.a]\n{key}api_secret_command = [\"no-such-program-{SECRET}\"]\n"),
            6,
            "cannot be run",
        ),
        (
            "[profiles.a]\n[profiles.b]\n".to_owned(),
            6,
            "names no default_profile; it has a, b",
        ),
    ] {
        folder.write("config.toml", &text);
        let output = asks(&folder).output().unwrap();
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{text}: {told}");
        assert!(told.contains(words), "{text}: {told}");
        assert!(
            !told.contains(SECRET) || text.contains("no-such-program"),
            "{told}"
        );
        assert!(told.contains("config.toml") || code == 6, "{told}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let output = command(&["api", "query_users", "--json", r#"{"filter_conditions": {}}"#])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(6));
    for words in [
        "STREAM_API_KEY and STREAM_API_SECRET are not set",
        "there is no configuration file",
        "stream-users/config.toml",
        "--emulator",
    ] {
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    for (set, missing) in [
        ("STREAM_API_KEY", "STREAM_API_SECRET is not"),
        ("STREAM_API_SECRET", "STREAM_API_KEY is not"),
    ] {
        let mut command = command(&["api", "query_users", "--json", r#"{"filter_conditions": {}}"#]);
        let output = command.env(set, SECRET).output().unwrap();
        assert_eq!(output.status.code(), Some(6));
        assert!(stderr(&output).contains(missing), "{}", stderr(&output));
        assert!(!stderr(&output).contains(SECRET), "{}", stderr(&output));
    }
    let folder = Folder::new("missing");
    let output = asks(&folder).output().unwrap();
    assert!(stderr(&output).contains("cannot be read"), "{}", stderr(&output));
    folder.write("config.toml", "[profiles.a]\napi_key = \"k\"\n");
    let output = asks(&folder).args(["--profile", "c"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("no profile \"c\"; it has a"),
        "{}",
        stderr(&output)
    );
}

#[test]
#[cfg(unix)]
fn a_secret_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let local = Local::start();
    let folder = Folder::new("shared");
    let secret = format!("api_secret = {:?}", local.api_secret());
    let path = folder.write("config.toml", &profile(&local, "a", &secret));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = asks(&folder).output().unwrap();
    let told = stderr(&output);
    assert!(told.contains("warning:") && told.contains("chmod 600"), "{told}");
    assert!(told.contains("Can't find task"), "{told}");
}

#[test]
fn a_host_that_cannot_be_one_is_named_with_what_says_it() {
    for (url, words) in [
        ("localhost:8800", "STREAM_BASE_URL is \"localhost:8800\""),
        ("chat.stream-io-api.com", "must start with http:// or https://"),
        ("http://example.com", "STREAM_ALLOW_HTTP=1"),
        (
            "https://me:s3cr3t-never-shown@example.com",
            "\"https://***@example.com\"",
        ),
        (
            "https://example.com?api_key=s3cr3t-never-shown",
            "is \"https://example.com\"",
        ),
    ] {
        let mut command = command(&["api", "get_task", "--json", r#"{"id": "x"}"#]);
        let output = command
            .env("STREAM_API_KEY", "k")
            .env("STREAM_API_SECRET", "s")
            .env("STREAM_BASE_URL", url)
            .output()
            .unwrap();
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(
            told.contains(words) && told.contains("STREAM_BASE_URL is"),
            "{told}"
        );
        assert!(!told.contains(SECRET), "{told}");
        assert!(stdout(&output).is_empty());
    }
    let mut command = command(&["api", "get_task", "--base-url", "x y"]);
    let output = command
        .env("STREAM_API_KEY", "k")
        .env("STREAM_API_SECRET", "s")
        .output()
        .unwrap();
    assert!(
        stderr(&output).contains("--base-url is \"x y\""),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_variable_that_is_empty_says_nothing() {
    let output = command(&["query"])
        .env("STREAM_USERS_PROFILE", "")
        .env("STREAM_USERS_CONFIG", "")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("there are no credentials"),
        "{}",
        stderr(&output)
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_program_that_is_to_print_the_secret() {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};

    let folder = Folder::new("asking");
    let config = folder.path().join("config.toml");
    let text =
        "[profiles.test]\napi_key = \"k\"\napi_secret_command = \"echo asking >&2; sleep 5; echo s\"\n";
    std::fs::write(&config, text).unwrap();
    let users = folder.path().join("users.ndjson");
    std::fs::write(&users, "").unwrap();
    let mut child = command(&["sync", users.to_str().unwrap()])
        .env("STREAM_USERS_CONFIG", &config)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "asking");
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().signal(), Some(2));
}
