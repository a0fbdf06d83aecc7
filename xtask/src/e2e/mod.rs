//! `cargo xtask e2e`: the official SDKs against the emulator, in suites of our own.
//!
//! The SDKs are installed from lock files into a folder that git ignores; one emulator is started, and one suite per
//! SDK runs against it, with the test runner of its language. What a suite asserts stands in `xtask/e2e/`, what is
//! common to all of them (where the SDKs are, where the emulator is, how long a suite may take) here.

mod emulator;
mod install;
mod suite;

use std::time::Instant;

use anyhow::{Result, ensure};

use self::emulator::Emulator;
use self::install::Runtime;
use self::suite::{SUITES, Suite};
use crate::repo::Repo;

/// Where the SDKs are installed and the logs are kept, seen from the root.
const FOLDER: &str = "target/e2e";

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Run only the suite of this name; may be given several times.
    #[arg(long, value_name = "SUITE")]
    only: Vec<String>,
    /// Leave the emulator running after the suites, say how to reach it, and wait for a line on the standard input.
    #[arg(long)]
    keep: bool,
}

/// Runs the suites, one after the other; `false` where a test failed.
///
/// # Errors
/// Where an SDK cannot be installed, or the emulator or a suite cannot be started.
pub(crate) fn run(repo: &Repo, options: &Options) -> Result<bool> {
    let suites = chosen(&options.only)?;
    for runtime in [Runtime::Python, Runtime::Node] {
        if suites.iter().any(|suite| suite.runtime == runtime) {
            install::install(repo, runtime)?;
        }
    }
    let emulator = Emulator::start(repo)?;
    let mut passed = true;
    for suite in suites {
        let start = Instant::now();
        let outcome = suite.run(repo, &emulator)?;
        passed &= outcome.passed;
        println!("{}: {outcome} ({:.0?})", suite.name, start.elapsed());
    }
    if options.keep {
        emulator.keep()?;
    }
    Ok(passed)
}

/// Runs every suite, as a job of `cargo xtask ci`.
///
/// # Errors
/// See [`run`].
pub(crate) fn run_all(repo: &Repo) -> Result<bool> {
    let options = Options {
        only: Vec::new(),
        keep: false,
    };
    run(repo, &options)
}

/// The suites of these names, in the order of the table; all of them where no name is given.
fn chosen(only: &[String]) -> Result<Vec<&'static Suite>> {
    for name in only {
        let names: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
        ensure!(
            names.contains(&name.as_str()),
            "there is no suite `{name}`; the suites are {}",
            names.join(", ")
        );
    }
    Ok(SUITES
        .iter()
        .filter(|suite| only.is_empty() || only.iter().any(|name| name == suite.name))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn suites_are_chosen_by_name() {
        let names = |only: &[&str]| -> Vec<&str> {
            let only: Vec<String> = only.iter().map(ToString::to_string).collect();
            chosen(&only).unwrap().iter().map(|suite| suite.name).collect()
        };
        assert_eq!(
            names(&[]),
            ["getstream-py", "stream-chat-py", "node-sdk", "stream-chat-js"]
        );
        assert_eq!(names(&["node-sdk", "getstream-py"]), ["getstream-py", "node-sdk"]);
        let refused = chosen(&["go".to_owned()]).unwrap_err().to_string();
        assert!(
            refused.contains("no suite `go`") && refused.contains("node-sdk"),
            "{refused}"
        );
    }
}
