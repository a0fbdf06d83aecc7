//! The emulator that the suites talk to: built, started on a free port, stopped in the end. The command `stream-users` is
//! built beside it: suites run it as the Rust client.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::repo::Repo;

const API_KEY: &str = "e2e-key";
/// Long enough for libraries that find short secrets too weak for their algorithm.
const API_SECRET: &str = "e2e-secret-that-is-long-enough-for-hs256";

/// A running emulator.
pub(super) struct Emulator {
    process: Child,
    executables: Executables,
    base_url: String,
}

impl Emulator {
    /// Builds it and starts it.
    ///
    /// # Errors
    /// Where it cannot be built, or does not say where it listens.
    pub(super) fn start(repo: &Repo) -> Result<Self> {
        let executables = build(repo)?;
        let executable = &executables.emulator;
        let mut process = Command::new(executable)
            .args([
                "--listen",
                "127.0.0.1:0",
                "--api-key",
                API_KEY,
                "--api-secret",
                API_SECRET,
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", executable.display()))?;
        let mut first = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut first)?;
        }
        let mut emulator = Self {
            process,
            executables,
            base_url: String::new(),
        };
        listening_on(&first)?.clone_into(&mut emulator.base_url);
        Ok(emulator)
    }

    /// What a suite has to know of it: where it listens, the key and the secret, how to start another one with other
    /// settings, and where the command is.
    pub(super) fn environment(&self) -> [(&'static str, String); 5] {
        let Executables { emulator, command } = &self.executables;
        [
            ("STREAM_BASE_URL", self.base_url.clone()),
            ("STREAM_API_KEY", API_KEY.to_owned()),
            ("STREAM_API_SECRET", API_SECRET.to_owned()),
            ("STREAM_USERS_EMULATOR", emulator.display().to_string()),
            ("STREAM_USERS_COMMAND", command.display().to_string()),
        ]
    }

    /// Says how to reach it and waits for a line on the standard input.
    ///
    /// # Errors
    /// Where the standard input cannot be read.
    pub(super) fn keep(&self) -> Result<()> {
        println!("the emulator goes on until you press Enter:");
        for (name, value) in self.environment() {
            println!("export {name}={value}");
        }
        std::io::stdin().read_line(&mut String::new())?;
        Ok(())
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It has nothing to finish: its data is in memory.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The address in the emulator's first line.
fn listening_on(first: &str) -> Result<&str> {
    first
        .trim()
        .strip_prefix("listening on ")
        .with_context(|| format!("the emulator's first line is `{}`", first.trim()))
}

/// What was built, and where it is.
struct Executables {
    emulator: PathBuf,
    command: PathBuf,
}

/// Builds both programs.
fn build(repo: &Repo) -> Result<Executables> {
    let output = repo
        .command("cargo")
        .args([
            "build",
            "--package",
            "stream-users-emulator",
            "--package",
            "stream-users-cli",
        ])
        .args(["--bin", "stream-users-emulator", "--bin", "stream-users"])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    ensure!(
        output.status.success(),
        "the emulator and the command cannot be built"
    );
    let messages = String::from_utf8_lossy(&output.stdout);
    let find = |name: &str| {
        executable(&messages, name).with_context(|| format!("cargo does not say where {name} is"))
    };
    Ok(Executables {
        emulator: find("stream-users-emulator")?,
        command: find("stream-users")?,
    })
}

/// The executable of this name among the messages of cargo.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
    }
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter_map(|message| message.executable)
        .find(|path| path.file_stem().is_some_and(|stem| stem == name))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{executable, listening_on};

    #[test]
    fn the_executable_is_found_among_cargos_messages() {
        let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null}\n\
                        {\"reason\":\"compiler-artifact\",\"executable\":\"/tmp/x-y\"}\n\
                        {\"reason\":\"compiler-artifact\",\"executable\":\"/tmp/x\"}\n\
                        {\"reason\":\"build-finished\",\"success\":true}\n";
        assert_eq!(executable(messages, "x").as_deref(), Some(Path::new("/tmp/x")));
        assert_eq!(
            executable(messages, "x-y").as_deref(),
            Some(Path::new("/tmp/x-y"))
        );
        assert_eq!(executable(messages, "z"), None);
    }

    #[test]
    fn the_first_line_says_where_it_listens() {
        assert_eq!(
            listening_on("listening on http://127.0.0.1:1\n").unwrap(),
            "http://127.0.0.1:1"
        );
        assert!(listening_on("").is_err());
    }
}
