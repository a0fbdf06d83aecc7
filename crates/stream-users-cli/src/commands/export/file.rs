//! The file that an export's task has written, as it is: fetched in parts, cut into lines, and looked through for users.
//! Where the lines go belongs to `gdpr`.

use std::collections::HashSet;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use serde::Deserialize;
use stream_users_core::{ReadExport, Users, UsersApi as _};
use stream_users_model::{Custom, ExportedFile, Str};

/// How much is asked for at once: 4 MiB.
const PART: u64 = 4 * 1024 * 1024;

/// The longest line that is taken, in bytes: 64 MiB.
const LONGEST: usize = 64 * 1024 * 1024;

/// How the fetching of a file ended.
pub(super) enum Fetched {
    /// All of it came; the users in it.
    Whole(HashSet<String>),
    /// Nobody takes the lines any more.
    Unread,
}

/// Fetches a file, and gives each line to `take`, which says whether there should be more.
pub(super) async fn fetch(
    users: &Users<Custom>,
    file: &ExportedFile,
    mut take: impl FnMut(&[u8]) -> anyhow::Result<bool>,
) -> anyhow::Result<Fetched> {
    let mut found = HashSet::new();
    let mut begun: Vec<u8> = Vec::new();
    let (mut offset, mut total, mut validator) = (0_u64, None, None::<String>);
    loop {
        let mut question = ReadExport::new(file.clone(), offset, PART);
        question.validator.clone_from(&validator);
        let part = users.read_export(question).await?.body;
        let is_same = (part.validator.is_none() || validator.is_none() || part.validator == validator)
            && (part.total.is_none() || total.is_none() || part.total == total);
        if !is_same {
            bail!("it has changed while it was read");
        }
        if part.bytes.is_empty() && !part.is_last {
            bail!("nothing came at byte {offset}, and the file does not end there");
        }
        validator = part.validator.or(validator);
        total = part.total.or(total);
        offset += part.bytes.len() as u64;
        if !lines(&mut begun, part.bytes, part.is_last, &mut |line| {
            look(line, &mut found, &mut take)
        })? {
            return Ok(Fetched::Unread);
        }
        if part.is_last {
            break;
        }
    }
    // An answer that was cut off would look like a shorter file.
    match total {
        Some(total) if total == offset => Ok(Fetched::Whole(found)),
        Some(total) => bail!("{offset} of {total} bytes came"),
        None => bail!("the file store does not say how long it is, so that it may have been cut off"),
    }
}

/// Cuts a part into lines; what is left of the last one waits in `begun`.
fn lines(
    begun: &mut Vec<u8>,
    mut part: Bytes,
    is_last: bool,
    take: &mut impl FnMut(&[u8]) -> anyhow::Result<bool>,
) -> anyhow::Result<bool> {
    while let Some(end) = part.iter().position(|byte| *byte == b'\n') {
        let line = part.split_to(end + 1);
        let is_wanted = if begun.is_empty() {
            take(line.trim_ascii())?
        } else {
            begun.extend_from_slice(&line);
            let line = std::mem::take(begun);
            take(line.trim_ascii())?
        };
        if !is_wanted {
            return Ok(false);
        }
    }
    begun.extend_from_slice(&part);
    if begun.len() > LONGEST {
        bail!("a line of it is longer than {} MiB", LONGEST / 1024 / 1024);
    }
    if is_last && !begun.is_empty() {
        let line = std::mem::take(begun);
        return take(line.trim_ascii());
    }
    Ok(true)
}

/// Notes the user whom a line holds, and hands the line on.
fn look(
    line: &[u8],
    found: &mut HashSet<String>,
    take: &mut impl FnMut(&[u8]) -> anyhow::Result<bool>,
) -> anyhow::Result<bool> {
    #[derive(Deserialize)]
    struct Record {
        #[serde(rename = "type")]
        kind: Str,
    }
    #[derive(Deserialize)]
    struct OfUser {
        data: Id,
    }
    #[derive(Deserialize)]
    struct Id {
        id: String,
    }

    if line.is_empty() {
        return Ok(true);
    }
    let record: Record = serde_json::from_slice(line).context("a line of it is no record")?;
    if record.kind == "user" {
        let user: OfUser = serde_json::from_slice(line).context("a user in it has no id")?;
        found.insert(user.data.id);
    }
    take(line)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::lines;

    #[test]
    fn parts_are_cut_into_lines_wherever_they_end() {
        let text = b"one\ntwo\r\n\nthree";
        for size in 1..=text.len() {
            let (mut begun, mut seen) = (Vec::new(), Vec::new());
            let parts: Vec<&[u8]> = text.chunks(size).collect();
            for (index, part) in parts.iter().enumerate() {
                let is_last = index + 1 == parts.len();
                let taken = lines(&mut begun, Bytes::copy_from_slice(part), is_last, &mut |line| {
                    seen.push(String::from_utf8(line.to_vec()).unwrap());
                    Ok(true)
                });
                assert!(taken.unwrap());
            }
            assert_eq!(seen, ["one", "two", "", "three"], "{size}");
        }
    }
}
