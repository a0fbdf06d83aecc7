//! [`Counting`]: on a terminal, how many there are by now and how fast they come. Results belong to `output`.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::globals::Globals;

/// A count that goes up on standard error, where that is a terminal.
pub(crate) struct Counting(ProgressBar);

impl Counting {
    /// Counts on from `before`. Where results go to the same terminal, nothing is shown between them.
    pub(crate) fn new(globals: &Globals, what: &str, before: u64, results_are_printed: bool) -> Self {
        let is_shown = !globals.quiet
            && std::io::stderr().is_terminal()
            && !(results_are_printed && std::io::stdout().is_terminal());
        let bar = ProgressBar::with_draw_target(
            None,
            if is_shown {
                ProgressDrawTarget::stderr()
            } else {
                ProgressDrawTarget::hidden()
            },
        );
        let template = "{human_pos} {prefix}, {per_sec}, {elapsed}{msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        bar.set_position(before);
        bar.reset_eta();
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// How many there are by now.
    pub(crate) fn set(&self, count: u64) {
        self.0.set_position(count);
    }

    /// What else there is to say.
    pub(crate) fn say(&self, text: String) {
        self.0.set_message(text);
    }

    /// Nothing more is shown.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
