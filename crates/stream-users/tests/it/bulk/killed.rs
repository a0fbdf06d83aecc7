//! The journal in a file that a process of its own writes, which is killed, or whose disk is full.

use std::env;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use stream_users::bulk::journal::{FileJournal, Journal as _, JournalError};

use super::file::{Folder, batch, history, purpose};

const JOURNAL: &str = "STREAM_USERS_TEST_JOURNAL";

/// What each line of the program begins with, among those of the test runner.
const LINE: &str = "journal: ";

/// The program: goes on with a journal, and says how many batches are kept, until it is killed or its disk is full.
#[tokio::test]
#[ignore = "the program that the tests below run"]
async fn program() {
    let Ok(path) = env::var(JOURNAL) else {
        return;
    };
    // The test runner may have begun a line of its own.
    println!("\n{LINE}begin");
    let journal = FileJournal::new(path);
    let known = match journal.open(&purpose()).await {
        Ok(known) => known.rows() / 100,
        Err(error) => return println!("{LINE}{error}"),
    };
    println!("{LINE}{known}");
    for number in known.. {
        if let Err(error) = journal.append(&batch(number)).await {
            println!("{LINE}{error}");
            let error = journal.append(&batch(number)).await.unwrap_err();
            return println!("{LINE}{error}");
        }
        println!("{LINE}{}", number + 1);
    }
}

/// The program at work, killed when it is dropped.
struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// How many batches it has said are kept.
    said: u64,
}

impl Program {
    fn start(mut command: Command, journal: &Path) -> Self {
        command
            .args(["--exact", "bulk::killed::program", "--ignored", "--nocapture"])
            .env(JOURNAL, journal)
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            lines,
            said: 0,
        }
    }

    fn run(journal: &Path) -> Self {
        Self::start(Command::new(env::current_exe().unwrap()), journal)
    }

    /// The next line that it says; `None` where it has ended.
    fn next(&mut self) -> Option<String> {
        let said = |line: std::io::Result<String>| line.unwrap().strip_prefix(LINE).map(str::to_owned);
        let line = self.lines.by_ref().find_map(said)?;
        self.said = line.parse().unwrap_or(self.said);
        Some(line)
    }

    /// Kills it, and returns how many batches it has said are kept.
    fn kill(mut self) -> u64 {
        self.child.kill().unwrap();
        // What it said before it was killed counts.
        while self.next().is_some() {}
        self.said
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[tokio::test]
async fn what_a_killed_process_was_told_to_be_kept_is_kept() {
    let folder = Folder::new("killed");
    let path = folder.journal();
    let mut kept = 0;
    // The first lines are said before the file is there, and before anything is appended.
    for lines in [1, 2, 1, 3, 4, 7, 13, 29, 1, 50, 2, 80] {
        let mut program = Program::run(&path);
        for _ in 0..lines {
            program.next().unwrap();
        }
        let said = program.kill().max(kept);
        let journal = FileJournal::new(&path);
        let known = journal.open(&purpose()).await.unwrap();
        let batches = known.rows() / 100;
        // One more may be on the disk that the program had no time to speak of.
        assert!(
            batches >= said && batches <= said + 1,
            "{said} said, {batches} known"
        );
        assert_eq!(known, history(batches));
        drop(journal);
        let failures: Vec<_> = FileJournal::failures(&path)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(failures.len() as u64, batches);
        kept = batches;
    }
    assert!(kept > 100, "{kept}");
}

#[tokio::test]
async fn a_journal_that_another_process_writes_is_read_and_not_written() {
    let folder = Folder::new("two");
    let path = folder.journal();
    let mut program = Program::run(&path);
    while program.next().unwrap().parse() != Ok(20_u64) {}
    let error = FileJournal::new(&path).open(&purpose()).await.unwrap_err();
    assert!(matches!(error, JournalError::InUse { .. }), "{error}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    // It goes on to write meanwhile.
    for _ in 0..50 {
        let failures = FileJournal::failures(&path).unwrap().map(Result::unwrap).count();
        assert!(failures >= 20);
    }
    let said = program.kill();
    let known = FileJournal::new(&path).open(&purpose()).await.unwrap();
    assert!(known.rows() / 100 >= said);
}

/// The program with no room for more than so many blocks of 512 bytes in a file: what a full disk brings about, without one.
#[cfg(unix)]
fn without_room(blocks: u32, journal: &Path) -> Program {
    let mut command = Command::new("sh");
    // Where the signal is ignored, the write fails.
    command.args([
        "-c",
        &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""),
    ]);
    command.arg(env::current_exe().unwrap());
    Program::start(command, journal)
}

#[cfg(unix)]
#[tokio::test]
async fn a_disk_that_is_full_is_an_error_and_nothing_is_half_believed() {
    let folder = Folder::new("full");
    let path = folder.journal();
    let mut kept = 0;
    // No room for the header, then for a few batches, then for none, and for some again.
    for blocks in [0, 2, 2, 9, 21] {
        let mut program = without_room(blocks, &path);
        let mut errors = Vec::new();
        while let Some(line) = program.next() {
            if line != "begin" && line.parse::<u64>().is_err() {
                errors.push(line);
            }
        }
        let said = program.said.max(kept);
        drop(program);
        assert!(
            errors[0].starts_with("the journal could not be written: "),
            "{errors:?}"
        );
        if blocks > 0 {
            assert_eq!(
                errors[1],
                "the journal could not be written: an earlier write has failed"
            );
        }
        if said > 0 {
            let before: Vec<_> = FileJournal::failures(&path)
                .unwrap()
                .map(Result::unwrap)
                .collect();
            assert_eq!(before.len() as u64, said);
        }
        let known = FileJournal::new(&path).open(&purpose()).await.unwrap();
        assert_eq!(known, history(said));
        kept = said;
    }
    assert!(kept > 20, "{kept}");
}
