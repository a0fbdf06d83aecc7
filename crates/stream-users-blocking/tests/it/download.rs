//! The records of an export's file as an iterator.

use stream_users_core::model::ExportedFile;
use stream_users_core::{Error, ErrorKind, ExportPart, Response};

use crate::{mock, over};

const FILE: &str = "{\"type\":\"a\"}\n{\"type\":\"b\"}\nno json\n{\"type\":\"c\"}\n";

#[test]
fn records_to_the_end_with_those_that_cannot_be_read_in_their_place() {
    let mut mock = mock();
    mock.expect_read_export().returning(|request| {
        let start = usize::try_from(request.start).unwrap();
        let end = FILE.len().min(start + usize::try_from(request.length).unwrap());
        let part = ExportPart::new(&FILE.as_bytes()[start..end], end == FILE.len());
        Ok(Response::new(part.total(FILE.len() as u64).validator("\"v1\"")))
    });
    let users = over(mock);
    let file = ExportedFile::new("https://files.test/marker");
    let mut download = users.download(&file).part_size(7).max_record_size(20);
    let kind = |record: Option<_>| match record.unwrap() {
        Ok(record) => stream_users_core::model::ExportRecord::<_>::kind(&record).to_owned(),
        Err(error) => Error::kind(&error).eq(&ErrorKind::Decode).to_string(),
    };
    assert_eq!(kind(download.next()), "a");
    let cursor = download.cursor();
    assert_eq!((cursor.offset(), cursor.total()), (13, Some(FILE.len() as u64)));
    assert!(!format!("{download:?}").contains("marker"));
    let mut rest = users.download(&file).resume(cursor);
    assert_eq!([(); 3].map(|()| kind(rest.next())), ["b", "true", "c"]);
    assert!(rest.next().is_none() && rest.next().is_none());
    assert_eq!(rest.cursor().offset(), FILE.len() as u64);
}

#[test]
fn nothing_is_asked_before_it_is_wanted_and_nothing_after_an_error() {
    let mut mock = mock();
    mock.expect_read_export()
        .times(1)
        .returning(|_| Err(Error::builder(ErrorKind::Connect).build()));
    let users = over(mock);
    let mut download = users.download(&ExportedFile::new("https://files.test/"));
    assert_eq!(download.next().unwrap().unwrap_err().kind(), ErrorKind::Connect);
    assert!(download.next().is_none());
    assert_eq!(download.cursor().offset(), 0);
}
