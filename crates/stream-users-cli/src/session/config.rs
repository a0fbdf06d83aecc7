//! The configuration file: its profiles, and what may stand in them. What is wrong with it is said by names and places,
//! never with a value of it: that may be a secret.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use toml::{Table, Value};

use crate::exit;
use crate::globals::Globals;

/// What may stand at the top of the file.
const TOP: &[&str] = &["default_profile", "profiles"];

/// What may stand in a profile.
const PROFILE: &[&str] = &[
    "allow_http",
    "api_key",
    "api_secret",
    "api_secret_command",
    "api_secret_file",
    "base_url",
];

/// The ways to say the secret, of which a profile has one at most.
const SECRETS: &[&str] = &["api_secret", "api_secret_command", "api_secret_file"];

/// A configuration file that was read, or the place where none is.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) path: PathBuf,
    pub(super) exists: bool,
    default_profile: Option<String>,
    profiles: Vec<Profile>,
}

/// A profile. What it does not say is asked elsewhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Profile {
    pub(super) name: String,
    pub(super) api_key: Option<String>,
    pub(super) api_secret: Option<SecretFrom>,
    pub(super) base_url: Option<String>,
    pub(super) allow_http: bool,
}

/// Where a profile has its secret. Its `Debug` shows none.
#[derive(Clone)]
pub(super) enum SecretFrom {
    Here(String),
    File(PathBuf),
    /// A program and its arguments.
    Command(Vec<String>),
}

impl std::fmt::Debug for SecretFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretFrom(..)")
    }
}

impl Config {
    /// Reads the file that the options name, or the one at its usual place, if there is one.
    pub(super) fn read(globals: &Globals) -> anyhow::Result<Option<Self>> {
        let (path, named) = match &globals.config {
            Some(path) => (path.clone(), true),
            None => match usual_path() {
                Some(path) => (path, false),
                None => return Ok(None),
            },
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => {
                return Ok(Some(Self {
                    path,
                    exists: false,
                    default_profile: None,
                    profiles: Vec::new(),
                }));
            }
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("the configuration file {} cannot be read", path.display()));
            }
        };
        let wrong =
            |what: anyhow::Error| exit::usage(format!("the configuration file {}: {what}", path.display()));
        let config = parse(&text, &path).map_err(wrong)?;
        if config
            .profiles
            .iter()
            .any(|profile| matches!(profile.api_secret, Some(SecretFrom::Here(_))))
        {
            super::secret::warn_if_shared(&config.path);
        }
        Ok(Some(config))
    }

    /// The profile of this name.
    pub(super) fn profile(&self, name: &str) -> anyhow::Result<&Profile> {
        self.profiles
            .iter()
            .find(|profile| profile.name == name)
            .ok_or_else(|| {
                exit::usage(format!(
                    "the configuration file {} has no profile {name:?}{}",
                    self.path.display(),
                    self.has()
                ))
            })
    }

    /// The profile of whoever names none: the default one, or the only one.
    pub(super) fn default(&self) -> anyhow::Result<Option<&Profile>> {
        match (&self.default_profile, self.profiles.as_slice()) {
            (Some(name), _) => self
                .profile(name)
                .map(Some)
                .context("default_profile names a profile that is not there"),
            (None, [only]) => Ok(Some(only)),
            (None, _) => Ok(None),
        }
    }

    /// Which profiles there are, to be added to a sentence.
    pub(super) fn has(&self) -> String {
        if !self.exists {
            return ": it does not exist".to_owned();
        }
        let names: Vec<&str> = self
            .profiles
            .iter()
            .map(|profile| profile.name.as_str())
            .collect();
        if names.is_empty() {
            "; it has none: a profile begins with a line such as [profiles.test]".to_owned()
        } else {
            format!("; it has {}", names.join(", "))
        }
    }
}

