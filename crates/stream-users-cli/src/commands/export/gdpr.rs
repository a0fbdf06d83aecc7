//! All that the service holds of some users: tasks collect it in files, which are fetched as they are (`file`). That each
//! user is in one is looked at, not believed.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use futures_util::StreamExt as _;
use stream_users_core::bulk::{self, BulkEnd};
use stream_users_core::{Users, UsersApiExt as _};
use stream_users_model::{Custom, ExportedFile, UserId};

use super::dump;
use super::file::{Fetched, fetch};
use super::state::sync_folder_of;
use crate::arguments::whom;
use crate::exit::Exit;
use crate::globals::Globals;
use crate::many;
use crate::output::{self, Output, Rows};
use crate::session::Session;
use crate::stop::Stop;

/// How many users are exported before their files are fetched: the addresses of the files do not hold for long.
const AT_ONCE: usize = 500;

/// What became of a user.
#[derive(serde::Serialize)]
struct Became<'a> {
    id: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a Path>,
}

pub(super) async fn run(
    globals: &Globals,
    ids: Vec<String>,
    folder: Option<PathBuf>,
    per_user: bool,
) -> anyhow::Result<Exit> {
    let session = Session::open(globals).await?;
    // Before anything is written, so that a signal never leaves half a file behind, and behind what may ask for credentials,
    // which Ctrl-C is to end.
    let mut stop = Stop::new().context("signals cannot be waited for")?;
    if let Some(folder) = &folder {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    let output = Output::new(globals);
    let mut work = Work {
        session: &session,
        users: session.users(),
        rows: folder
            .is_some()
            .then(|| output.rows(&["id", "status", "file", "reason"])),
        folder,
        names: HashSet::new(),
        failed: 0,
        exported: 0,
    };
    let mut ids = ids;
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    for ids in ids.chunks(AT_ONCE) {
        let is_read = tokio::select! {
            biased;
            () = stop.wait() => {
                if let Some(rows) = work.rows.take() {
                    rows.end()?;
                }
                output::warning("interrupted; what was fetched whole is kept, and the tasks go on by themselves");
                return Ok(Exit::Interrupted);
            }
            is_read = work.export(ids, per_user) => match is_read {
                Ok(is_read) => is_read,
                Err(error) => {
                    // What is there by now is said still.
                    if let Some(rows) = work.rows.take() {
                        rows.end()?;
                    }
                    return Err(error);
                }
            },
        };
        if !is_read {
            break;
        }
    }
    if let Some(rows) = work.rows.take() {
        rows.end()?;
    }
    let failures = match work.failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    output.note(&format!("{} exported{failures}", whom::users(work.exported)));
    Ok(if work.failed == 0 {
        Exit::Done
    } else {
        Exit::SomeFailed
    })
}

struct Work<'a> {
    session: &'a Session,
    users: Users<Custom>,
    folder: Option<PathBuf>,
    /// None where the files' lines are the results.
    rows: Option<Rows>,
    /// The names of the files so far, in small letters: some file systems do not tell `Ada` from `ada`.
    names: HashSet<String>,
    failed: u64,
    exported: u64,
}

