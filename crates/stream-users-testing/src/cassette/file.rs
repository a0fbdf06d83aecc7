//! [`Cassette`]: recorded calls, and the file that they are kept in.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::exchange::{Interaction, KINDS, Reply};
use super::redaction::Redaction;

/// What this crate writes.
const VERSION: u64 = 1;

/// The largest file that is read: 256 MiB.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Recorded calls, redacted: what a [`RecordingTransport`](super::RecordingTransport) makes and a
/// [`ReplayTransport`](super::ReplayTransport) plays. The [module](super) says what is in one and what is not.
///
/// Its file is JSON with a version, made to be read and to be kept beside a test.
#[derive(Clone)]
pub struct Cassette {
    pub(super) redaction: Redaction,
    pub(super) interactions: Vec<Interaction>,
}

/// A cassette as its file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    cassette: u64,
    /// The fields of custom data that were kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kept_custom: Vec<String>,
    /// Whether it was recorded with functions that a replay needs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hooks: bool,
    interactions: Vec<Interaction>,
}

/// What is looked at first, so that a newer file is told from a broken one.
#[derive(Deserialize)]
struct Head {
    cassette: Option<u64>,
}

impl Cassette {
    /// Reads a cassette from its text.
    ///
    /// # Errors
    /// Where the text is no cassette, is one of a newer version of this crate, or holds what cannot be an answer.
    pub fn from_json(text: &str) -> Result<Self, CassetteError> {
        let head: Head = serde_json::from_str(text).map_err(|error| CassetteError::unreadable(&error))?;
        match head.cassette {
            None => {
                return Err(CassetteError::new(
                    "it is no cassette: the field `cassette`, its version, is missing",
                ));
            }
            Some(VERSION) => {}
            Some(version) => {
                return Err(CassetteError::new(format!(
                    "it is of version {version}, and this crate reads version {VERSION}: use the version of \
                     stream-users-testing that wrote it, or record it anew"
                )));
            }
        }
        let content: Content =
            serde_json::from_str(text).map_err(|error| CassetteError::unreadable(&error))?;
        for (index, interaction) in content.interactions.iter().enumerate() {
            check(interaction)
                .map_err(|reason| CassetteError::new(format!("interactions[{index}]: {reason}")))?;
        }
        Ok(Self {
            redaction: Redaction::from_file(content.kept_custom, content.hooks),
            interactions: content.interactions,
        })
    }

    /// The text of the cassette's file.
    ///
    /// # Errors
    /// Where a value of a function of [`Redaction::redact_with`] cannot be written.
    pub fn to_json(&self) -> Result<String, CassetteError> {
        let content = Content {
            cassette: VERSION,
            kept_custom: self.redaction.kept().to_vec(),
            hooks: self.redaction.has_hooks(),
            interactions: self.interactions.clone(),
        };
        let mut text =
            serde_json::to_string_pretty(&content).map_err(|error| CassetteError::unreadable(&error))?;
        text.push('\n');
        Ok(text)
    }

    /// Reads a cassette's file, of at most 256 MiB.
    ///
    /// # Errors
    /// Where the file cannot be read, and those of [`from_json`](Self::from_json); they name the file.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, CassetteError> {
        let path = path.as_ref();
        let read = || -> io::Result<String> {
            let mut text = String::new();
            File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
            Ok(text)
        };
        let text = read().map_err(|error| CassetteError::file(path, "could not be read", error))?;
        if text.len() as u64 > LARGEST {
            let text = format!("it is larger than {LARGEST} bytes");
            return Err(CassetteError::new(text).at(path));
        }
        Self::from_json(&text).map_err(|error| error.at(path))
    }

    /// Writes the cassette to a file: whole, or not at all. What was there is replaced.
    ///
    /// # Errors
    /// Where the file, or the one beside it that becomes it, cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), CassetteError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let path = path.as_ref();
        let text = self.to_json().map_err(|error| error.at(path))?;
        let Some(name) = path.file_name() else {
            return Err(CassetteError::new("the path names no file").at(path));
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut beside = name.to_owned();
        beside.push(format!(".{}-{number}.tmp", std::process::id()));
        let beside = path.with_file_name(beside);
        let write = || -> io::Result<()> {
            let mut file = File::create_new(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, path)
        };
        write().map_err(|error| {
            // It is of no use any more; that it could not be made, or removed, is said by the first error.
            let _ = fs::remove_file(&beside);
            CassetteError::file(path, "could not be written", error)
        })
    }

    /// How many requests are on it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.interactions.len()
    }

    /// Whether no request is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.interactions.is_empty()
    }

    /// The answers that could not be kept, each with the reason. Playing one of them fails with it.
    #[must_use]
    pub fn unrecorded(&self) -> Vec<String> {
        let interactions = self.interactions.iter().enumerate();
        interactions
            .filter_map(|(index, interaction)| match &interaction.answer {
                Reply::Unrecorded(reason) => Some(format!(
                    "interactions[{index}] ({}): {reason}",
                    interaction.title()
                )),
                _ => None,
            })
            .collect()
    }
}

/// What a file may say that no recording does.
fn check(interaction: &Interaction) -> Result<(), String> {
    match &interaction.answer {
        Reply::Http(http) => http.head().map(drop),
        Reply::Error(kind) if KINDS.iter().all(|(_, text)| text != kind) => {
            Err(format!("{kind:?} is no kind of transport error"))
        }
        _ => Ok(()),
    }
}

impl fmt::Debug for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cassette")
            .field("redaction", &self.redaction)
            .field("interactions", &self.interactions.len())
            .finish()
    }
}

/// Why a cassette cannot be read or written.
#[derive(Debug)]
pub struct CassetteError {
    path: Option<PathBuf>,
    message: String,
    source: Option<io::Error>,
}

impl CassetteError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            path: None,
            message: message.into(),
            source: None,
        }
    }

    /// The text of serde's error may hold a value of the file, of any length.
    fn unreadable(error: &serde_json::Error) -> Self {
        let text: String = error.to_string().chars().take(300).collect();
        Self::new(format!("it cannot be read: {text}"))
    }

    fn file(path: &Path, what: &str, error: io::Error) -> Self {
        Self {
            path: Some(path.to_owned()),
            message: what.to_owned(),
            source: Some(error),
        }
    }

    fn at(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }
}

impl fmt::Display for CassetteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "the cassette {}: {}", path.display(), self.message),
            None => write!(f, "the cassette: {}", self.message),
        }
    }
}

impl std::error::Error for CassetteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
