//! `import --state` is killed at moments that chance chooses and started again, until it has come to its end: every user is
//! there as in the file, and no row that the journal called done was sent again. Then the same with everything failing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::chance::Chance;
use crate::command::{Running, command};
use crate::emulator::Emulator;
use crate::journal::Acknowledged;
use crate::killer::Moment;
use crate::people;
use crate::place::{self, Place};
use crate::proxy::{Proxy, Sight};
use crate::{check, sizes};

/// One import that is killed again and again.
struct Import<'a> {
    place: &'a Place,
    proxy: &'a Proxy,
    users: u64,
    kills: u64,
    chance: Chance,
    /// More of the command line.
    options: &'a [String],
}

/// What it came to.
#[derive(Debug, Default)]
struct Outcome {
    killed: u64,
    runs: u64,
    /// How many rows were sent that had been sent before, without being acknowledged in the journal.
    repeated: u64,
    upserts: usize,
}

impl Import<'_> {
    fn start(&self) -> Running {
        let (input, state) = (self.place.join("users.ndjson"), self.place.join("run.journal"));
        let paths = [input.as_os_str(), "--state".as_ref(), state.as_os_str()];
        let mut command = command(&self.proxy.base_url(), ["import"]);
        command.args(paths).args(self.options);
        Running::start(command, &self.place.join("said"), &self.place.join("results"))
    }

    /// Kills and starts again, `disturb`ing something else before each start, and looks at what was sent each time.
    fn run(&mut self, batch: u64, mut disturb: impl FnMut(u64)) -> Outcome {
        let (input, state) = (self.place.join("users.ndjson"), self.place.join("run.journal"));
        let bytes = place::length(&input);
        let (mut outcome, mut known, mut seen) = (Outcome::default(), Acknowledged::default(), 0);
        let mut sent = vec![false; usize::try_from(self.users).unwrap() + 1];
        loop {
            disturb(outcome.runs);
            let mut running = self.start();
            outcome.runs += 1;
            let left = self.kills.saturating_sub(outcome.killed);
            let to_send = (self.users - known.count).div_ceil(batch);
            // As far as it should come before the next kill, unless there have been enough of them.
            let finished = if let Some(batches) = to_send.checked_div(left) {
                let moment = Moment::choose(&mut self.chance, batches, to_send, bytes);
                let killed = moment.strike(&mut running, self.proxy, &state);
                outcome.killed += u64::from(killed);
                !killed
            } else {
                let ended = running.wait(|_| self.proxy.wait());
                assert_eq!(ended.status.code(), Some(0), "{}", self.said());
                true
            };
            self.proxy.next_run();
            // What the runs before had written was not sent again in this one.
            self.proxy.with_upserts(seen, |upserts| {
                for upsert in upserts {
                    assert!(
                        upsert.others.is_empty(),
                        "{:?} are not in the file",
                        upsert.others
                    );
                    for row in &upsert.users {
                        assert!(
                            !known.has(*row),
                            "line {row} was done in the journal and sent again in run {}",
                            upsert.run
                        );
                        let sent = &mut sent[usize::try_from(*row).unwrap()];
                        outcome.repeated += u64::from(*sent);
                        *sent = true;
                    }
                }
                seen += upserts.len();
            });
            let now = Acknowledged::read(&state);
            assert!(
                known.rows().all(|row| now.has(row)),
                "the journal has forgotten rows"
            );
            known = now;
            self.check_claims(&known);
            if finished {
                assert!(known.finished, "the journal does not say that all is done");
                outcome.upserts = seen;
                return outcome;
            }
        }
    }

    /// The journal calls nothing done that the emulator has not acknowledged.
    fn check_claims(&self, known: &Acknowledged) {
        let mut acknowledged = vec![false; usize::try_from(self.users).unwrap() + 1];
        self.proxy.with_upserts(0, |upserts| {
            for upsert in upserts.iter().filter(|upsert| upsert.status == Some(201)) {
                for row in &upsert.users {
                    acknowledged[usize::try_from(*row).unwrap()] = true;
                }
            }
        });
        let claimed = known
            .rows()
            .find(|row| !acknowledged[usize::try_from(*row).unwrap()]);
        assert_eq!(
            claimed, None,
            "the journal calls a line done that the emulator has not acknowledged"
        );
    }

    fn said(&self) -> String {
        let said = std::fs::read_to_string(self.place.join("said")).unwrap_or_default();
        said[said.len().saturating_sub(2_000)..].to_owned()
    }
}

