//! [`Screen`]: standard output, which may be a terminal or a pipe that nobody reads any more.

use std::io::{BufWriter, ErrorKind, IsTerminal, Stdout, Write};

use anyhow::Context;

use super::text::{escaped, visible};

pub(super) struct Screen {
    out: BufWriter<Stdout>,
    terminal: bool,
    /// Whether its reader has gone away.
    closed: bool,
}

impl Screen {
    pub(super) fn new() -> Self {
        let out = std::io::stdout();
        Self {
            terminal: out.is_terminal(),
            out: BufWriter::with_capacity(1 << 16, out),
            closed: false,
        }
    }

    pub(super) const fn is_terminal(&self) -> bool {
        self.terminal
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.closed
    }

    /// How many cells a line has; a pipe has no bound.
    pub(super) fn width(&self) -> Option<usize> {
        let (width, _) = self.terminal.then(terminal_size::terminal_size).flatten()?;
        Some(width.0.into())
    }

    pub(super) fn has_colours(&self) -> bool {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        self.terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    }

    /// A line of JSON. What would steer a terminal is escaped there, which says the same.
    pub(super) fn json(&mut self, json: &str) -> anyhow::Result<()> {
        self.json_without_end(json)?;
        self.raw("\n")
    }

    pub(super) fn json_without_end(&mut self, json: &str) -> anyhow::Result<()> {
        if self.terminal {
            self.raw(&escaped(json))
        } else {
            self.raw(json)
        }
    }

    /// A line of text. What would steer a terminal is made visible there.
    pub(super) fn text(&mut self, text: &str) -> anyhow::Result<()> {
        if self.terminal {
            self.raw(&visible(text))?;
        } else {
            self.raw(text)?;
        }
        self.raw("\n")
    }

    /// A line that steers the terminal where it should.
    pub(super) fn styled(&mut self, text: &str) -> anyhow::Result<()> {
        self.raw(text)?;
        self.raw("\n")
    }

    pub(super) fn raw(&mut self, text: &str) -> anyhow::Result<()> {
        if self.closed {
            return Ok(());
        }
        let written = self.out.write_all(text.as_bytes());
        self.told(written)
    }

    pub(super) fn flush(&mut self) -> anyhow::Result<()> {
        if self.closed {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.told(flushed)
    }

    /// A reader that has gone away is no error.
    fn told(&mut self, written: std::io::Result<()>) -> anyhow::Result<()> {
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            written => written.context("standard output could not be written"),
        }
    }
}
