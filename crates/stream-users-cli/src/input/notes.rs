//! What a reader noticed and is no mistake: said once, when the reading has ended.

use std::sync::{Arc, Mutex, PoisonError};

/// Notes that the reading thread makes and somebody else shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    texts: Vec<String>,
    deactivated: u64,
    are_places: bool,
}

impl Notes {
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A column in which cells became texts and something else.
    pub(super) fn mixed_column(&self, name: &str, field: &str) {
        let text = format!(
            "the column {name:?} held texts and numbers or truth values; say which it is with --column \
             {name}={field}:string"
        );
        self.with(|state| state.texts.push(text));
    }

    /// A row of a user who was deactivated or deleted where it comes from.
    pub(super) fn deactivated(&self) {
        self.with(|state| state.deactivated += 1);
    }

    /// The numbers of rows are their places: the format has no lines, or several rows may stand on one.
    pub(super) fn numbers_are_places(&self) {
        self.with(|state| state.are_places = true);
    }

    /// What the number of a row is: a `line` or a `row`. Known when the first row was read.
    pub(crate) fn number_word(&self) -> &'static str {
        if self.with(|state| state.are_places) {
            "row"
        } else {
            "line"
        }
    }

    /// All of them, as sentences.
    pub(crate) fn take(&self) -> Vec<String> {
        let (mut texts, deactivated) = self.with(|state| {
            (
                std::mem::take(&mut state.texts),
                std::mem::take(&mut state.deactivated),
            )
        });
        if deactivated > 0 {
            texts.push(format!(
                "{deactivated} rows are of users who are deactivated or deleted where they come from; that is not \
                 imported"
            ));
        }
        texts
    }
}
