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
    assert!(
        told.contains("waiting for it") && told.contains("error: "),
        "{told}"
    );
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
