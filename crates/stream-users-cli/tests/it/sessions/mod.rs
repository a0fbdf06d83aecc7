//! The terminal sessions of the documentation, run and compared.
//!
//! Every ```` ```console ```` block of a page is run, the blocks of a page one after the other by one shell in one folder,
//! with an emulator of the page's own in the environment. A line that begins with `$ ` is typed, and so are the lines after
//! one that ends with `\` and those of a here-document; the lines below it are what is printed, on both outputs. `[..]`
//! stands for anything within a line, and a line `...` for any lines.

mod page;
mod shell;

use std::path::Path;

use self::page::{Session, sessions};

/// The pages with sessions that are run. One that is not there has none.
const PAGES: &[&str] = &[
    "README.md",
    "docs/cli.md",
    "docs/guide/bulk.md",
    "docs/guide/cli.md",
    "crates/stream-users-cli/README.md",
];

/// The variable that has the pages written anew instead of compared.
const UPDATE: &str = "STREAM_USERS_SESSIONS";

#[test]
fn the_sessions_of_the_pages_are_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let update = std::env::var_os(UPDATE).is_some_and(|value| value == "update");
    let mut wrong = Vec::new();
    let mut run = 0;
    for name in PAGES {
        let path = root.join(name);
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let text = text.replace("\r\n", "\n");
        let typed = sessions(&text);
        if typed.is_empty() {
            continue;
        }
        run += typed.len();
        let printed = shell::run(&typed);
        if update {
            std::fs::write(&path, page::updated(&text, &typed, &printed)).unwrap();
            continue;
        }
        for (session, printed) in typed.iter().zip(&printed) {
            if !page::is_like(&session.printed, printed) {
                wrong.push(told(name, session, printed));
            }
        }
    }
    assert!(run > 0, "no session was found in {PAGES:?}");
    assert!(
        wrong.is_empty(),
        "{}\nfix: mend the command, or run `{UPDATE}=update cargo test -p stream-users-cli --test it sessions` and read \
         what it has written",
        wrong.join("\n")
    );
}

fn told(name: &str, session: &Session, printed: &[String]) -> String {
    let lines = |sign: &str, lines: &[String]| {
        let lines = lines.iter().map(|line| format!("  {sign} {line}\n"));
        lines.collect::<Vec<_>>().concat()
    };
    format!(
        "{name}:{}: $ {}\n{}{}",
        session.line,
        session.typed,
        lines("-", &session.printed),
        lines("+", printed)
    )
}
