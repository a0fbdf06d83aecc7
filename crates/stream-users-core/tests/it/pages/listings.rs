//! Listings of somebody else's: by offsets, by tokens, with pages that are empty, shrink or lead in a circle.

use std::collections::VecDeque;
use std::sync::Mutex;

use futures_util::{StreamExt, TryStreamExt};
use proptest::prelude::*;
use serde_json::{Value, json};
use stream_users_core::{Cursor, Error, ErrorKind, Listing, Page, Pages, Result};
use stream_users_model::operation::{Method, Operation};

const LIST_NUMBERS: Operation = Operation::new("list_numbers", "ListNumbers", Method::Get, "/numbers");

/// The numbers below `total`, `size` in a page, which go on by a token that says nothing about single numbers.
struct ByToken {
    total: u32,
    size: u32,
}

impl Listing for ByToken {
    type Item = u32;
    type Place = Option<String>;

    fn operation(&self) -> &'static Operation {
        &LIST_NUMBERS
    }

    fn query(&self) -> Value {
        json!(null)
    }

    fn start(&self) -> Option<String> {
        None
    }

    async fn page(&self, at: &Option<String>) -> Result<Page<u32, Option<String>>> {
        let from = match at {
            None => 0,
            Some(token) => token[1..].parse().unwrap(),
        };
        let to = (from + self.size).min(self.total);
        let next = (to < self.total).then(|| Some(format!("t{to}")));
        Ok(Page::new(from..to, next))
    }
}

/// The same by an offset, which every number has one of.
struct ByOffset(ByToken);

impl Listing for ByOffset {
    type Item = u32;
    type Place = u32;

    fn operation(&self) -> &'static Operation {
        &LIST_NUMBERS
    }

    fn query(&self) -> Value {
        json!({"by": "offset"})
    }

    fn start(&self) -> u32 {
        0
    }

    async fn page(&self, at: &u32) -> Result<Page<u32, u32>> {
        let to = (*at + self.0.size).min(self.0.total);
        Ok(Page::new(*at..to, (to < self.0.total).then_some(to)))
    }

    fn behind(&self, at: &u32, _: &u32) -> Option<u32> {
        Some(at + 1)
    }
}

/// Answers by a script, each page at the place of its number.
struct Scripted(Mutex<VecDeque<Result<Page<u32, u32>>>>);

impl Scripted {
    fn new(pages: impl IntoIterator<Item = Result<Page<u32, u32>>>) -> Self {
        Self(Mutex::new(pages.into_iter().collect()))
    }
}

impl Listing for Scripted {
    type Item = u32;
    type Place = u32;

    fn operation(&self) -> &'static Operation {
        &LIST_NUMBERS
    }

    fn query(&self) -> Value {
        json!("scripted")
    }

    fn start(&self) -> u32 {
        0
    }

    async fn page(&self, _: &u32) -> Result<Page<u32, u32>> {
        self.0.lock().unwrap().pop_front().unwrap()
    }
}

