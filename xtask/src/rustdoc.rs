//! cargo whose rustdoc may do what is unstable, for `public-api` and for the documentation as docs.rs builds it.
//!
//! rustdoc alone is told so, by this program, which cargo runs in its place. Where cargo itself has `RUSTC_BOOTSTRAP`, so
//! have the compiler and the build scripts, and every dependency is built once more.

use std::ffi::{OsStr, OsString};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::repo::Repo;

/// Where it names a rustdoc, this program stands in for it.
const STANDS_IN: &str = "STREAM_USERS_XTASK_IS_RUSTDOC";

/// cargo, with a rustdoc that may do what is unstable.
///
/// # Errors
/// Where this program does not know its own path.
pub(crate) fn cargo(repo: &Repo) -> Result<Command> {
    let this = std::env::current_exe().context("cannot find this program")?;
    let mut cargo = repo.command("cargo");
    cargo
        .env("CARGO_TARGET_DIR", repo.target())
        .env("RUSTDOC", this)
        .env(STANDS_IN, chosen());
    Ok(cargo)
}

/// rustdoc itself, which may do the same.
pub(crate) fn rustdoc() -> Command {
    run(&chosen())
}

fn run(rustdoc: &OsStr) -> Command {
    let mut rustdoc = Command::new(rustdoc);
    rustdoc.env("RUSTC_BOOTSTRAP", "1").env_remove(STANDS_IN);
    rustdoc
}

/// The rustdoc that cargo would run.
fn chosen() -> OsString {
    std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into())
}

/// Does rustdoc's work with the arguments of this program where it was run in its place.
pub(crate) fn stand_in() -> Option<ExitCode> {
    let rustdoc = std::env::var_os(STANDS_IN)?;
    let ended = run(&rustdoc).args(std::env::args_os().skip(1)).status();
    Some(match ended {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: cannot run rustdoc: {error}");
            ExitCode::FAILURE
        }
    })
}
