//! `sync` over many users of whom few differ: only those are written, each once, and a second run writes nothing.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use crate::chance::Chance;
use crate::command;
use crate::emulator::Emulator;
use crate::place::Place;
use crate::proxy::Proxy;
use crate::{check, people, sizes};

#[test]
fn sync_writes_only_users_who_differ() {
    let users = sizes::size("STREAM_USERS_SOAK_SYNC", 2_000, 100_000);
    let place = Place::new("sync");
    let emulator = Emulator::start(&place.join("data"));
    let before = place.join("before.ndjson");
    people::write(&before, users);
    let output = command::run(
        &emulator.base_url(),
        ["import", "--quiet", before.to_str().unwrap()],
    );
    assert_eq!(output.status.code(), Some(0), "{}", command::text(&output.stderr));

    let mut chance = Chance::new(sizes::seed());
    let mut differing = BTreeSet::new();
    while differing.len() < usize::try_from(users / 100).unwrap() {
        differing.insert(1 + chance.below(users));
    }
    let wanted = |number| people::version(number, u64::from(differing.contains(&number)));
    let after = place.join("after.ndjson");
    let mut file = BufWriter::new(File::create(&after).unwrap());
    for number in 1..=users {
        writeln!(file, "{}", wanted(number)).unwrap();
    }
    file.flush().unwrap();

    let proxy = Proxy::start(emulator.address());
    let began = std::time::Instant::now();
    sync(&proxy, &after);
    println!(
        "{users} users, {} differ: {:.1?}, {} requests to read, {} to write",
        differing.len(),
        began.elapsed(),
        proxy.others(),
        proxy.with_upserts(0, <[_]>::len)
    );
    proxy.with_upserts(0, |upserts| {
        let mut written: Vec<u64> = upserts.iter().flat_map(|upsert| upsert.users.clone()).collect();
        written.sort_unstable();
        assert!(
            written.iter().eq(&differing),
            "{written:?} were written, {differing:?} differ"
        );
    });
    let dump = place.join("dump.ndjson");
    check::export(&emulator.base_url(), &dump);
    check::dump(&dump, users, |number| Some(wanted(number)));

    let written = proxy.with_upserts(0, <[_]>::len);
    sync(&proxy, &after);
    assert_eq!(
        proxy.with_upserts(0, <[_]>::len),
        written,
        "the second run has written"
    );
}

fn sync(proxy: &Proxy, file: &Path) {
    let output = command::run(&proxy.base_url(), ["sync", "--quiet", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", command::text(&output.stderr));
}
