//! `stream-users completions`: what completes the command in a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::globals::Globals;
use crate::output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Where a shell looks for it:
  bash        stream-users completions bash > ~/.local/share/bash-completion/completions/stream-users
  zsh         stream-users completions zsh > ~/.zfunc/_stream-users   (a folder of $fpath)
  fish        stream-users completions fish > ~/.config/fish/completions/stream-users.fish
  powershell  stream-users completions powershell >> $PROFILE
  elvish      stream-users completions elvish >> ~/.config/elvish/rc.elv")]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(_globals: &Globals, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut command = crate::Arguments::command();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "stream-users", &mut script);
    output::document(&script)?;
    Ok(Exit::Done)
}
