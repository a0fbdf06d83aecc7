//! The secret, from where a profile has it or from whoever sits at the terminal. It is never shown, and what a program
//! prints that should print one is not, either.

use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use stream_users_core::Secret;

use super::config::SecretFrom;
use crate::{exit, output};

/// The secret of a profile.
pub(super) fn read(profile: &str, from: &SecretFrom) -> anyhow::Result<Secret> {
    let (text, place) = match from {
        SecretFrom::Here(text) => (text.clone(), "api_secret".to_owned()),
        SecretFrom::File(path) => {
            let text = std::fs::read_to_string(path).with_context(|| {
                exit::Refusal::credentials(format!(
                    "the secret of the profile {profile:?} cannot be read from its api_secret_file, {}",
                    path.display()
                ))
            })?;
            warn_if_shared(path);
            (text, format!("the api_secret_file {}", path.display()))
        }
        SecretFrom::Command(words) => {
            let text = run(words).with_context(|| {
                exit::Refusal::credentials(format!(
                    "the api_secret_command of the profile {profile:?} gave no secret"
                ))
            })?;
            (text, "the api_secret_command".to_owned())
        }
    };
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(exit::credentials(format!(
            "{place} of the profile {profile:?} is empty"
        ))),
        secret => Ok(Secret::new(secret)),
    }
}

/// What a program prints. It talks to the user by standard error, and reads nothing of what the command is given.
fn run(words: &[String]) -> anyhow::Result<String> {
    let Some((program, arguments)) = words.split_first() else {
        bail!("there is no program to run");
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{program} cannot be run"))?;
    if !output.status.success() {
        bail!("it ended with {}", output.status);
    }
    String::from_utf8(output.stdout).map_err(|_| anyhow::anyhow!("what it printed is not UTF-8"))
}

/// Whether somebody sits there who can be asked. What they type is read from the terminal itself, since standard input
/// may be data.
pub(super) fn can_ask() -> bool {
    std::io::stderr().is_terminal()
}

/// Asks for the secret of a key, and does not show what is typed.
pub(super) fn ask(whose: &str) -> anyhow::Result<Secret> {
    let typed = rpassword::prompt_password(format!("API secret of {whose}: "))
        .context("the terminal cannot be read")
        .map_err(|error| error.context(exit::Refusal::credentials("no API secret was given")))?;
    match typed.trim() {
        "" => Err(exit::credentials("no API secret was given")),
        secret => Ok(Secret::new(secret)),
    }
}

/// Says so where others on this machine can read a file with a secret.
#[cfg(unix)]
pub(super) fn warn_if_shared(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = std::fs::metadata(path) else {
        return;
    };
    if metadata.is_file() && metadata.permissions().mode() & 0o044 != 0 {
        output::warning(&format!(
            "{} holds a secret and can be read by others: run `chmod 600 {0}`",
            path.display()
        ));
    }
}

#[cfg(not(unix))]
pub(super) fn warn_if_shared(_path: &Path) {}
