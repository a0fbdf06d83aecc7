//! The suites: one per official SDK, each a folder of tests that the usual runner of its language runs.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::FOLDER;
use super::emulator::Emulator;
use super::install::Runtime;
use crate::repo::Repo;

/// How long a suite may take before it is stopped.
const LONGEST: Duration = Duration::from_mins(10);

/// Variables that would point an SDK elsewhere or change how it behaves.
const NOT_INHERITED: &[&str] = &[
    "STREAM_CHAT_URL",
    "STREAM_CHAT_TIMEOUT",
    "STREAM_TIMEOUT",
    "STREAM_REQUEST_TIMEOUT",
    "STREAM_LOCAL_TEST_RUN",
    "STREAM_LOCAL_TEST_HOST",
    "NODE_OPTIONS",
    "PYTHONPATH",
    "PYTEST_ADDOPTS",
];

/// The tests of one SDK.
#[derive(Debug)]
pub(super) struct Suite {
    pub(super) name: &'static str,
    pub(super) runtime: Runtime,
    /// The folder of its tests, seen from the root.
    folder: &'static str,
}

/// Every suite, named after the package that it drives.
pub(super) const SUITES: &[Suite] = &[
    Suite {
        name: "getstream-py",
        runtime: Runtime::Python,
        folder: "xtask/e2e/python/getstream_py",
    },
    Suite {
        name: "stream-chat-py",
        runtime: Runtime::Python,
        folder: "xtask/e2e/python/stream_chat_py",
    },
    Suite {
        name: "node-sdk",
        runtime: Runtime::Node,
        folder: "xtask/e2e/node/node-sdk",
    },
    Suite {
        name: "stream-chat-js",
        runtime: Runtime::Node,
        folder: "xtask/e2e/node/stream-chat-js",
    },
];

/// How a suite ended.
pub(super) struct Outcome {
    pub(super) passed: bool,
    /// How many tests passed, where the runner said so.
    tests: Option<u32>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.passed { "passed" } else { "FAILED" };
        match self.tests {
            Some(tests) if self.passed => write!(f, "{tests} passed"),
            Some(tests) => write!(f, "{word}, {tests} passed"),
            None => f.write_str(word),
        }
    }
}

impl Suite {
    /// Runs its tests. Prints what the runner said where one fails.
    ///
    /// # Errors
    /// Where the runner cannot be started.
    pub(super) fn run(&self, repo: &Repo, emulator: &Emulator) -> Result<Outcome> {
        let path = repo.path(FOLDER).join(format!("{}.log", self.name));
        let log = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut command = repo.command(&self.runtime.interpreter(repo).to_string_lossy());
        command
            .args(self.arguments(repo)?)
            .envs(emulator.environment())
            .env(
                "E2E_NODE_MODULES",
                Runtime::Node.folder(repo).join("node_modules"),
            )
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("NO_PROXY", "127.0.0.1,localhost")
            .env("no_proxy", "127.0.0.1,localhost")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        for variable in NOT_INHERITED {
            command.env_remove(variable);
        }
        let status = within(LONGEST, &mut command)?;
        let said = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let said = String::from_utf8_lossy(&said);
        let tests = count(&said);
        // A runner that found nothing to run has not passed.
        let passed = status.is_some_and(|status| status.success()) && tests.is_some_and(|tests| tests > 0);
        if !passed {
            println!("{said}");
            if status.is_none() {
                println!("{} was stopped after {} s", self.name, LONGEST.as_secs());
            }
        }
        Ok(Outcome { passed, tests })
    }

    /// What the interpreter is told.
    fn arguments(&self, repo: &Repo) -> Result<Vec<OsString>> {
        let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        Ok(match self.runtime {
            Runtime::Python => words(&["-m", "pytest", "--quiet", "-p", "no:cacheprovider", self.folder]),
            Runtime::Node => {
                let mut arguments = words(&["--test"]);
                arguments.extend(self.files(repo)?.into_iter().map(OsString::from));
                arguments
            }
        })
    }

    /// The files of tests. Node's versions do not agree on what a folder means.
    fn files(&self, repo: &Repo) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        let folder = repo.path(self.folder);
        let entries = folder
            .read_dir()
            .with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(".test.mjs") {
                files.push(path);
            }
        }
        files.sort();
        ensure!(!files.is_empty(), "no tests in {}", folder.display());
        Ok(files)
    }
}

/// Runs a command; `None` where it takes longer and was stopped.
fn within(longest: Duration, command: &mut Command) -> Result<Option<ExitStatus>> {
    struct Stopped(Child);
    impl Drop for Stopped {
        fn drop(&mut self) {
            self.0.kill().ok();
            self.0.wait().ok();
        }
    }
    let shown = command.get_program().to_string_lossy().into_owned();
    let mut child = Stopped(command.spawn().with_context(|| format!("cannot run {shown}"))?);
    let end = Instant::now() + longest;
    while Instant::now() < end {
        if let Some(status) = child.0.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(None)
}

/// How many tests passed: pytest's `12 passed in 3s`, node's `# pass 12` (`ℹ pass 12` in newer versions).
fn count(said: &str) -> Option<u32> {
    said.lines().rev().find_map(|line| {
        let words: Vec<&str> = line.split([' ', ',']).collect();
        let place = words
            .iter()
            .position(|word| *word == "passed" || *word == "pass")?;
        let number = match words[place] {
            "passed" => words.get(place.checked_sub(1)?)?,
            _ => words.get(place + 1)?,
        };
        number.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{SUITES, count, within};
    use crate::repo::Repo;

    #[test]
    fn every_suite_has_its_folder() {
        let repo = Repo::here().unwrap();
        for suite in SUITES {
            assert!(repo.path(suite.folder).is_dir(), "{}", suite.folder);
        }
    }

    #[test]
    fn the_runners_say_how_many_passed() {
        assert_eq!(count("....\n12 passed in 3.02s\n"), Some(12));
        assert_eq!(
            count("FAILED a.py\n1 failed, 12 passed, 2 warnings in 3.02s\n"),
            Some(12)
        );
        assert_eq!(count("# tests 3\n# pass 2\n# fail 1\n"), Some(2));
        assert_eq!(count("ℹ tests 3\nℹ pass 3\nℹ fail 0\n"), Some(3));
        assert_eq!(count("no tests ran in 0.01s\n"), None);
    }

    #[test]
    #[cfg(unix)]
    fn what_takes_too_long_is_stopped() {
        let status = within(Duration::ZERO, Command::new("sleep").arg("600")).unwrap();
        assert_eq!(status, None);
        let status = within(Duration::from_mins(1), &mut Command::new("true")).unwrap();
        assert!(status.unwrap().success());
    }
}
