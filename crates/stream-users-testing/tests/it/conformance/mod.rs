//! The conformance suites: they pass what keeps their rules, and each rule finds what breaks it.

mod document;
mod faulty;
mod proof;
mod scripted;