/// `stream-users/config.toml` where configuration is kept.
fn usual_path() -> Option<PathBuf> {
    super::folder("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("config.toml"))
}

fn parse(text: &str, path: &Path) -> anyhow::Result<Config> {
    let table: Table = toml::from_str(text).map_err(|error: toml::de::Error| {
        // Its own text shows the line, and its message may show a value.
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        anyhow!("line {line}, column {column} is not TOML; texts stand in quotes, as in api_key = \"...\"")
    })?;
    known(&table, TOP, "")?;
    let default_profile = text_of(&table, "default_profile", "default_profile")?;
    let mut profiles = Vec::new();
    if let Some(value) = table.get("profiles") {
        let Value::Table(tables) = value else {
            return Err(anyhow!("profiles must be tables, such as [profiles.test]"));
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        for (name, value) in tables {
            let Value::Table(table) = value else {
                return Err(anyhow!("profiles.{name} must be a table: [profiles.{name}]"));
            };
            profiles.push(profile(name, table, folder)?);
        }
    }
    Ok(Config {
        path: path.to_owned(),
        exists: true,
        default_profile,
        profiles,
    })
}

fn profile(name: &str, table: &Table, folder: &Path) -> anyhow::Result<Profile> {
    known(table, PROFILE, &format!(" in [profiles.{name}]"))?;
    let given: Vec<&str> = SECRETS
        .iter()
        .copied()
        .filter(|key| table.contains_key(*key))
        .collect();
    if given.len() > 1 {
        return Err(anyhow!(
            "[profiles.{name}] has {}: leave one of them",
            given.join(" and ")
        ));
    }
    let text = |key: &str| text_of(table, key, &format!("profiles.{name}.{key}"));
    let api_secret = match (text("api_secret")?, text("api_secret_file")?) {
        (Some(secret), _) => Some(SecretFrom::Here(secret)),
        (None, Some(file)) => Some(SecretFrom::File(folder.join(from_home(&file)))),
        (None, None) => command(name, table)?.map(SecretFrom::Command),
    };
    let allow_http = match table.get("allow_http") {
        None => false,
        Some(Value::Boolean(allow)) => *allow,
        Some(_) => return Err(anyhow!("profiles.{name}.allow_http must be true or false")),
    };
    Ok(Profile {
        name: name.to_owned(),
        api_key: text("api_key")?,
        api_secret,
        base_url: text("base_url")?,
        allow_http,
    })
}

/// A program and its arguments, or a text for the shell.
fn command(name: &str, table: &Table) -> anyhow::Result<Option<Vec<String>>> {
    let wrong = || {
        anyhow!(
            "profiles.{name}.api_secret_command must be a text for the shell, or a list of a program and its arguments, \
             such as [\"pass\", \"stream\"]"
        )
    };
    match table.get("api_secret_command") {
        None => Ok(None),
        Some(Value::String(line)) if !line.trim().is_empty() => {
            let shell: [&str; 2] = if cfg!(windows) {
                ["cmd", "/C"]
            } else {
                ["sh", "-c"]
            };
            Ok(Some(vec![shell[0].to_owned(), shell[1].to_owned(), line.clone()]))
        }
        Some(Value::Array(words)) if !words.is_empty() => {
            let words = words.iter().map(|word| word.as_str().map(str::to_owned));
            words.collect::<Option<Vec<_>>>().map(Some).ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

/// Refuses a key that is not known.
fn known(table: &Table, keys: &[&str], place: &str) -> anyhow::Result<()> {
    match table.keys().find(|key| !keys.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(anyhow!(
            "there is no key {key:?}{place}; there are {}",
            keys.join(", ")
        )),
    }
}

/// A text that is not empty.
fn text_of(table: &Table, key: &str, name: &str) -> anyhow::Result<Option<String>> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(anyhow!("{name} must be a text in quotes that is not empty")),
    }
}

/// A path that may begin with `~/`.
fn from_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), super::home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}
