//! How the demo tells what happened: a line or a JSON object for each step. What happens lives with the steps.

use anyhow::Context;
use serde_json::json;

use crate::output;

pub(super) struct Report {
    json: bool,
    steps: usize,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        Self { json, steps: 0 }
    }

    pub(super) fn begin(&self, base_url: &str) -> anyhow::Result<()> {
        if self.json {
            Ok(())
        } else {
            output::line(&format!("A local Stream listens on {base_url}."))
        }
    }

    /// Tells of a step: what was seen, or why it was not what the service promises.
    pub(super) fn step(&mut self, name: &str, seen: anyhow::Result<String>) -> anyhow::Result<()> {
        self.steps += 1;
        let (ok, detail) = match &seen {
            Ok(detail) => (true, detail.clone()),
            Err(error) => (false, format!("{error:#}")),
        };
        output::line(&if self.json {
            json!({"step": name, "number": self.steps, "ok": ok, "detail": detail}).to_string()
        } else {
            format!(
                "{} {:>2}. {name}: {detail}",
                if ok { "ok  " } else { "FAIL" },
                self.steps
            )
        })?;
        seen.map(drop)
            .with_context(|| format!("the step {name:?} went wrong"))
    }

    pub(super) fn end(&self) -> anyhow::Result<()> {
        if self.json {
            return Ok(());
        }
        output::line(&format!("All {} steps went as the service promises.", self.steps))
    }
}
