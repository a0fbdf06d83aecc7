//! Parts of an export's file, as a file store answers them.

use bytes::Bytes;
use http::{Request, Response};
use proptest::prelude::*;
use serde_json::json;

use crate::stream::Stream;

/// A file, where it is, and what is in it.
struct Exported {
    stream: Stream,
    url: String,
    text: String,
}

fn exported() -> Exported {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" }), json!({ "id": "bob", "name": "Bób" })]);
    let started = stream.post("/api/v2/export/users", json!({ "user_ids": ["ada", "bob"] }));
    let url = stream.finish(started)["result"]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let whole = stream.send_raw(Request::get(&url).body(Bytes::new()).unwrap());
    let text = String::from_utf8(whole.body().to_vec()).unwrap();
    Exported { stream, url, text }
}

impl Exported {
    fn ask(&self, method: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
        let mut request = Request::builder().method(method).uri(&self.url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.stream.send_raw(request.body(Bytes::new()).unwrap())
    }

    fn range(&self, range: &str) -> Response<Bytes> {
        self.ask("GET", &[("range", range)])
    }
}

fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[test]
fn the_whole_file_says_that_parts_can_be_asked_for() {
    let file = exported();
    let answer = file.ask("GET", &[]);
    assert_eq!(
        (answer.status(), header(&answer, "accept-ranges")),
        (http::StatusCode::OK, "bytes")
    );
    assert!(header(&answer, "etag").starts_with('"'));
    assert_eq!(header(&answer, "content-range"), "");
}

#[test]
fn parts_are_those_that_were_asked_for() {
    let file = exported();
    let (text, length) = (file.text.as_bytes(), file.text.len());
    let most = u64::MAX;
    for (range, start, end) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=5-9".to_owned(), 5, 10),
        (format!("bytes={}-", length - 3), length - 3, length),
        ("bytes=-4".to_owned(), length - 4, length),
        (format!("bytes=-{}", length + 1), 0, length),
        (format!("bytes=7-{most}0"), 7, length),
    ] {
        let answer = file.range(&range);
        assert_eq!(answer.status(), 206, "{range}");
        assert_eq!(&answer.body()[..], &text[start..end], "{range}");
        assert_eq!(
            header(&answer, "content-range"),
            format!("bytes {start}-{}/{length}", end - 1)
        );
        assert_eq!(header(&answer, "etag"), header(&file.ask("GET", &[]), "etag"));
    }
}

#[test]
fn a_part_behind_the_end_is_refused_with_the_length() {
    let file = exported();
    for range in [format!("bytes={}-", file.text.len()), "bytes=-0".to_owned()] {
        let answer = file.range(&range);
        assert_eq!(answer.status(), 416, "{range}");
        assert_eq!(
            header(&answer, "content-range"),
            format!("bytes */{}", file.text.len())
        );
        assert!(answer.body().is_empty());
    }
}

#[test]
fn what_is_no_single_range_is_left_out_of_account() {
    let file = exported();
    for range in [
        "bytes=9-5",
        "bytes=a-b",
        "bytes=0-1,4-5",
        "lines=0-1",
        "bytes=",
        "bytes=-",
        "bytes=+1-2",
    ] {
        let answer = file.range(range);
        assert_eq!(
            (answer.status(), answer.body().len()),
            (http::StatusCode::OK, file.text.len()),
            "{range}"
        );
    }
}

#[test]
fn a_part_of_another_content_is_not_sent() {
    let file = exported();
    let tag = header(&file.ask("GET", &[]), "etag").to_owned();
    for (condition, value, status) in [
        ("if-range", tag.as_str(), 206),
        ("if-range", "\"other\"", 200),
        ("if-match", tag.as_str(), 206),
        ("if-match", "\"other\"", 412),
        ("if-match", "*", 206),
    ] {
        let answer = file.ask("GET", &[("range", "bytes=0-1"), (condition, value)]);
        assert_eq!(answer.status(), status, "{condition}: {value}");
    }
}

#[test]
fn only_the_head_is_sent_where_only_the_head_is_asked_for() {
    let file = exported();
    let answer = file.ask("HEAD", &[]);
    assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
    assert_eq!(header(&answer, "content-length"), file.text.len().to_string());
    assert!(!header(&answer, "etag").is_empty());
}

#[test]
fn parts_are_not_compressed() {
    let file = exported();
    let answer = file.ask("GET", &[("range", "bytes=0-99"), ("accept-encoding", "gzip")]);
    assert_eq!(
        (answer.status().as_u16(), header(&answer, "content-encoding")),
        (206, "")
    );
    assert_eq!(&answer.body()[..], &file.text.as_bytes()[..100]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is asked for, what comes is what the answer says it is.
    #[test]
    fn any_range_is_answered(ranges in proptest::collection::vec("(bytes|lines)?=?[0-9]{0,4}[-,+ ]{0,2}[0-9]{0,21}", 20)) {
        let file = exported();
        let text = file.text.as_bytes();
        for range in ranges {
            let answer = file.range(&range);
            let says = header(&answer, "content-range").to_owned();
            match answer.status().as_u16() {
                200 => prop_assert_eq!((&answer.body()[..], says.as_str()), (text, "")),
                206 => {
                    let (start, end) = says.strip_prefix("bytes ").unwrap().split_once('-').unwrap();
                    let (end, length) = end.split_once('/').unwrap();
                    let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
                    prop_assert_eq!(&answer.body()[..], &text[start..=end], "{}", range);
                    prop_assert_eq!(length, text.len().to_string());
                }
                416 => prop_assert_eq!(says, format!("bytes */{}", text.len())),
                other => prop_assert!(false, "{}: {}", range, other),
            }
        }
    }
}
