//! The parts of a build: what cargo's report, `--timings`, says of each. The report is a page for people; the figures stand in it
//! as JSON, behind a name that cargo may change.

use std::fmt;

use serde::Deserialize;

/// What stands before the figures.
const BEFORE: &str = "const UNIT_DATA = ";

/// One part: a crate, its build script, or a run of that.
#[derive(Debug, Deserialize)]
pub(super) struct Unit {
    pub(super) name: String,
    pub(super) version: String,
    /// What it is besides the library, such as ` build-script (run)`.
    pub(super) target: String,
    /// In seconds, on the clock.
    pub(super) duration: f64,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.name, self.version, self.target)
    }
}

/// The parts that a report tells of, the dearest first; `None` where it tells of none in a way that is known.
pub(super) fn read(report: &str) -> Option<Vec<Unit>> {
    let (_, figures) = report.split_once(BEFORE)?;
    let mut values = serde_json::Deserializer::from_str(figures).into_iter::<Vec<Unit>>();
    let mut units = values.next()?.ok()?;
    units.sort_by(|one, other| other.duration.total_cmp(&one.duration));
    Some(units)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_dearest_comes_first() {
        let report = "<script>\nconst UNIT_DATA = [\n\
                      {\"i\": 0, \"name\": \"a\", \"version\": \"1.0.0\", \"target\": \"\", \"duration\": 0.5},\n\
                      {\"i\": 1, \"name\": \"b\", \"version\": \"2.0.0\", \"target\": \" build-script (run)\", \
                      \"duration\": 7}\n];\nconst CONCURRENCY_DATA = [];\n";
        let units: Vec<String> = read(report).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(units, ["b 2.0.0 build-script (run)", "a 1.0.0"]);
    }

    #[test]
    fn a_report_of_another_form_is_none() {
        for other in ["", "const UNITS = [];", "const UNIT_DATA = [{\"name\": \"a\"}];"] {
            assert!(read(other).is_none(), "{other}");
        }
    }
}
