//! [`Batch`]: consecutive rows that are sent together, and halves of it. When to cut one belongs to `cut`.

use stream_users_model::UserId;

use super::journal::{Digest, DigestBuilder, Part};
use super::outcome::ItemError;
use super::row::BulkItem;

/// A row that was checked.
pub(super) struct Entry<T> {
    pub(super) number: u64,
    pub(super) digest: Digest,
    /// What is to be sent, or why there is nothing to send.
    pub(super) item: Result<T, (Option<UserId>, ItemError)>,
}

impl<T: BulkItem> Entry<T> {
    pub(super) fn id(&self) -> Option<&UserId> {
        match &self.item {
            Ok(item) => Some(item.id()),
            Err((id, _)) => id.as_ref(),
        }
    }
}

/// Consecutive rows, at least one.
pub(super) struct Batch<T>(pub(super) Vec<Entry<T>>);

impl<T: BulkItem> Batch<T> {
    /// What is to be sent.
    pub(super) fn items(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(|entry| entry.item.as_ref().ok())
    }

    /// The rows as the journal names them.
    pub(super) fn part(&self) -> Part {
        let mut digest = DigestBuilder::new();
        for entry in &self.0 {
            digest.row(entry.number, entry.digest);
        }
        let number = |entry: Option<&Entry<T>>| entry.map_or(0, |entry| entry.number);
        Part::new(
            number(self.0.first()),
            number(self.0.last()),
            self.0.len() as u64,
            digest.finish(),
        )
    }

    /// Both halves, each with half of what is to be sent.
    pub(super) fn halve(mut self) -> (Self, Self) {
        let half = self.items().count() / 2;
        let mut items = 0;
        let at = self.0.iter().position(|entry| {
            items += usize::from(entry.item.is_ok());
            items > half
        });
        let second = self.0.split_off(at.unwrap_or(self.0.len()));
        (self, Self(second))
    }
}
