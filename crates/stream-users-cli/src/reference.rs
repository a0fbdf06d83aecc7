//! The page `docs/cli.md`, made from the commands as they are. What they do belongs to them.

use std::fmt::Write as _;

use clap::builder::StyledStr;
use clap::{Arg, Command};

/// The whole page. Everything below `all` must have been built.
pub(crate) fn page(all: &Command) -> String {
    let mut out = String::from(
        "<!-- Made by `cargo xtask codegen` from the commands themselves; do not edit. -->\n# The command\n\n",
    );
    let _ = writeln!(out, "{}\n", sentence(&text(all.get_about())));
    out.push_str(
        "[The guide](guide/cli.md) shows how it is set up. `stream-users COMMAND --help` says what stands here.\n\n",
    );
    out.push_str("| command | what it does |\n|---|---|\n");
    for command in shown(all) {
        let name = command.get_name();
        let _ = writeln!(
            out,
            "| [`{name}`](#stream-users-{name}) | {} |",
            text(command.get_about()).replace('|', "\\|")
        );
    }
    out.push_str("\n## Options of every command\n\n");
    list(
        &mut out,
        all.get_arguments().filter(|argument| argument.is_global_set()),
    );
    if let Some(after) = all.get_after_help() {
        let _ = writeln!(
            out,
            "\n## Settings and exit codes\n\n```text\n{}\n```",
            text(Some(after))
        );
    }
    for command in shown(all) {
        section(&mut out, command, 2);
    }
    out
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help")
}

fn section(out: &mut String, command: &Command, level: usize) {
    let name = command.get_bin_name().unwrap_or_default();
    let _ = writeln!(out, "\n{} {name}\n", "#".repeat(level));
    let about = command.get_long_about().or(command.get_about());
    let _ = writeln!(out, "{}\n", sentence(&text(about)));
    let usage = text(Some(&command.clone().render_usage()));
    let _ = writeln!(out, "```text\n{}\n```\n", usage.trim_start_matches("Usage: "));
    let own = |argument: &&Arg| !argument.is_global_set();
    let (positional, options): (Vec<&Arg>, Vec<&Arg>) = command
        .get_arguments()
        .filter(own)
        .partition(|argument| argument.is_positional());
    list(out, positional.into_iter().chain(options));
    if let Some(after) = command.get_after_help() {
        let _ = writeln!(out, "\n```text\n{}\n```", text(Some(after)));
    }
    for below in shown(command) {
        section(out, below, level + 1);
    }
}

/// Options and arguments, a line each.
fn list<'a>(out: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    for argument in arguments {
        if argument.is_hide_set() || matches!(argument.get_id().as_str(), "help" | "version") {
            continue;
        }
        let help = argument.get_long_help().or(argument.get_help());
        let help = text(help).replace('\n', " ");
        let _ = writeln!(
            out,
            "- `{}`: {}{}",
            name(argument),
            sentence(&help),
            more(argument)
        );
    }
}

/// `-y, --yes` or `--config <PATH>`.
fn name(argument: &Arg) -> String {
    let written = argument.to_string();
    match argument.get_short() {
        Some(short) if !argument.is_positional() => format!("-{short}, {written}"),
        _ => written,
    }
}

/// Values, the default and the variable of an option.
fn more(argument: &Arg) -> String {
    let mut more = String::new();
    let takes = argument.get_action().takes_values();
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| takes && !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !values.is_empty() {
        let _ = write!(more, " One of {}.", values.join(", "));
    }
    let defaults: Vec<String> = argument
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    if takes && !defaults.is_empty() && !argument.is_hide_default_value_set() {
        let _ = write!(more, " Default: {}.", defaults.join(", "));
    }
    if let Some(variable) = argument.get_env().filter(|_| !argument.is_hide_env_set()) {
        let _ = write!(more, " Variable: `{}`.", variable.to_string_lossy());
    }
    more
}

fn text(styled: Option<&StyledStr>) -> String {
    styled
        .map(ToString::to_string)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// A text with a full stop at its end.
fn sentence(text: &str) -> String {
    if text.is_empty() || text.ends_with(['.', ':', '!']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}
