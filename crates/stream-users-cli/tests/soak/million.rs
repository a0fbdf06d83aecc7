//! As many users as a large app has, in and out: how long that takes, and how much memory the command has meanwhile.

use std::time::Instant;

use crate::command::{self, Ended, Running, command};
use crate::emulator::Emulator;
use crate::place::{self, Place};
use crate::{check, people, sizes};

/// The most memory that the command may have resident, in bytes: 64 MiB for a million users, of whom it remembers a little.
/// A debug build with few users may have as much.
fn most(users: u64) -> u64 {
    let many = if sizes::full() { users } else { 1_000_000 };
    (24 << 20) + 40 * many
}

#[test]
fn a_million_users_go_in_and_out_within_64_mib() {
    let users = sizes::size("STREAM_USERS_SOAK_MILLION", 5_000, 1_000_000);
    let place = Place::new("million");
    let (input, state, dump) = (
        place.join("users.ndjson"),
        place.join("run.journal"),
        place.join("dump.ndjson"),
    );
    let bytes = people::write(&input, users);
    println!(
        "{users} users, {:.1} MB of input, {} bytes each",
        megabytes(bytes),
        bytes / users
    );
    let mut emulator = Emulator::start(&place.join("data"));
    let said = place.join("said");
    let mut import = command(&emulator.base_url(), ["import"]);
    import.args([input.as_os_str(), "--state".as_ref(), state.as_os_str()]);
    let results = place.join("results");
    let ended = end(Running::start(import, &said, &results));
    report("import", users, &ended, &said);
    println!("  {}", std::fs::read_to_string(&results).unwrap().trim());
    println!("  journal: {:.2} MB", megabytes(place::length(&state)));
    println!(
        "  emulator: {:.1} MB at most",
        megabytes(command::peak(emulator.process()))
    );

    // Run again, it sends nothing; this is also what a kill at the very end costs.
    let mut again = command(&emulator.base_url(), ["import"]);
    again.args([input.as_os_str(), "--state".as_ref(), state.as_os_str()]);
    report(
        "import, once more",
        users,
        &end(Running::start(again, &said, &results)),
        &said,
    );

    let began = Instant::now();
    emulator.kill_and_restart();
    println!(
        "emulator, after kill -9 with {users} users: started in {:.1?}",
        began.elapsed()
    );

    let mut export = command(&emulator.base_url(), ["export"]);
    export.arg(&dump);
    report(
        "export",
        users,
        &end(Running::start(export, &said, &results)),
        &said,
    );
    println!("  dump: {:.1} MB", megabytes(place::length(&dump)));
    println!(
        "  emulator: {:.1} MB at most",
        megabytes(command::peak(emulator.process()))
    );
    check::dump(&dump, users, |number| Some(people::user(number)));
}

fn end(mut running: Running) -> Ended {
    running.wait(|_| std::thread::park_timeout(std::time::Duration::from_millis(2)))
}

fn report(what: &str, users: u64, ended: &Ended, said: &std::path::Path) {
    #[expect(clippy::cast_precision_loss, reason = "a figure")]
    let rate = users as f64 / ended.took.as_secs_f64();
    println!(
        "{what}: {:.1?}, {rate:.0} users/s, at most {:.1} MB of memory",
        ended.took,
        megabytes(ended.peak)
    );
    let said = std::fs::read_to_string(said).unwrap_or_default();
    assert_eq!(ended.status.code(), Some(0), "{what}: {said}");
    if cfg!(target_os = "linux") {
        assert!(ended.peak > 0, "no memory was measured");
    }
    let most = most(users);
    assert!(
        ended.peak < most,
        "{what} took {:.1} MB and should take less than {:.1} MB",
        megabytes(ended.peak),
        megabytes(most)
    );
}

#[expect(clippy::cast_precision_loss, reason = "a figure")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
