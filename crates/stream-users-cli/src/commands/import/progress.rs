//! How far an import is, on a terminal: a line that changes. Elsewhere nothing is said but what somebody has to know.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use stream_users_core::bulk::BulkProgress;

use crate::input::{BytesRead, Input};
use crate::output;

/// For how long a rate looks back.
const WINDOW: Duration = Duration::from_secs(10);

/// Shows how far an import is.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    read: BytesRead,
    size: Option<u64>,
    begun: Instant,
    patience: Duration,
    is_waiting: bool,
    is_quiet: bool,
    /// What stood when, for the rate and the time left: at most one for each second of [`WINDOW`].
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    at: Instant,
    bytes: u64,
    rows: u64,
}

impl Progress {
    pub(super) fn new(input: &Input, quiet: bool, patience: Duration) -> Self {
        let bar = (std::io::stderr().is_terminal() && !quiet).then(|| {
            let bar = ProgressBar::with_draw_target(input.size(), ProgressDrawTarget::stderr_with_hz(5));
            let template = match input.size() {
                Some(_) => "[{bar:24}] {percent:>3}%  {wide_msg}",
                None => "{spinner}  {wide_msg}",
            };
            // A template that is not valid would be a mistake here; the default shows the same.
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar
        });
        Self {
            bar,
            read: input.bytes_read(),
            size: input.size(),
            begun: Instant::now(),
            patience,
            is_waiting: false,
            is_quiet: quiet,
            marks: Vec::new(),
        }
    }

    /// Shows how far it is now.
    pub(super) fn show(&mut self, progress: &BulkProgress) {
        self.mark(progress);
        self.waiting(progress.waiting);
        if let Some(bar) = &self.bar {
            let text = self.text(progress);
            match self.size {
                Some(_) => bar.set_position(self.read.get()),
                None => bar.tick(),
            }
            bar.set_message(text);
        }
    }

    /// Says something, without disturbing the line that changes.
    pub(super) fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::told(text)),
            None => output::told(text),
        }
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Says once that the service is away, and once that it is there again.
    fn waiting(&mut self, waiting: bool) {
        if waiting == self.is_waiting {
            return;
        }
        self.is_waiting = waiting;
        if self.is_quiet {
            return;
        }
        if waiting {
            self.say(&format!(
                "the service does not answer as it should: waiting for it, for {} at most (--patience)",
                duration(self.patience)
            ));
        } else {
            self.say("the service answers again");
        }
    }

    fn mark(&mut self, progress: &BulkProgress) {
        let now = Instant::now();
        if self
            .marks
            .last()
            .is_some_and(|mark| now - mark.at < Duration::from_secs(1))
        {
            return;
        }
        self.marks.retain(|mark| now - mark.at <= WINDOW);
        self.marks.push(Mark {
            at: now,
            bytes: self.read.get(),
            rows: progress.done + progress.failed,
        });
    }

    fn text(&self, progress: &BulkProgress) -> String {
        let there = progress.done + progress.known - progress.known_failed;
        let mut parts = vec![count(there, "user")];
        if let Some(first) = self.marks.first() {
            let seconds = first.at.elapsed().as_secs_f64();
            let rows = (progress.done + progress.failed).saturating_sub(first.rows);
            if seconds >= 1.0 {
                parts.push(format!("{}/s", number(per_second(rows, seconds))));
            }
            let bytes = self.read.get().saturating_sub(first.bytes);
            if let Some(size) = self.size
                && bytes > 0
                && rows > 0
            {
                let left = size.saturating_sub(self.read.get());
                parts.push(format!("{} left", duration(left_at(left, bytes, seconds))));
            }
        }
        let failed = progress.failed + progress.known_failed;
        if failed > 0 {
            parts.push(format!("{} failed", number(failed)));
        }
        parts.push(format!("{} under way", progress.in_flight));
        if progress.waiting {
            parts.push("waiting for the service".to_owned());
        }
        parts.join(", ")
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a rate to look at"
)]
pub(super) fn per_second(rows: u64, seconds: f64) -> u64 {
    if seconds > 0.0 {
        (rows as f64 / seconds) as u64
    } else {
        0
    }
}

/// How long so many bytes take at the rate of those that were read.
#[expect(clippy::cast_precision_loss, reason = "a time to look at")]
fn left_at(left: u64, bytes: u64, seconds: f64) -> Duration {
    Duration::try_from_secs_f64(left as f64 / bytes as f64 * seconds).unwrap_or(Duration::MAX)
}

/// A number with commas: `1,234,567`.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something: `1 user`, `1,234 users`.
pub(super) fn count(count: u64, what: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{} {what}{end}", number(count))
}

/// A duration for people: `42 s`, `3 min 5 s`, `2 h 10 min`.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0..10) => format!("{:.1} s", duration.as_secs_f64()),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, number};

    #[test]
    fn numbers_have_commas() {
        for (value, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn durations_are_as_long_as_need_be() {
        for (millis, expected) in [
            (1_240, "1.2 s"),
            (42_000, "42 s"),
            (185_000, "3 min 5 s"),
            (300_000, "5 min"),
            (7_830_000, "2 h 10 min"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), expected);
        }
    }
}
