//! The command `stream-users` as a process: how it is called, how it ends, how much memory it takes.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_stream-users");
pub(crate) const KEY: &str = "soak-key";
pub(crate) const SECRET: &str = "soak-secret-soak-secret-soak-secret";

/// The command, with credentials and a host, and none of the environment's own settings.
pub(crate) fn command<S: AsRef<OsStr>>(base_url: &str, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .env("STREAM_API_KEY", KEY)
        .env("STREAM_API_SECRET", SECRET)
        .env("STREAM_BASE_URL", base_url)
        .env("STREAM_USERS_CONFIG", "/dev/null")
        .env_remove("STREAM_USERS_PROFILE")
        .stdin(Stdio::null());
    command
}

/// What the command says when it is run to its end.
pub(crate) fn run<S: AsRef<OsStr>>(base_url: &str, arguments: impl IntoIterator<Item = S>) -> Output {
    command(base_url, arguments).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A command that runs, and can be killed by whoever has a handle.
pub(crate) struct Running {
    child: Arc<Mutex<Child>>,
    process: u32,
    began: Instant,
    /// The highest that was seen.
    peak: u64,
}

/// What became of a command.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) took: Duration,
    /// The most memory that it had resident, in bytes; 0 where the system does not say.
    pub(crate) peak: u64,
}

impl Running {
    /// Starts a command; what it says goes to files, so that nobody has to read it.
    pub(crate) fn start(mut command: Command, said: &Path, results: &Path) -> Self {
        command
            .stdout(File::create(results).unwrap())
            .stderr(File::options().create(true).append(true).open(said).unwrap());
        let child = command.spawn().unwrap();
        Self {
            process: child.id(),
            child: Arc::new(Mutex::new(child)),
            began: Instant::now(),
            peak: 0,
        }
    }

    /// What kills it as `kill -9` does.
    pub(crate) fn killer(&self) -> impl FnOnce() + Send + use<> {
        let child = self.child.clone();
        move || {
            // It may have ended already.
            child.lock().unwrap_or_else(PoisonError::into_inner).kill().ok();
        }
    }

    /// Sends it a signal by its name, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.process.to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// How many bytes it has read, from whatever it has read them.
    pub(crate) fn has_read(&self) -> u64 {
        of_process(self.process, "io", "rchar:")
    }

    /// How it ended, if it has. Notes how much memory it takes.
    pub(crate) fn ended(&mut self) -> Option<Ended> {
        self.peak = self.peak.max(peak(self.process));
        let status = self
            .child
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_wait()
            .unwrap()?;
        Some(Ended {
            status,
            took: self.began.elapsed(),
            peak: self.peak,
        })
    }

    /// Waits for its end; `meanwhile` is done over and over, and should wait a moment.
    pub(crate) fn wait(&mut self, mut meanwhile: impl FnMut(&Self)) -> Ended {
        loop {
            if let Some(ended) = self.ended() {
                return ended;
            }
            meanwhile(self);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.kill().ok();
        child.wait().ok();
    }
}

/// The most memory that a process has had resident so far, in bytes; 0 where the system does not say.
pub(crate) fn peak(process: u32) -> u64 {
    of_process(process, "status", "VmHWM:") * 1_024
}

fn of_process(process: u32, file: &str, field: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}
