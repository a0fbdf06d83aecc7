//! `stream-users man`: the manual pages. The page of the documentation is made by `reference`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::exit::{self, Exit};
use crate::globals::Globals;
use crate::{output, reference};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
To read one:       stream-users man import | man -l -
To install all:    stream-users man --dir ~/.local/share/man/man1")]
pub(crate) struct Arguments {
    /// The command whose page is printed, such as `import` or `task wait`; without one, that of `stream-users` itself
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write all pages to this folder, which is created if there is none
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    dir: Option<PathBuf>,
    /// Print the page of the documentation instead
    #[arg(long, hide = true, conflicts_with_all = ["command", "dir"])]
    markdown: bool,
}

pub(crate) fn run(_globals: &Globals, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut all = crate::Arguments::command();
    all.build();
    if arguments.markdown {
        output::document(reference::page(&all).as_bytes())?;
    } else if let Some(folder) = &arguments.dir {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        write(&all, folder)?;
    } else {
        output::document(&page(find(&all, &arguments.command)?)?)?;
    }
    Ok(Exit::Done)
}

/// The command that some words name.
fn find<'a>(all: &'a Command, words: &[String]) -> anyhow::Result<&'a Command> {
    words.iter().try_fold(all, |command, word| {
        command.find_subcommand(word).ok_or_else(|| {
            let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            exit::usage(format!(
                "{} has no command {word:?}; it has {}",
                command.get_bin_name().unwrap_or_default(),
                names.join(", ")
            ))
        })
    })
}

/// The page of a command and those of the commands below it.
fn write(command: &Command, folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(format!("{}.1", name(command)));
    std::fs::write(&path, page(command)?).with_context(|| format!("{} cannot be written", path.display()))?;
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .try_for_each(|command| write(command, folder))
}

fn page(command: &Command) -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone()).title(name(command)).render(&mut page)?;
    // What stands below the options has lines of its own: examples and tables are not filled up.
    let page = String::from_utf8(page)?.replacen(".SH EXTRA\n", ".SH EXTRA\n.nf\n", 1);
    Ok(page.into_bytes())
}

/// `stream-users-task-wait`.
fn name(command: &Command) -> String {
    let words = command.get_bin_name().unwrap_or_else(|| command.get_name());
    words.replace(' ', "-")
}
