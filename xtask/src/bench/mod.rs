//! `cargo xtask bench`: how many instructions and allocations the parts of a call take, and whether that is what is written
//! down. What the parts are stands in `stream-users-bench`; how they are counted in `count`, what is made of the figures in
//! `baseline`.
//!
//! Instructions are counted because time is no measure on a machine that does something else as well: they differ by less than
//! a hundredth from run to run. They do depend on the compiler and on the CPU, since the C library chooses its functions by
//! it.

mod baseline;
mod count;

use anyhow::{Result, bail};

use self::baseline::{BLESS, Baseline, Key, Table};
use crate::repo::Repo;

/// What was written down.
const FILE: &str = "crates/stream-users-bench/baseline.toml";

/// What to do with the figures.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Fail where a figure is worse than the one that is written down for this compiler and CPU.
    #[arg(long, conflicts_with = "bless")]
    check: bool,
    /// Write the figures down as those of this compiler and CPU.
    #[arg(long)]
    bless: bool,
}

/// Counts, prints a table, and compares or writes down; `false` where a figure is worse.
///
/// # Errors
/// Where there is no valgrind, or a case cannot be built or run.
pub(crate) fn run(repo: &Repo, options: &Options) -> Result<bool> {
    if !count::is_possible() {
        bail!("there is no valgrind, which counts instructions: `apt-get install valgrind libc6-dbg`");
    }
    let table = count::all(repo)?;
    print(&table);
    if options.bless {
        let mut baseline = Baseline::parse(repo.read_if_there(FILE)?.as_deref().unwrap_or_default())?;
        baseline.bless(Key::here(repo)?, table);
        repo.write(FILE, &baseline.text())?;
        println!("wrote {FILE}");
        return Ok(true);
    }
    if options.check {
        return compare(repo, &table);
    }
    Ok(true)
}

/// The check, as a job of `cargo xtask ci --full`.
///
/// # Errors
/// As [`run`].
pub(crate) fn check(repo: &Repo) -> Result<bool> {
    let options = Options {
        check: true,
        bless: false,
    };
    run(repo, &options)
}

fn compare(repo: &Repo, table: &Table) -> Result<bool> {
    let mut wrong = baseline::not_linear(table);
    let key = Key::here(repo)?;
    let baseline = Baseline::parse(repo.read_if_there(FILE)?.as_deref().unwrap_or_default())?;
    match baseline.of(&key) {
        None => {
            println!("{FILE} knows no figures of {key}: nothing is compared; `{BLESS}` writes these down");
        }
        Some(known) => {
            let compared = baseline::compare(known, table);
            for line in &compared.better {
                println!("BETTER {line}; `{BLESS}` holds it there");
            }
            wrong.extend(compared.worse);
        }
    }
    for line in &wrong {
        println!("WORSE {line}");
    }
    Ok(wrong.is_empty())
}

fn print(table: &Table) {
    println!(
        "{:<22}{:>14}{:>13}{:>13}",
        "case", "instructions", "allocations", "bytes"
    );
    for (case, figures) in table {
        println!(
            "{case:<22}{:>14}{:>13}{:>13}",
            figures.instructions, figures.allocations, figures.bytes
        );
    }
    for line in baseline::by_hand(table) {
        println!("{line}");
    }
}
