//! Ctrl-C during an import: what is under way ends and is kept, and the command that is printed completes it.

use std::process::Command;

use crate::command::{KEY, Running, SECRET, command};
use crate::emulator::Emulator;
use crate::journal::Acknowledged;
use crate::place::Place;
use crate::proxy::{Proxy, Sight};
use crate::{check, people, sizes};

#[test]
fn an_interrupted_import_is_completed_by_the_command_that_it_prints() {
    let users = sizes::size("STREAM_USERS_SOAK_INTERRUPTED", 1_000, 50_000);
    // A name that a shell takes apart unless it is quoted.
    let place = Place::new("interrupt");
    let (input, state) = (place.join("all 'our' users.ndjson"), place.join("run.journal"));
    people::write(&input, users);
    let emulator = Emulator::start(&place.join("data"));
    let proxy = Proxy::start(emulator.address());
    let mut import = command(&proxy.base_url(), ["import", "--batch", "20"]);
    import.args([input.as_os_str(), "--state".as_ref(), state.as_os_str()]);
    let said = place.join("said");
    let mut running = Running::start(import, &said, &place.join("results"));
    let (tell, told) = std::sync::mpsc::channel();
    proxy.at(Sight::Passed(users / 20 / 3), move || tell.send(()).unwrap());
    told.recv().unwrap();
    running.signal("INT");
    let ended = running.wait(|_| proxy.wait());
    let said = std::fs::read_to_string(&said).unwrap();
    assert_eq!(ended.status.code(), Some(130), "{said}");
    proxy.next_run();
    let known = Acknowledged::read(&state);
    assert!(
        known.count > 0 && known.count < users,
        "{} rows were done: {said}",
        known.count
    );
    let sent = proxy.with_upserts(0, |upserts| {
        let sent = upserts.iter().flat_map(|upsert| &upsert.users);
        assert!(
            sent.clone().all(|row| known.has(*row)),
            "what was under way was not waited for: {said}"
        );
        sent.count()
    });

    let printed = said.lines().map(str::trim).find(|line| line.contains(" import "));
    let printed = printed.unwrap_or_else(|| panic!("no command is printed: {said}"));
    let output = Command::new("sh")
        .args(["-c", printed])
        .env("STREAM_API_KEY", KEY)
        .env("STREAM_API_SECRET", SECRET)
        .env("STREAM_BASE_URL", proxy.base_url())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{printed}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let all = proxy.with_upserts(0, |upserts| {
        upserts.iter().map(|upsert| upsert.users.len()).sum::<usize>()
    });
    println!("{sent} of {users} rows were sent before, {all} in all");
    assert_eq!(all, usize::try_from(users).unwrap(), "each row is sent once");
    let dump = place.join("dump.ndjson");
    check::export(&emulator.base_url(), &dump);
    check::dump(&dump, users, |number| Some(people::user(number)));
}
