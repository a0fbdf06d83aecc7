//! [`State`]: how far a dump is, in a file of its own. It is replaced as a whole, so that it is never half written.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use stream_users_core::Cursor;

/// What the file begins with.
const KIND: &str = "stream-users export";
const VERSION: u32 = 1;

/// How far a dump is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    kind: String,
    version: u32,
    /// The service and the app, and what is asked for.
    purpose: Purpose,
    /// Behind the last user that is in the file for good.
    pub(super) cursor: Option<Cursor>,
    /// How many users those are.
    pub(super) users: u64,
    /// How many bytes of the file they take.
    pub(super) bytes: u64,
    /// Whether those are all.
    pub(super) whole: bool,
}

/// What must be the same for a dump to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Purpose {
    pub(super) app: String,
    pub(super) filter: serde_json::Value,
    pub(super) include_deactivated: bool,
    pub(super) file: PathBuf,
}

impl Purpose {
    /// What differs, for people.
    fn difference(&self, other: &Self) -> Option<String> {
        if self.app != other.app {
            Some("is of a dump of another app".to_owned())
        } else if self.file != other.file {
            Some(format!(
                "is of a dump to {}, not to {}",
                self.file.display(),
                other.file.display()
            ))
        } else if self != other {
            Some("is of a dump with another filter or choice of deactivated users".to_owned())
        } else {
            None
        }
    }
}

impl State {
    /// The state before the first user.
    pub(super) fn new(purpose: Purpose) -> Self {
        Self {
            kind: KIND.to_owned(),
            version: VERSION,
            purpose,
            cursor: None,
            users: 0,
            bytes: 0,
            whole: false,
        }
    }

    /// What a file says; `None` where there is none.
    ///
    /// # Errors
    /// Where it cannot be read, or is of another dump.
    pub(super) fn load(path: &Path, purpose: &Purpose) -> anyhow::Result<Option<Self>> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context(format!("the state {} cannot be read", path.display())),
        };
        let state: Self = serde_json::from_slice(&text)
            .ok()
            .filter(|state: &Self| state.kind == KIND && state.version == VERSION)
            .with_context(|| {
                format!(
                    "{} is no state of an export that this version knows; name another --state",
                    path.display()
                )
            })?;
        if let Some(difference) = state.purpose.difference(purpose) {
            bail!("the state {} {difference}; name another --state", path.display());
        }
        Ok(Some(state))
    }

    /// Makes it durable.
    pub(super) fn save(&self, path: &Path) -> anyhow::Result<()> {
        self.replace(path)
            .with_context(|| format!("the state {} cannot be written", path.display()))
    }

    fn replace(&self, path: &Path) -> io::Result<()> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let mut file = super::dump::create(Path::new(&beside))?;
        serde_json::to_writer(&mut file, self)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        sync_folder_of(path)
    }
}

/// Makes a renaming durable.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Elsewhere folders cannot be opened.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
