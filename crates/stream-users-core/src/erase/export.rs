//! The export of some users, and the proof that they are in its file.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Deserialize;
use stream_users_model::{CustomData, ExportUsers, ExportedFile, Str, TaskId, TaskStatus, Timestamp, UserId};

use super::report::ErasureExport;
use super::{Work, stops};
use crate::api::UsersApi;
use crate::api_ext::UsersApiExt;
use crate::export::{Reader, line_text};

/// Why users are not exported.
pub(super) enum NoExport {
    /// It lies with some of the users: without them, the others may be exported.
    Users(String),
    /// It lies with this export.
    Export(String),
    /// Nothing more can be done.
    Stop(String),
}

impl<C: CustomData, A: UsersApi<C> + ?Sized> Work<'_, C, A> {
    /// Exports users to a file, and reads it.
    pub(super) async fn export(&mut self, ids: &[UserId]) -> Result<ErasureExport, NoExport> {
        let started_at = self.clock.now();
        let started = self.api.export_users(ExportUsers::new(ids.iter().cloned())).await;
        let started = started.map_err(|error| {
            if stops(&error) {
                NoExport::Stop(error.to_string())
            } else {
                NoExport::Users(error.to_string())
            }
        })?;
        let started = started.body;
        let task = self.api.task(&started).with_policy(self.request.policy);
        let file = task.wait().await.map_err(|error| {
            let text = error.to_string();
            match error.task() {
                Some(task) if task.status == TaskStatus::Failed => NoExport::Users(text),
                None if stops(&error) => NoExport::Stop(text),
                _ => NoExport::Export(text),
            }
        })?;
        self.check(ids, started.task_id, file, started_at).await
    }

    async fn check(
        &mut self,
        ids: &[UserId],
        task_id: TaskId,
        file: ExportedFile,
        started_at: Timestamp,
    ) -> Result<ErasureExport, NoExport> {
        let exported_at = self.clock.now();
        let api = self.api;
        let mut reader = Reader::new(file.clone(), move |request| api.read_export(request));
        let mut found = BTreeSet::new();
        let mut records = 0;
        while let Some(line) = reader.next().await {
            let line = line.map_err(|error| {
                if error.is_retryable() {
                    NoExport::Stop(error.to_string())
                } else {
                    NoExport::Export(error.to_string())
                }
            })?;
            let text = line_text(&line).map_err(|error| NoExport::Export(error.to_string()))?;
            records += 1;
            let user = user_of(text).map_err(|_| {
                NoExport::Export(format!(
                    "the record at byte {} of the export could not be read",
                    line.offset
                ))
            })?;
            found.extend(user);
            if let Some(keep) = &mut self.request.keep {
                keep(text).map_err(|error| {
                    NoExport::Stop(format!("what was exported could not be kept: {error}"))
                })?;
            }
        }
        if !reader.is_whole() {
            return Err(NoExport::Export(
                "the file store does not say how long the file is, so that it may have been cut off"
                    .to_owned(),
            ));
        }
        Ok(ErasureExport {
            user_ids: ids
                .iter()
                .filter(|id| found.contains(id.as_str()))
                .cloned()
                .collect(),
            task_id,
            started_at,
            exported_at,
            checked_at: self.clock.now(),
            bytes: reader.offset(),
            sha256: hex(&reader.sha256()),
            records,
            file: Some(file),
        })
    }
}

/// The id of the user whom a record is; `None` for another record.
fn user_of(text: &str) -> serde_json::Result<Option<Str>> {
    #[derive(Deserialize)]
    struct Record {
        #[serde(rename = "type")]
        kind: Str,
    }
    #[derive(Deserialize)]
    struct UserRecord {
        data: Id,
    }
    #[derive(Deserialize)]
    struct Id {
        id: Str,
    }

    let record: Record = serde_json::from_str(text)?;
    if record.kind != "user" {
        return Ok(None);
    }
    let user: UserRecord = serde_json::from_str(text)?;
    Ok(Some(user.data.id))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
