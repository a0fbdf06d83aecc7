//! The local Stream of `--emulator`: it runs within the command, and keeps its data in a folder.

use std::path::{Path, PathBuf};

use anyhow::Context;
use stream_users_core::Secret;
use stream_users_emulator::{Emulator, Error};

use super::settings::{BaseUrl, Settings};
use super::{folder, variable};
use crate::exit;
use crate::globals::Globals;
use crate::output::Hint;

/// Starts one, and says what its clients need. It listens on this machine alone, since connections need a socket.
pub(super) async fn start(globals: &Globals, path: Option<&Path>) -> anyhow::Result<(Settings, Emulator)> {
    if globals.base_url.is_some() {
        return Err(exit::usage(
            "--emulator and --base-url exclude each other: the host is within this command",
        ));
    }
    let path = match path {
        Some(path) => path.to_owned(),
        None => usual_path()?,
    };
    let emulator = match Emulator::builder().data_dir(&path).start().await {
        Ok(emulator) => emulator,
        Err(error @ Error::DataDirInUse { .. }) => {
            let hint = "one command at a time has a folder: wait for the other one to end, or name another folder with \
                        --emulator=DIR; to have several commands at once, run `stream-users emulator --data DIR` and point \
                        STREAM_BASE_URL at it";
            return Err(
                anyhow::Error::from(error).context(Hint::new(hint, "the local Stream cannot be started"))
            );
        }
        Err(error) => return Err(error).context("the local Stream cannot be started"),
    };
    let settings = Settings {
        api_key: emulator.api_key().to_owned(),
        api_secret: Some(Secret::new(emulator.api_secret())),
        base_url: Some(BaseUrl {
            url: emulator.base_url().to_owned(),
            source: "--emulator".to_owned(),
        }),
        allow_http: false,
        source: "--emulator".to_owned(),
    };
    Ok((settings, emulator))
}

/// Where the data lies unless it is said.
pub(super) fn usual_path() -> anyhow::Result<PathBuf> {
    if let Some(path) = variable("STREAM_USERS_EMULATOR_DATA") {
        return Ok(path.into());
    }
    folder("XDG_DATA_HOME", ".local/share")
        .map(|folder| folder.join("emulator"))
        .ok_or_else(|| {
            exit::usage(
                "the data of --emulator has no place, since neither HOME nor XDG_DATA_HOME is set: name a folder with \
                 --emulator=DIR or STREAM_USERS_EMULATOR_DATA",
            )
        })
}
