//! Counting: each case runs under valgrind N times and 2 N times, and the difference is that of N calls, without what the
//! process does besides. Cachegrind counts instructions, and DHAT what is allocated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result, ensure};

use super::baseline::{Figures, Table};
use crate::repo::Repo;

const CACHEGRIND: &[&str] = &[
    "--tool=cachegrind",
    "--cache-sim=no",
    "--cachegrind-out-file=/dev/null",
];
const DHAT: &[&str] = &["--tool=dhat", "--dhat-out-file=/dev/null"];

/// Whether valgrind can be run.
pub(super) fn is_possible() -> bool {
    succeeds("valgrind", &["--version"])
}

/// Builds the cases and counts each, as many at a time as there are CPUs.
pub(super) fn all(repo: &Repo) -> Result<Table> {
    let counter = Counter::build(repo)?;
    let cases = counter.cases()?;
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let work = || {
        while let Some((case, times)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let figures = counter.count(case, *times);
            if let Ok(mut results) = results.lock() {
                results.push((case.clone(), figures));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let mut table = BTreeMap::new();
    for (case, figures) in results.into_inner().unwrap_or_default() {
        table.insert(case, figures?);
    }
    ensure!(table.len() == cases.len(), "not every case was counted");
    Ok(table)
}

/// The program that does the cases.
struct Counter {
    program: PathBuf,
    /// What comes before valgrind: addresses that are the same each time, where the system can do that.
    before: &'static [&'static str],
}

impl Counter {
    fn build(repo: &Repo) -> Result<Self> {
        let built = repo
            .command("cargo")
            .args(["build", "--release", "--package", "stream-users-bench"])
            .args(["--no-default-features", "--bin", "count"])
            .status()
            .context("cannot run cargo")?;
        ensure!(built.success(), "the cases cannot be built");
        let fixed: &[&str] = &["setarch", "-R"];
        Ok(Self {
            program: repo.target().join("release/count"),
            before: if succeeds("setarch", &["-R", "true"]) {
                fixed
            } else {
                &[]
            },
        })
    }

    /// The cases, each with the number of times that is enough.
    fn cases(&self) -> Result<Vec<(String, u64)>> {
        cases(&said(Command::new(&self.program).arg("--list"))?)
    }

    fn count(&self, case: &str, times: u64) -> Result<Figures> {
        let run = |tool, times| self.under_valgrind(tool, case, times);
        let count = || -> Result<Figures> {
            let once = [run(CACHEGRIND, times)?, run(DHAT, times)?];
            let twice = [run(CACHEGRIND, 2 * times)?, run(DHAT, 2 * times)?];
            let per_call = |once: u64, twice: u64| (twice.saturating_sub(once) + times / 2) / times;
            let (heap, more_heap) = (heap(&once[1])?, heap(&twice[1])?);
            Ok(Figures {
                instructions: per_call(instructions(&once[0])?, instructions(&twice[0])?),
                allocations: per_call(heap.1, more_heap.1),
                bytes: per_call(heap.0, more_heap.0),
            })
        };
        count().with_context(|| format!("{case} cannot be counted"))
    }

    fn under_valgrind(&self, tool: &[&str], case: &str, times: u64) -> Result<String> {
        let line = [self.before, &["valgrind"], tool].concat();
        let mut command = Command::new(line[0]);
        command
            .args(&line[1..])
            .arg(&self.program)
            .args([case, &times.to_string()]);
        // What stands in the environment is read and copied, and moves the stack.
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        said(&mut command)
    }
}

/// What a command prints, which has to succeed.
fn said(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {}", Path::new(command.get_program()).display()))?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    ensure!(output.status.success(), "{command:?} failed: {text}");
    Ok(text)
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

fn cases(list: &str) -> Result<Vec<(String, u64)>> {
    let case = |line: &str| -> Option<(String, u64)> {
        let (name, times) = line.split_once(' ')?;
        Some((name.to_owned(), times.parse().ok().filter(|times| *times > 0)?))
    };
    list.lines()
        .map(|line| case(line).with_context(|| format!("`{line}` names no case")))
        .collect()
}

/// `I   refs:      577,038`: how many instructions were run.
fn instructions(text: &str) -> Result<u64> {
    let after = text.lines().find_map(|line| line.split_once("refs:"));
    after
        .and_then(|(_, number)| whole(number))
        .with_context(|| format!("cachegrind says no number of instructions: {text}"))
}

/// `Total:     803,644 bytes in 11 blocks`: the bytes and the blocks that were allocated.
fn heap(text: &str) -> Result<(u64, u64)> {
    let total = || {
        let (_, total) = text.lines().find_map(|line| line.split_once("Total:"))?;
        let (bytes, blocks) = total.split_once("bytes in")?;
        Some((whole(bytes)?, whole(blocks.trim().strip_suffix("blocks")?)?))
    };
    total().with_context(|| format!("DHAT says no total: {text}"))
}

/// A number with commas.
fn whole(text: &str) -> Option<u64> {
    text.trim().replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{cases, heap, instructions};

    #[test]
    fn what_valgrind_says_is_read() {
        let old = "==7== Command: ./count\n==7== \n==7== I   refs:      1,577,038\n";
        assert_eq!(instructions(old).unwrap(), 1_577_038);
        assert_eq!(instructions("==7== I refs:        38").unwrap(), 38);
        let dhat = "==7== Total:     803,644 bytes in 1,011 blocks\n==7== At t-gmax: 1 bytes in 4 blocks\n";
        assert_eq!(heap(dhat).unwrap(), (803_644, 1_011));
        for nothing in ["", "==7== I refs: many", "Total: 1 byte"] {
            assert!(instructions(nothing).is_err());
            assert!(heap(nothing).is_err());
        }
    }

    #[test]
    fn a_case_has_a_name_and_a_number_of_times() {
        assert_eq!(
            cases("a 1\nb 20\n").unwrap(),
            [("a".to_owned(), 1), ("b".to_owned(), 20)]
        );
        for wrong in ["a", "a 0", "a b"] {
            assert!(cases(wrong).is_err(), "{wrong}");
        }
    }
}
