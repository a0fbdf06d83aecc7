//! The journal in a file: what of it is believed, and by whom it is used.

use std::fs;
use std::path::PathBuf;

use stream_users::bulk::journal::{
    Digest, FailedRow, FileJournal, History, Journal, JournalEntry, JournalError, Part, Purpose,
};

/// A folder of its own, which goes with the test.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("stream-users-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.0.join("run.journal")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

pub(super) fn purpose() -> Purpose {
    Purpose::new("upsert_users")
}

/// The entries of the batch `number`: one failed row, and the part.
pub(super) fn batch(number: u64) -> [JournalEntry; 2] {
    let first = 100 * number + 1;
    let part = Part::new(
        first,
        first + 99,
        100,
        Digest::of_row(true, &number.to_le_bytes()),
    );
    [
        JournalEntry::Failed(FailedRow::new(
            first + 3,
            Some("ada".into()),
            "refused: \u{1f980}\n",
        )),
        JournalEntry::Done { part, failed: 1 },
    ]
}

pub(super) fn history(batches: u64) -> History {
    let mut history = History::new();
    (0..batches).for_each(|number| batch(number).iter().for_each(|entry| history.add(entry)));
    history
}

async fn write(path: &PathBuf, batches: u64) {
    let journal = FileJournal::new(path);
    journal.open(&purpose()).await.unwrap();
    for number in 0..batches {
        journal.append(&batch(number)).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_appended_is_there_for_the_next_run() {
    let folder = Folder::new("next");
    write(&folder.journal(), 3).await;
    let journal = FileJournal::new(folder.journal());
    assert_eq!(journal.open(&purpose()).await.unwrap(), history(3));
    journal
        .append(&[JournalEntry::Finished { rows: 300, last: 300 }])
        .await
        .unwrap();
    drop(journal);
    let known = FileJournal::new(folder.journal()).open(&purpose()).await.unwrap();
    assert_eq!(known.finished(), Some((300, 300)));
    assert_eq!((known.rows(), known.failed()), (300, 3));
    let failures: Result<Vec<_>, _> = FileJournal::failures(folder.journal()).unwrap().collect();
    let failures = failures.unwrap();
    assert_eq!(failures.len(), 3);
    assert_eq!(failures[1].number, 104);
}

#[tokio::test]
async fn a_file_cut_off_at_any_byte_holds_what_was_whole_and_can_be_gone_on_with() {
    let folder = Folder::new("torn");
    write(&folder.journal(), 3).await;
    let whole = fs::read(folder.journal()).unwrap();
    let mut seen = Vec::new();
    for length in 0..=whole.len() {
        fs::write(folder.journal(), &whole[..length]).unwrap();
        let journal = FileJournal::new(folder.journal());
        let known = journal.open(&purpose()).await.unwrap();
        let batches = known.rows() / 100;
        assert_eq!(known, history(batches), "cut at {length}");
        seen.push(batches);
        journal.append(&batch(batches)).await.unwrap();
        drop(journal);
        let known = FileJournal::new(folder.journal()).open(&purpose()).await.unwrap();
        assert_eq!(known, history(batches + 1), "cut at {length}");
    }
    assert!(seen.is_sorted());
    assert_eq!(seen.last(), Some(&3));
}

#[tokio::test]
async fn a_bit_that_was_flipped_is_never_believed() {
    let folder = Folder::new("flipped");
    write(&folder.journal(), 3).await;
    let whole = fs::read(folder.journal()).unwrap();
    let lines: Vec<usize> = whole
        .iter()
        .enumerate()
        .filter_map(|(index, byte)| (*byte == b'\n').then_some(index))
        .collect();
    let synced = lines[lines.len() - 3];
    let bits = (0..whole.len()).flat_map(|index| (0..8).map(move |bit| (index, 1 << bit)));
    for (index, bit) in bits {
        let mut damaged = whole.clone();
        damaged[index] ^= bit;
        fs::write(folder.journal(), &damaged).unwrap();
        match FileJournal::new(folder.journal()).open(&purpose()).await {
            Err(JournalError::Damaged { .. }) => {}
            Err(error) => panic!("{error}"),
            // What nothing knows to be synced may be the trace of a run that was killed.
            Ok(known) => {
                assert!(index > synced, "bit {bit:#04x} of byte {index} was passed over");
                assert_eq!(known, history(known.rows() / 100));
            }
        }
    }
}

#[tokio::test]
async fn one_run_at_a_time() {
    let folder = Folder::new("locked");
    let journal = FileJournal::new(folder.journal());
    journal.open(&purpose()).await.unwrap();
    let error = FileJournal::new(folder.journal())
        .open(&purpose())
        .await
        .unwrap_err();
    assert!(matches!(error, JournalError::InUse { .. }), "{error}");
    // One that a run has opened is not for the next one, which is told what to do.
    let error = journal.open(&purpose()).await.unwrap_err();
    assert!(error.to_string().contains("another run or process"), "{error}");
    journal.append(&batch(0)).await.unwrap();
    drop(journal);
    let known = FileJournal::new(folder.journal()).open(&purpose()).await.unwrap();
    assert_eq!(known, history(1));
}

#[tokio::test]
async fn another_purpose_or_scope_or_file_is_refused_and_left_alone() {
    let folder = Folder::new("purpose");
    write(&folder.journal(), 1).await;
    let before = fs::read(folder.journal()).unwrap();
    let other = Purpose::new("delete_users").options(r#"{"user":"hard"}"#);
    for refused in [
        FileJournal::new(folder.journal()).open(&other).await,
        FileJournal::new(folder.journal())
            .scope("another app")
            .open(&purpose())
            .await,
    ] {
        let error = refused.unwrap_err();
        assert!(matches!(error, JournalError::OtherPurpose { .. }), "{error}");
    }
    assert_eq!(fs::read(folder.journal()).unwrap(), before);
    // The second and the third look as if a record had been begun.
    for file in [
        "id,name\nada,Ada\n",
        "10000001\n10000002\n",
        "deadbeef 0 what I have noted",
        "\n",
    ] {
        fs::write(folder.journal(), file).unwrap();
        let refused = FileJournal::new(folder.journal()).open(&purpose()).await;
        let error = refused.unwrap_err();
        assert!(error.to_string().contains("the file is no journal"), "{error}");
        assert_eq!(fs::read_to_string(folder.journal()).unwrap(), file);
    }
    let error = FileJournal::new(&folder.0).open(&purpose()).await.unwrap_err();
    assert!(matches!(error, JournalError::Io { .. }), "{error}");
}

/// What names users is for nobody else to read.
#[cfg(unix)]
#[tokio::test]
async fn the_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new("private");
    write(&folder.journal(), 1).await;
    let mode = fs::metadata(folder.journal()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// A pipe would be waited for without an end, and what is written to nothing is not kept.
#[cfg(unix)]
#[tokio::test]
async fn what_is_no_file_is_refused() {
    let folder = Folder::new("no-file");
    let made = std::process::Command::new("mkfifo")
        .arg(folder.journal())
        .status();
    assert!(made.unwrap().success());
    for path in [folder.journal(), "/dev/null".into(), "/dev/full".into()] {
        for error in [
            FileJournal::new(&path).open(&purpose()).await.unwrap_err(),
            FileJournal::failures(&path).map(|_| ()).unwrap_err(),
        ] {
            assert!(
                error.to_string().contains("the file is no journal"),
                "{path:?}: {error}"
            );
        }
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let folder = Folder::new("absent");
    let path = folder.0.join("absent/run.journal");
    let error = FileJournal::new(&path).open(&purpose()).await.unwrap_err();
    assert!(matches!(error, JournalError::Io { .. }), "{error}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_leads_to_the_journal() {
    let folder = Folder::new("link");
    fs::create_dir(folder.0.join("there")).unwrap();
    let there = folder.0.join("there/run.journal");
    std::os::unix::fs::symlink("there/run.journal", folder.journal()).unwrap();
    write(&folder.journal(), 2).await;
    assert_eq!(
        FileJournal::new(&there).open(&purpose()).await.unwrap(),
        history(2)
    );
    let known = FileJournal::new(folder.journal()).open(&purpose()).await.unwrap();
    assert_eq!(known, history(2));
}

#[tokio::test]
async fn a_record_may_be_of_any_length() {
    let folder = Folder::new("long");
    let journal = FileJournal::new(folder.journal());
    journal.open(&purpose()).await.unwrap();
    let long = FailedRow::new(1, None, "no ".repeat(8 * 1024 * 1024));
    let [_, done] = batch(0);
    journal.append(&[JournalEntry::Failed(long), done]).await.unwrap();
    journal.append(&batch(1)).await.unwrap();
    drop(journal);
    let known = FileJournal::new(folder.journal()).open(&purpose()).await.unwrap();
    assert_eq!(known, history(2));
}
