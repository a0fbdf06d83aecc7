use std::net::TcpListener;
use std::time::{Duration, Instant};

use stream_users_emulator::Fault;

use super::{check, lines, summary};
use crate::folder::Folder;
use crate::local::Local;
use crate::{command, stderr, stdout};

#[test]
fn a_service_that_fails_for_a_while_is_waited_for() {
    let folder = Folder::new("for-a-while");
    let input = folder.write("u.ndjson", &lines(1..501));
    let local = Local::start();
    let emulator = local.emulator();
    emulator
        .fault("upsert_users", Fault::error(503, -1, "away").times(4))
        .unwrap();
    emulator
        .fault("upsert_users", Fault::drop_connection_after().times(2))
        .unwrap();
    let output = local
        .command(&["import", input.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(summary(&output, 0)["imported"], 500);
    check(&local, 1..501);
}

#[test]
fn a_service_that_stays_away_ends_the_import_with_how_to_go_on() {
    let folder = Folder::new("away");
    let input = folder.write("my users.ndjson", &lines(1..501));
    let local = Local::start();
    let fault = Fault::error(503, -1, "away").until_cleared();
    local.emulator().fault("upsert_users", fault).unwrap();
    let arguments = ["import", input.to_str().unwrap(), "--patience", "0"];
    let output = local.command(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    assert!(stdout(&output).is_empty());
    let told = stderr(&output);
    assert!(told.contains("error: ") && told.contains("503"), "{told}");
    let command = told.lines().last().unwrap().trim();
    assert!(
        command.ends_with(&format!("import '{}' --patience 0", input.display())),
        "{told}"
    );
}

#[test]
fn nobody_who_answers_and_credentials_that_are_refused_have_exit_codes_of_their_own() {
    let folder = Folder::new("nobody");
    let input = folder.write("u.ndjson", &lines(1..3));
    let mut nobody = command(&["import", input.to_str().unwrap(), "--patience", "0"]);
    nobody
        .env("STREAM_API_KEY", "key")
        .env("STREAM_API_SECRET", "secret")
        .env("STREAM_BASE_URL", "http://127.0.0.1:9");
    let output = nobody.output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("nothing answers at 127.0.0.1:9"),
        "{}",
        stderr(&output)
    );

    let local = Local::start();
    let mut refused = local.command(&["import", input.to_str().unwrap()]);
    let output = refused.env("STREAM_API_SECRET", "another").output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));

    let output = command(&["import", input.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
}

/// A host that was misspelt is said at once, with how to go on; whoever says for how long to wait, is obeyed.
#[test]
fn a_service_that_was_never_there_is_waited_for_only_where_that_is_asked_for() {
    let folder = Folder::new("never-there");
    let input = folder.write("u.ndjson", &lines(1..3));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let import = |more: &[&str]| {
        let mut command = command(&[&["import", input.to_str().unwrap()], more].concat());
        command
            .env("STREAM_API_KEY", "key")
            .env("STREAM_API_SECRET", "marker-secret")
            .env("STREAM_BASE_URL", &url);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
        stderr(&output).to_owned()
    };
    let begun = Instant::now();
    let told = import(&[]);
    assert!(
        begun.elapsed() < Duration::from_mins(4),
        "it waited for its patience"
    );
    assert!(told.contains("the connection was refused"), "{told}");
    assert!(told.lines().last().unwrap().ends_with("u.ndjson"), "{told}");
    assert!(!told.contains("marker-secret"), "{told}");
    let begun = Instant::now();
    import(&["--patience", "3"]);
    assert!(begun.elapsed() >= Duration::from_secs(3), "it did not wait");
}