impl Work<'_> {
    /// Exports some users. Says whether somebody reads the results still.
    async fn export(&mut self, ids: &[String], per_user: bool) -> anyhow::Result<bool> {
        let users = self.users.clone();
        let mut bulk = users.bulk();
        if per_user {
            bulk = bulk.max_batch(1);
        }
        let ids = ids.iter().map(|id| UserId::from(id.as_str())).collect::<Vec<_>>();
        let mut run = Box::pin(bulk.export_users(bulk::iter(ids)));
        let mut files: BTreeMap<String, Vec<UserId>> = BTreeMap::new();
        while let Some(result) = run.next().await {
            let Some(id) = result.id else { continue };
            match result.outcome {
                Ok(file) => files.entry(file.url).or_default().push(id),
                Err(error) => {
                    if !self.failed(&id, &error.to_string())? {
                        return Ok(false);
                    }
                }
            }
        }
        for (url, ids) in files {
            if !self.keep(&ExportedFile::new(url), &ids).await? {
                return Ok(false);
            }
        }
        match run.end().as_deref() {
            Some(BulkEnd::Failed(error)) => Err(many::explain(self.session, error)),
            _ => Ok(true),
        }
    }

    /// Fetches the file of an export, and looks for its users.
    async fn keep(&mut self, file: &ExportedFile, ids: &[UserId]) -> anyhow::Result<bool> {
        let fetched = if let Some(folder) = self.folder.clone() {
            self.write_into(&folder, file, ids).await?
        } else {
            let print = |line: &[u8]| output::read_line(&String::from_utf8_lossy(line));
            (fetch(&self.users, file, print).await, None)
        };
        let (found, path) = match fetched {
            (Ok(Fetched::Whole(found)), path) => (found, path),
            (Ok(Fetched::Unread), _) => return Ok(false),
            (Err(error), _) => {
                let reason = format!("the file could not be fetched: {error:#}");
                for id in ids {
                    if !self.failed(id, &reason)? {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
        };
        for id in ids {
            let is_read = if found.contains(id.as_str()) {
                self.exported += 1;
                match &mut self.rows {
                    Some(rows) => rows.push(&Became {
                        id: id.as_str(),
                        status: "exported",
                        reason: None,
                        file: path.as_deref(),
                    })?,
                    None => true,
                }
            } else {
                self.failed(id, "the service's file does not hold the user")?
            };
            if !is_read {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes the file of an export under another name, and gives it its own when it is whole.
    async fn write_into(
        &mut self,
        folder: &Path,
        file: &ExportedFile,
        ids: &[UserId],
    ) -> anyhow::Result<(anyhow::Result<Fetched>, Option<PathBuf>)> {
        let path = folder.join(name_of(ids, &mut self.names));
        let partial = dump::beside(&path, &format!(".{}.partial", std::process::id()));
        let cannot = || format!("{} cannot be written", partial.display());
        let unfinished = dump::Unfinished::new(&partial);
        let mut writer = BufWriter::new(dump::create(&partial).with_context(cannot)?);
        let fetched = fetch(&self.users, file, |line| {
            writer
                .write_all(line)
                .and_then(|()| writer.write_all(b"\n"))
                .with_context(cannot)?;
            Ok(true)
        });
        let fetched = match fetched.await {
            Ok(fetched) => fetched,
            Err(error) => return Ok((Err(error), None)),
        };
        let written: File = writer
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .with_context(cannot)?;
        written.sync_all().with_context(cannot)?;
        std::fs::rename(&partial, &path)
            .and_then(|()| sync_folder_of(&path))
            .with_context(|| format!("{} cannot be renamed to {}", partial.display(), path.display()))?;
        unfinished.finished();
        Ok((Ok(fetched), Some(path)))
    }

    fn failed(&mut self, id: &UserId, reason: &str) -> anyhow::Result<bool> {
        self.failed += 1;
        output::failure(&format!("{id}: {reason}"));
        match &mut self.rows {
            Some(rows) => rows.push(&Became {
                id: id.as_str(),
                status: "failed",
                reason: Some(reason),
                file: None,
            }),
            None => Ok(true),
        }
    }
}

/// A name for the file of these users, of characters that any file system takes, which no other file has.
fn name_of(ids: &[UserId], taken: &mut HashSet<String>) -> String {
    let first = ids.first().map_or("nobody", |id| id.as_str());
    let mut name = String::new();
    for character in first.chars().take(100) {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '@' => name.push(character),
            other => {
                for byte in other.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a string does not fail.
                    let _ = write!(name, "%{byte:02X}");
                }
            }
        }
    }
    if ids.len() > 1 {
        let _ = write!(name, "-and-{}-more", ids.len() - 1);
    }
    let mut unlike = name.clone();
    let mut number = 2;
    while !taken.insert(unlike.to_ascii_lowercase()) {
        unlike = format!("{name}.{number}");
        number += 1;
    }
    format!("{unlike}.ndjson")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use stream_users_model::UserId;

    use super::name_of;

    #[test]
    fn names_of_files_stay_in_the_folder() {
        let mut taken = HashSet::new();
        let mut name = |ids: &[&str]| {
            let ids: Vec<_> = ids.iter().copied().map(UserId::from).collect();
            name_of(&ids, &mut taken)
        };
        assert_eq!(name(&["ada"]), "ada.ndjson");
        assert_eq!(name(&["ada", "bob", "eve"]), "ada-and-2-more.ndjson");
        assert_eq!(name(&["../a b"]), "%2E%2E%2Fa%20b.ndjson");
        // No file takes the place of another.
        assert_eq!(name(&["Ada"]), "Ada.2.ndjson");
        assert_eq!(name(&["ada-and-2-more"]), "ada-and-2-more.2.ndjson");
        let long = "x".repeat(100);
        assert_eq!(name(&[&format!("{long}1")]), format!("{long}.ndjson"));
        assert_eq!(name(&[&format!("{long}2")]), format!("{long}.2.ndjson"));
    }
}
