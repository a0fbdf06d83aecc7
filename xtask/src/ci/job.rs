//! One job of `cargo xtask ci`: a command, or a task of xtask that runs in this process.

use std::process::Command;

use anyhow::Result;

use crate::repo::Repo;

/// A tool that a job needs: what to call it, and the command that succeeds where it is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) probe: &'static [&'static str],
}

/// The components that come with Rust, but not with every distribution's package of it.
pub(super) const RUSTFMT: Tool = Tool {
    name: "rustfmt (`rustup component add rustfmt`)",
    probe: &["cargo", "fmt", "--version"],
};
pub(super) const CLIPPY: Tool = Tool {
    name: "clippy (`rustup component add clippy`)",
    probe: &["cargo", "clippy", "--version"],
};
/// What the feature `native-tls` links on Linux.
pub(super) const OPENSSL: Tool = Tool {
    name: "OpenSSL's headers (`apt-get install pkg-config libssl-dev`)",
    probe: &["pkg-config", "--exists", "openssl"],
};
/// What installs and runs the official SDKs.
pub(super) const PYTHON: Tool = Tool {
    name: "Python 3.11 or newer with venv (`apt-get install python3 python3-venv`)",
    probe: &[
        "python3",
        "-c",
        "import sys, venv, ensurepip; assert sys.version_info >= (3, 11)",
    ],
};
pub(super) const NODE: Tool = Tool {
    name: "Node.js 18 or newer (`apt-get install nodejs`)",
    probe: &[
        "node",
        "-e",
        "process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)",
    ],
};
pub(super) const NPM: Tool = Tool {
    name: "npm (`apt-get install npm`)",
    probe: &["npm", "--version"],
};

/// What builds the fuzzer.
pub(super) const CPLUSPLUS: Tool = Tool {
    name: "a C++ compiler (`apt-get install g++`)",
    probe: &["c++", "--version"],
};

/// What counts instructions.
pub(super) const VALGRIND: Tool = Tool {
    name: "valgrind (`apt-get install valgrind libc6-dbg`)",
    probe: &["valgrind", "--version"],
};

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    /// The tool that it needs is missing.
    Skipped(&'static str),
}

impl Outcome {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped(_) => "skipped",
        }
    }
}

type Task = Box<dyn Fn(&Repo) -> Result<Outcome>>;

enum Work {
    Cargo(Vec<String>),
    Own(String, Task),
}

/// A job.
pub(super) struct Job {
    /// What it is called in the summary.
    pub(super) name: String,
    /// How to mend it.
    pub(super) fix: String,
    work: Work,
    environment: Vec<(&'static str, String)>,
    needs: Vec<Tool>,
    /// Whether only `--full` has it.
    full: bool,
}

impl Job {
    /// A job that runs cargo.
    pub(super) fn cargo(name: impl Into<String>, arguments: &[&str]) -> Self {
        let work = Work::Cargo(arguments.iter().map(|argument| (*argument).to_owned()).collect());
        Self::new(name, work)
    }

    /// A job that is a task of xtask; `shown` is the command that runs it alone.
    pub(super) fn own(
        name: impl Into<String>,
        shown: impl Into<String>,
        task: impl Fn(&Repo) -> Result<Outcome> + 'static,
    ) -> Self {
        Self::new(name, Work::Own(shown.into(), Box::new(task)))
    }

    fn new(name: impl Into<String>, work: Work) -> Self {
        let fix = "mend what is printed above".to_owned();
        Self {
            name: name.into(),
            fix,
            work,
            environment: Vec::new(),
            needs: Vec::new(),
            full: false,
        }
    }

    /// More arguments for cargo.
    pub(super) fn arguments<'a>(mut self, more: impl IntoIterator<Item = &'a str>) -> Self {
        if let Work::Cargo(arguments) = &mut self.work {
            arguments.extend(more.into_iter().map(str::to_owned));
        }
        self
    }

    /// How to mend it, where more can be said than to look.
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }

    /// A variable of its environment.
    pub(super) fn env(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((key, value.into()));
        self
    }

    /// A tool without which it is skipped.
    pub(super) fn needs(mut self, tool: Tool) -> Self {
        self.needs.push(tool);
        self
    }

    /// Says that only `--full` has it.
    pub(super) fn of_full(mut self) -> Self {
        self.full = true;
        self
    }

    /// The command line that runs this job alone, by its name.
    pub(super) fn again(&self) -> String {
        let full = if self.full { "--full " } else { "" };
        format!("cargo xtask ci {full}--only {}", quoted(&self.name))
    }

    /// The command line that does what this job does.
    pub(super) fn shown(&self) -> String {
        let arguments = match &self.work {
            Work::Own(shown, _) => return shown.clone(),
            Work::Cargo(arguments) => arguments,
        };
        let environment = self
            .environment
            .iter()
            .map(|(key, value)| format!("{key}={} ", quoted(value)));
        let words: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
        format!("{}cargo {}", environment.collect::<String>(), words.join(" "))
    }

    /// Runs it.
    pub(super) fn run(&self, repo: &Repo) -> Outcome {
        if let Some(tool) = self.needs.iter().find(|tool| !is_there(tool)) {
            return Outcome::Skipped(tool.name);
        }
        let result = match &self.work {
            Work::Own(_, task) => task(repo),
            Work::Cargo(arguments) => {
                let mut command = repo.command("cargo");
                command
                    .args(arguments)
                    .envs(self.environment.iter().map(|(key, value)| (key, value)));
                command
                    .status()
                    .map(|status| Outcome::of(status.success()))
                    .map_err(Into::into)
            }
        };
        result.unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Outcome::Failed
        })
    }
}

impl Outcome {
    /// Whether all is well; a job that is skipped is not where the environment is strict.
    pub(crate) fn is_fine(&self, strict: bool) -> bool {
        match self {
            Self::Passed => true,
            Self::Failed => false,
            Self::Skipped(_) => !strict,
        }
    }

    /// Passed or failed.
    pub(crate) fn of(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Failed }
    }
}

/// Whether a command can be run and succeeds.
pub(super) fn is_there(tool: &Tool) -> bool {
    let Some((program, arguments)) = tool.probe.split_first() else {
        return true;
    };
    Command::new(program)
        .args(arguments)
        .output()
        .is_ok_and(|output| output.status.success())
}

fn quoted(word: &str) -> String {
    if word.contains(' ') {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Job;

    #[test]
    fn a_job_shows_the_command_that_runs_it_alone() {
        let job = Job::cargo("docs", &["doc", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings")
            .arguments(["--lib"]);
        assert_eq!(
            job.shown(),
            "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --lib"
        );
    }

    #[test]
    fn a_job_is_run_again_by_its_name() {
        let job = Job::cargo("tests", &["test"]).arguments(["--features", "a/b,a/c"]);
        assert_eq!(job.again(), "cargo xtask ci --only tests");
        assert_eq!(
            Job::cargo("a without features", &["check"]).of_full().again(),
            "cargo xtask ci --full --only 'a without features'"
        );
    }
}
