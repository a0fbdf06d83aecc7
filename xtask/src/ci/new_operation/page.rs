//! Reads the walk out of the page: fenced blocks become steps, in the order of the page.
//!
//! The line above a block names its file, in backquotes; the block's language says what is done with it: `rust` is the
//! whole file, `toml` is added to its end, `json` is merged into it, `diff` changes it. `console` holds commands and what
//! they print.

use anyhow::{Context as _, Result, bail, ensure};

/// A step, and the line of the page at which its block begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) what: What,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The file has this text.
    Write(String, String),
    /// This text comes at the end of the file.
    Append(String, String),
    /// The file, which is JSON, has this too.
    Merge(String, String),
    /// The file changes like that.
    Change(String, String),
    /// This is run, and prints that.
    Run(Vec<Command>),
}

/// A command, and the lines that it prints; `…` stands for whatever is left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) words: Vec<String>,
    pub(super) prints: Vec<String>,
}

/// The steps of the section of this heading.
///
/// # Errors
/// Where there is no such section, or a block of it is no step.
pub(super) fn steps(page: &str, heading: &str) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut above = "";
    let mut lines = page
        .lines()
        .zip(1..)
        .skip_while(|(line, _)| *line != heading)
        .skip(1)
        .take_while(|(line, _)| !line.starts_with("## "));
    while let Some((text, line)) = lines.next() {
        let Some(language) = text.strip_prefix("```") else {
            if !text.is_empty() {
                above = text;
            }
            continue;
        };
        let block: Vec<&str> = lines
            .by_ref()
            .map(|(text, _)| text)
            .take_while(|text| *text != "```")
            .collect();
        let what = step(language, above, block.join("\n") + "\n").with_context(|| format!("line {line}"))?;
        steps.push(Step { line, what });
    }
    ensure!(!steps.is_empty(), "there is no section `{heading}` with blocks");
    Ok(steps)
}

fn step(language: &str, above: &str, block: String) -> Result<What> {
    if language == "console" {
        return Ok(What::Run(commands(&block)?));
    }
    let path = above
        .split('`')
        .nth(1)
        .with_context(|| format!("the line above this block names no file in backquotes: {above}"))?
        .to_owned();
    Ok(match language {
        "rust" => What::Write(path, block),
        "toml" => What::Append(path, block),
        "json" => What::Merge(path, block),
        "diff" => What::Change(path, block),
        other => {
            bail!("a block of the language `{other}` is no step; write rust, toml, json, diff or console")
        }
    })
}

fn commands(block: &str) -> Result<Vec<Command>> {
    let mut commands: Vec<Command> = Vec::new();
    for line in block.lines() {
        if let Some(typed) = line.strip_prefix("$ ") {
            commands.push(Command {
                words: typed.split_whitespace().map(str::to_owned).collect(),
                prints: Vec::new(),
            });
        } else {
            let command = commands.last_mut();
            let command = command.context("a console begins with a command, after `$ `")?;
            command.prints.push(line.to_owned());
        }
    }
    Ok(commands)
}

#[cfg(test)]
mod tests {
    use super::{Command, Step, What, steps};

    const PAGE: &str = "# x\n\n```console\n$ no\n```\n\n## The walk\n\nAbout `this`.\n\n`a/b.rs`, whole:\n\n```rust\n\
                        fn a() {}\n\nfn b() {}\n```\n\nIn `c.toml`:\n```toml\nx = 1\n```\n\n```console\n$ cargo xtask x\n\
                        one\n…\n$ cargo y\n```\n\n## Next\n\n```text\nno step\n```\n";

    #[test]
    fn the_blocks_of_the_section_are_its_steps() {
        let command = |words: &[&str], prints: &[&str]| Command {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            prints: prints.iter().map(|line| (*line).to_owned()).collect(),
        };
        assert_eq!(
            steps(PAGE, "## The walk").unwrap(),
            [
                Step {
                    line: 13,
                    what: What::Write("a/b.rs".into(), "fn a() {}\n\nfn b() {}\n".into()),
                },
                Step {
                    line: 20,
                    what: What::Append("c.toml".into(), "x = 1\n".into()),
                },
                Step {
                    line: 24,
                    what: What::Run(vec![
                        command(&["cargo", "xtask", "x"], &["one", "…"]),
                        command(&["cargo", "y"], &[]),
                    ]),
                },
            ]
        );
    }

    #[test]
    fn what_is_no_step_is_named_by_its_line() {
        for (page, words) in [
            ("## A\n\nNo file.\n\n```rust\n```\n", "line 5"),
            ("## A\n\n`a.py`:\n\n```python\n```\n", "`python` is no step"),
            ("## A\n\n```console\nprinted\n```\n", "begins with a command"),
            ("## B\n", "no section `## A`"),
        ] {
            let error = format!("{:#}", steps(page, "## A").unwrap_err());
            assert!(error.contains(words), "{error}");
        }
    }
}