/// Every user is there, and the finished import, started once more, sends nothing.
fn check(place: &Place, emulator: &Emulator, proxy: &Proxy, users: u64, options: &[String]) {
    let dump = place.join("dump.ndjson");
    check::export(&emulator.base_url(), &dump);
    check::dump(&dump, users, |number| Some(people::user(number)));
    let before = (proxy.with_upserts(0, <[_]>::len), proxy.others());
    let again = Import {
        place,
        proxy,
        users,
        kills: 0,
        chance: Chance::new(0),
        options,
    };
    let ended = again.start().wait(|_| proxy.wait());
    assert_eq!(ended.status.code(), Some(0), "{}", again.said());
    assert_eq!(
        (proxy.with_upserts(0, <[_]>::len), proxy.others()),
        before,
        "a finished import has sent something"
    );
}

fn options(batch: u64, more: &[&str]) -> Vec<String> {
    let batch = batch.to_string();
    let words = ["--batch", &batch].into_iter().chain(more.iter().copied());
    words.map(str::to_owned).collect()
}

fn prepare(place: &Place, users: u64) {
    people::write(&place.join("users.ndjson"), users);
}

#[test]
fn an_import_that_is_killed_again_and_again_loses_nothing_and_repeats_nothing() {
    let users = sizes::size("STREAM_USERS_SOAK_USERS", 3_000, 300_000);
    let kills = sizes::size("STREAM_USERS_SOAK_KILLS", 12, 100);
    let batch = sizes::size("STREAM_USERS_SOAK_BATCH", 20, 100);
    let place = Place::new("kills");
    prepare(&place, users);
    let emulator = Emulator::start(&place.join("data"));
    let proxy = Proxy::start(emulator.address());
    let options = options(batch, &[]);
    let mut import = Import {
        place: &place,
        proxy: &proxy,
        users,
        kills,
        chance: Chance::new(sizes::seed()),
        options: &options,
    };
    let began = std::time::Instant::now();
    let outcome = import.run(batch, |_| {});
    println!("{users} users, {outcome:?}, {:.1?}", began.elapsed());
    // It may come to its end one kill too early, where all that is left is under way at once.
    assert!(
        outcome.killed + 1 >= kills,
        "only {} kills came before the end",
        outcome.killed
    );
    // A kill costs what was under way, and no more.
    let most = outcome.killed * 17 * batch;
    assert!(
        outcome.repeated <= most,
        "{} rows were sent again",
        outcome.repeated
    );
    check(&place, &emulator, &proxy, users, &options);
}

#[test]
fn the_same_with_an_emulator_that_fails_and_is_killed_itself() {
    let users = sizes::size("STREAM_USERS_SOAK_FAULTY_USERS", 1_500, 300_000);
    let kills = sizes::size("STREAM_USERS_SOAK_FAULTY_KILLS", 4, 100);
    let batch = sizes::size("STREAM_USERS_SOAK_BATCH", 20, 100);
    let place = Place::new("faults");
    prepare(&place, users);
    let seed = sizes::seed();
    let emulator = Emulator::start(&place.join("data"));
    let proxy = Proxy::start(emulator.address());
    fail(&emulator);
    let emulator = Arc::new(Mutex::new(emulator));
    let options = options(batch, &["--patience", "60"]);
    let mut import = Import {
        place: &place,
        proxy: &proxy,
        users,
        kills,
        chance: Chance::new(seed),
        options: &options,
    };
    let began = std::time::Instant::now();
    let restarts = Arc::new(AtomicU64::new(0));
    let mut chance = Chance::new(!seed);
    let outcome = import.run(batch, |_| {
        // In most runs it is killed, too, in the midst of them.
        let (emulator, restarts) = (emulator.clone(), restarts.clone());
        let sight = Sight::Arrived(1 + chance.below(2 * users / batch / kills.max(1)));
        proxy.at(sight, move || {
            let mut emulator = emulator.lock().unwrap();
            emulator.kill_and_restart();
            fail(&emulator);
            restarts.fetch_add(1, Ordering::Relaxed);
        });
    });
    let restarts = restarts.load(Ordering::Relaxed);
    println!(
        "{users} users, {outcome:?}, {restarts} restarts of the emulator, {:.1?}",
        began.elapsed()
    );
    assert!(restarts > 0, "the emulator was never killed");
    let emulator = emulator.lock().unwrap();
    emulator.clear_faults();
    check(&place, &emulator, &proxy, users, &options);
}

/// Lets a share of the upserts fail in each way that there is.
fn fail(emulator: &Emulator) {
    for fault in [
        json!({"connection": "drop_before"}),
        json!({"connection": "drop_after"}),
        json!({"error": {"status": 429, "code": 9, "message": "too many", "retry_after": 1}}),
        json!({"error": {"status": 503, "code": -1, "message": "try later"}}),
        json!({"latency_ms": 1, "latency_up_to_ms": 60}),
    ] {
        let mut fault = fault;
        fault["operation"] = json!("upsert_users");
        fault["chance"] = json!(0.02);
        fault["until_cleared"] = json!(true);
        emulator.fault(&fault);
    }
}