fn saved(cursor: &Cursor) -> Cursor {
    cursor.to_string().parse().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

proptest! {
    #[test]
    fn each_comes_once_wherever_it_is_resumed(
        total in 0..40_u32,
        runs in prop::collection::vec((1..9_u32, 0..12_usize), 1..6),
        by_token in any::<bool>(),
        by_page in any::<bool>(),
    ) {
        let listing = |size| {
            let numbers = ByToken { total, size };
            if by_token { Pages::new(numbers) } else { Pages::new(ByOffset(numbers)) }
        };
        let found = runtime().block_on(async {
            let (mut found, mut cursor) = (Vec::new(), listing(1).cursor());
            for (run, (size, leave)) in runs.iter().enumerate() {
                let last = run + 1 == runs.len();
                // A token is good for pages of its own size.
                let size = if by_token { runs[0].0 } else { *size };
                let mut pages = listing(size).resume(&saved(&cursor)).unwrap();
                if by_page {
                    for _ in 0..if last { usize::MAX } else { *leave } {
                        let Some(page) = pages.try_next().await.unwrap() else { break };
                        found.extend(page);
                    }
                    cursor = pages.cursor();
                } else {
                    let mut items = pages.items();
                    for _ in 0..if last { usize::MAX } else { *leave } {
                        let Some(number) = items.try_next().await.unwrap() else { break };
                        found.push(number);
                    }
                    cursor = items.cursor();
                }
            }
            found
        });
        prop_assert_eq!(found, (0..total).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn what_is_known_is_left_out_also_where_pages_have_become_smaller() {
    let mut items = Pages::new(ByToken { total: 10, size: 6 }).items();
    for _ in 0..5 {
        items.next().await.unwrap().unwrap();
    }
    let cursor = saved(&items.cursor());
    for size in [2, 4, 6, 9] {
        let rest = Pages::new(ByToken { total: 10, size })
            .items()
            .resume(&cursor)
            .unwrap();
        assert_eq!(
            rest.try_collect::<Vec<_>>().await.unwrap(),
            [5, 6, 7, 8, 9],
            "{size}"
        );
    }
}

#[tokio::test]
async fn what_has_come_behind_the_end_is_found() {
    let mut pages = Pages::new(ByToken { total: 5, size: 4 });
    while pages.try_next().await.unwrap().is_some() {}
    let end = saved(&pages.cursor());
    assert!(pages.next().await.is_none());
    let none = Pages::new(ByToken { total: 5, size: 4 }).resume(&end).unwrap();
    assert_eq!(
        none.try_collect::<Vec<_>>().await.unwrap(),
        Vec::<Vec<u32>>::new()
    );
    let new = Pages::new(ByToken { total: 10, size: 4 }).resume(&end).unwrap();
    assert_eq!(
        new.try_collect::<Vec<_>>().await.unwrap(),
        [vec![5, 6, 7], vec![8, 9]]
    );
}

#[tokio::test]
async fn empty_pages_are_passed_over() {
    let pages = Scripted::new([
        Ok(Page::new([], Some(1))),
        Ok(Page::new([7], Some(2))),
        Ok(Page::new([], Some(3))),
        Ok(Page::new([], None)),
    ]);
    assert_eq!(Pages::new(pages).try_collect::<Vec<_>>().await.unwrap(), [[7]]);
}

#[tokio::test]
async fn a_page_whose_next_is_itself_is_an_error_and_not_handed_out() {
    let mut pages = Pages::new(Scripted::new([
        Ok(Page::new([1], Some(5))),
        Ok(Page::new([2], Some(5))),
    ]));
    assert_eq!(pages.next().await.unwrap().unwrap(), [1]);
    let at = pages.cursor();
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Decode, Some("list_numbers"))
    );
    assert!(pages.next().await.is_none());
    assert_eq!(pages.cursor(), at);
}

/// Places that lead in a circle of `length`, behind `before` others.
struct Circular {
    before: u32,
    length: u32,
    pages: Mutex<u32>,
    empty: bool,
}

impl Listing for Circular {
    type Item = u32;
    type Place = u32;

    fn operation(&self) -> &'static Operation {
        &LIST_NUMBERS
    }

    fn query(&self) -> Value {
        json!("circular")
    }

    fn start(&self) -> u32 {
        0
    }

    async fn page(&self, at: &u32) -> Result<Page<u32, u32>> {
        *self.pages.lock().unwrap() += 1;
        assert!(*self.pages.lock().unwrap() < 1000, "it never ends");
        let last = self.before + self.length - 1;
        let next = if *at == last { self.before } else { at + 1 };
        Ok(Page::new((!self.empty).then_some(*at), Some(next)))
    }
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_end_with_an_error() {
    for (before, length) in [(0, 2), (1, 2), (0, 3), (5, 7), (30, 2), (0, 40)] {
        for empty in [false, true] {
            let circular = Circular {
                before,
                length,
                pages: Mutex::new(0),
                empty,
            };
            let pages: Vec<_> = Pages::new(circular).collect().await;
            let (last, others) = pages.split_last().unwrap();
            assert_eq!(last.as_ref().unwrap_err().kind(), ErrorKind::Decode);
            assert!(others.iter().all(Result::is_ok));
            let most = 3 * (before + length) as usize;
            assert!(
                others.len() <= most,
                "{} pages of {before} and {length}",
                others.len()
            );
        }
    }
}

#[tokio::test]
async fn after_an_error_it_goes_on_where_it_was() {
    let failure = Error::builder(ErrorKind::Timeout)
        .operation("list_numbers")
        .build();
    let mut items = Pages::new(Scripted::new([
        Ok(Page::new([1, 2], Some(9))),
        Err(failure),
        Ok(Page::new([3], None)),
    ]))
    .items();
    assert_eq!(items.next().await.unwrap().unwrap(), 1);
    assert_eq!(items.next_buffered(), Some(2));
    assert!(items.next().await.unwrap().unwrap_err().is_timeout());
    assert!(items.next().await.is_none());
    let cursor = items.cursor();
    let mut items = items.resume(&cursor).unwrap();
    assert_eq!(items.next().await.unwrap().unwrap(), 3);
}

#[test]
fn a_cursor_of_another_listing_or_of_a_place_that_is_none_is_refused() {
    let by_token = || Pages::new(ByToken { total: 5, size: 1 });
    let of_offsets = Pages::new(ByOffset(ByToken { total: 5, size: 1 })).cursor();
    let error = by_token().resume(&of_offsets).unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Invalid, Some("list_numbers"))
    );
    assert!(error.to_string().contains("another query"), "{error}");

    let text = by_token().cursor().to_string();
    let cursor = super::cursors::forged(&text, &json!(["no", "token"]));
    let error = by_token().resume(&cursor.parse().unwrap()).unwrap_err();
    assert!(
        error.is_invalid() && error.to_string().contains("no cursor"),
        "{error}"
    );
}

#[test]
fn pages_and_items_can_be_sent_and_say_what_they_are() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let pages = is_send(Pages::new(ByToken { total: 5, size: 1 }));
    assert_eq!(format!("{pages:?}"), r#"Pages { operation: "list_numbers", .. }"#);
    let items = is_send(pages.items());
    assert!(format!("{items:?}").contains("list_numbers"), "{items:?}");
}
