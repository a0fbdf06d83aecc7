//! [`Listing`]: what is read page by page. How pages follow each other is the business of `walk`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use stream_users_model::Operation;

use crate::error::Result;

/// A listing of the service that comes in pages: what [`Pages`](crate::Pages) are made of.
///
/// The users of a query are one. An author of another SDK implements it for the listings of other operations, whether the
/// service goes on by an offset, by a token in the last answer or by a filter:
///
/// ```
/// use futures_util::TryStreamExt;
/// use serde_json::{Value, json};
/// use stream_users_core::{Listing, Page, Pages, Result};
/// use stream_users_model::operation::{Method, Operation};
///
/// const LIST_LETTERS: Operation = Operation::new("list_letters", "ListLetters", Method::Get, "/letters").idempotent();
///
/// /// The letters of an alphabet, two in a page.
/// struct Letters(&'static str);
///
/// impl Listing for Letters {
///     type Item = char;
///     /// How many letters to skip.
///     type Place = usize;
///
///     fn operation(&self) -> &'static Operation {
///         &LIST_LETTERS
///     }
///
///     fn query(&self) -> Value {
///         json!({"alphabet": self.0})
///     }
///
///     fn start(&self) -> usize {
///         0
///     }
///
///     /// An SDK makes a call here.
///     async fn page(&self, at: &usize) -> Result<Page<char, usize>> {
///         let letters: Vec<char> = self.0.chars().skip(*at).take(2).collect();
///         let next = Some(at + letters.len()).filter(|_| letters.len() == 2);
///         Ok(Page::new(letters, next))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let mut letters = Pages::new(Letters("abcde")).items();
/// assert_eq!(letters.try_next().await?, Some('a'));
/// let saved = letters.cursor().to_string();
///
/// let rest = Pages::new(Letters("abcde")).items().resume(&saved.parse()?)?;
/// assert_eq!(rest.try_collect::<String>().await?, "bcde");
/// # Ok(())
/// # }
/// ```
pub trait Listing: Send + Sync {
    /// What is listed.
    type Item: Send;

    /// A place in the listing, from which a page can be asked for: an offset, a token, the key of the item before.
    ///
    /// It is written into cursors as JSON, readable to whoever decodes them, and may be read by later versions of its
    /// crate. What comes back from a cursor may have been changed on the way.
    type Place: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync;

    /// The operation that asks for a page; errors and cursors name it.
    fn operation(&self) -> &'static Operation;

    /// All that decides which items come in which order, as JSON: a cursor of one listing does not resume another. The size
    /// of a page does not belong to it. It must be the same in every process and version.
    fn query(&self) -> Value;

    /// The place of the first page.
    fn start(&self) -> Self::Place;

    /// The page at a place.
    ///
    /// An empty page that has a next one is passed over.
    ///
    /// # Errors
    /// Those of the call, and `Invalid` where there is no such place.
    fn page(&self, at: &Self::Place) -> impl Future<Output = Result<Page<Self::Item, Self::Place>>> + Send;

    /// The place behind `item`, which is the next one behind `at`; `None` where no page can be asked for from there.
    ///
    /// With `None`, which is the default, a cursor in the midst of a page is the page's own place and the number of items
    /// to leave out of it.
    fn behind(&self, at: &Self::Place, item: &Self::Item) -> Option<Self::Place> {
        let _ = (at, item);
        None
    }
}

/// A page of a [`Listing`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T, P> {
    /// The items, in order.
    pub items: Vec<T>,
    /// The place of the next page; `None` where this is the last.
    pub next: Option<P>,
}

impl<T, P> Page<T, P> {
    /// A page of these items, and the place of the next one, unless it is the last.
    #[must_use]
    pub fn new(items: impl IntoIterator<Item = T>, next: Option<P>) -> Self {
        Self {
            items: items.into_iter().collect(),
            next,
        }
    }
}
