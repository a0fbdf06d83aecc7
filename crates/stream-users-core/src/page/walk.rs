//! [`Walker`]: the way through a listing, page after page, and the place that it has reached. Nothing here knows what is
//! listed, nor how a place is written.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use stream_users_model::Operation;

use super::cursor::{Cursor, Fingerprint};
use super::listing::{Listing, Page};
use crate::error::{Error, ErrorKind, Result};

/// A [`Walker`] without the type of its listing.
pub(super) trait Walk<T>: Send {
    fn operation(&self) -> &'static Operation;

    /// The next page that is not empty; `None` behind the end and after an error.
    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Vec<T>>>>;

    /// The place behind the last page.
    fn cursor(&self) -> Cursor;

    fn resume(&mut self, cursor: &Cursor) -> Result<()>;

    /// Notes that the next item of the last page was handed out alone.
    fn hand_out(&mut self, item: &T);

    /// The place behind the item that was handed out last; to be asked while items of the last page are left.
    fn item_cursor(&self) -> Cursor;
}

pub(super) struct Walker<'a, L: Listing> {
    listing: Arc<L>,
    fingerprint: Fingerprint,
    /// Where the next page starts.
    at: Spot<L::Place>,
    /// Where the next item of the last page is.
    item: Spot<L::Place>,
    circle: Circle<L::Place>,
    asking: Option<BoxFuture<'a, Asked<L>>>,
    ended: bool,
}

type Asked<L> = Result<Page<<L as Listing>::Item, <L as Listing>::Place>>;

/// A place of a listing, and how many items behind it were handed out.
#[derive(Clone)]
struct Spot<P> {
    place: P,
    known: u32,
}

impl<'a, L: Listing + 'a> Walker<'a, L> {
    pub(super) fn new(listing: L) -> Self {
        let start = Spot::new(listing.start());
        Self {
            fingerprint: Fingerprint::of(listing.operation(), &listing.query()),
            circle: Circle::new(start.place.clone()),
            at: start.clone(),
            item: start,
            asking: None,
            ended: false,
            listing: Arc::new(listing),
        }
    }

    fn ask(&self) -> BoxFuture<'a, Asked<L>> {
        let (listing, place) = (Arc::clone(&self.listing), self.at.place.clone());
        Box::pin(async move { listing.page(&place).await })
    }

    /// What of an answer is new. Moves to the next page, or behind the last item of all.
    fn receive(&mut self, page: Page<L::Item, L::Place>) -> Result<Vec<L::Item>> {
        let mut items = page.items;
        let known = items.len().min(self.at.known as usize);
        match page.next {
            Some(next) if next == self.at.place => {
                return Err(self.failure(
                    ErrorKind::Decode,
                    "the service answered the same page again when it was asked for what comes behind it",
                ));
            }
            Some(next) if self.circle.is_closed_by(&next) => {
                return Err(self.failure(
                    ErrorKind::Decode,
                    "the service led back to a page that was read before: its pages would never end",
                ));
            }
            Some(place) => {
                self.item = self.at.clone();
                // Where pages have become smaller, some of the next one are known, too.
                self.at = Spot {
                    place,
                    known: self.at.known - count(known),
                };
                self.ended = false;
            }
            None => {
                self.item = self.at.clone();
                for item in &items[known..] {
                    self.at.pass(&*self.listing, item);
                }
            }
        }
        items.drain(..known);
        Ok(items)
    }

    fn failure(&self, kind: ErrorKind, message: &str) -> Error {
        Error::builder(kind)
            .operation(self.listing.operation().name)
            .message(message)
            .build()
    }

    fn cursor_at(&self, spot: &Spot<L::Place>) -> Cursor {
        Cursor::new(self.fingerprint.clone(), &spot.place, spot.known)
    }
}

impl<'a, L: Listing + 'a> Walk<L::Item> for Walker<'a, L> {
    fn operation(&self) -> &'static Operation {
        self.listing.operation()
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Vec<L::Item>>>> {
        while !self.ended {
            let mut asking = self.asking.take().unwrap_or_else(|| self.ask());
            let Poll::Ready(answer) = asking.poll_unpin(context) else {
                self.asking = Some(asking);
                return Poll::Pending;
            };
            self.ended = true;
            let items = self.receive(answer?)?;
            if !items.is_empty() {
                return Poll::Ready(Some(Ok(items)));
            }
        }
        Poll::Ready(None)
    }

    fn cursor(&self) -> Cursor {
        self.cursor_at(&self.at)
    }

    fn resume(&mut self, cursor: &Cursor) -> Result<()> {
        let (place, known): (L::Place, u32) = cursor
            .place_in(&self.fingerprint)
            .map_err(|message| self.failure(ErrorKind::Invalid, message))?;
        self.circle = Circle::new(place.clone());
        self.at = Spot { place, known };
        self.asking = None;
        self.ended = false;
        Ok(())
    }

    fn hand_out(&mut self, item: &L::Item) {
        self.item.pass(&*self.listing, item);
    }

    fn item_cursor(&self) -> Cursor {
        self.cursor_at(&self.item)
    }
}

impl<P> Spot<P> {
    fn new(place: P) -> Self {
        Self { place, known: 0 }
    }

    /// Moves behind an item.
    fn pass<L: Listing<Place = P>>(&mut self, listing: &L, item: &L::Item) {
        match listing.behind(&self.place, item) {
            Some(place) => *self = Self::new(place),
            None => self.known = self.known.saturating_add(1),
        }
    }
}

/// Finds that places repeat, without keeping all of them: each is compared with one that is kept, which is replaced after 1,
/// 2, 4, 8 and so on of them. A circle is found within three times its length, and the way to it.
struct Circle<P> {
    kept: P,
    passed: u64,
    until: u64,
}

impl<P: Clone + PartialEq> Circle<P> {
    fn new(start: P) -> Self {
        Self {
            kept: start,
            passed: 0,
            until: 1,
        }
    }

    fn is_closed_by(&mut self, next: &P) -> bool {
        if self.kept == *next {
            return true;
        }
        self.passed += 1;
        if self.passed == self.until {
            self.kept = next.clone();
            self.passed = 0;
            self.until = self.until.saturating_mul(2);
        }
        false
    }
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}
