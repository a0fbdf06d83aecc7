use std::io::Write;

use super::{failure, good, rows};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 3).unwrap()
}

const ONE: &str = "{\"id\":\"a\"}\n";
const TWO: &str = "{\"id\":\"b\"}\n";

#[test]
fn packed_inputs_are_known_by_their_bytes_and_may_have_several_parts() {
    let expected = [good(1, r#"{"id":"a"}"#), good(2, r#"{"id":"b"}"#)];
    for pack in [gzip, zstd] {
        let parts = [pack(ONE), pack(TWO)].concat();
        for name in ["standard input", "users.ndjson"] {
            assert_eq!(rows(name, &parts, &[]), expected);
        }
    }
    assert_eq!(rows("u.csv.gz", gzip("id\na\n"), &[]), [good(2, r#"{"id":"a"}"#)]);
    assert_eq!(
        rows("u.tsv.zst", zstd("id\tname\na\tA\n"), &[]),
        [good(2, r#"{"id":"a","name":"A"}"#)]
    );
}

#[test]
fn packed_data_that_were_cut_off_or_damaged_are_a_failure_and_no_end() {
    let text = ONE.repeat(20_000);
    for (name, pack) in [
        ("u.ndjson.gz", gzip as fn(&str) -> Vec<u8>),
        ("u.ndjson.zst", zstd),
    ] {
        let whole = pack(&text);
        for length in [whole.len() - 1, whole.len() / 2, 6] {
            let found = failure(name, &whole[..length], &[]);
            assert!(
                found.contains("ends in the middle of its"),
                "{name} at {length}: {found}"
            );
        }
        let mut cut_in_second = whole.clone();
        cut_in_second.extend(&whole[..whole.len() - 3]);
        assert!(failure(name, cut_in_second, &[]).contains("ends in the middle of its"));
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle..].fill(0xaa);
        // What damaged data unpack to may be too little as well.
        assert!(
            failure(name, damaged, &[]).contains("fetch or pack it again"),
            "{name}"
        );
        let mut followed = whole;
        followed.extend(b"and more");
        assert!(
            failure(name, followed, &[]).contains("fetch or pack it again"),
            "{name}"
        );
        assert!(failure(name, ONE, &[]).contains("does not hold them"));
        assert!(failure(name, "", &[]).contains("does not hold them"));
    }
}

#[test]
fn what_is_not_read_is_named() {
    for (bytes, expected) in [
        (&b"PK\x03\x04zip"[..], "holds zip data"),
        (b"BZh91AY", "holds bzip2 data"),
        (b"\xfd7zXZ\0", "holds xz data"),
        (b"\xff\xfei\0d\0", "UTF-16"),
        (b"i\0d\0", "UTF-16"),
        (b"\0i\0d", "UTF-16"),
    ] {
        let found = failure("u.csv", bytes, &[]);
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn a_window_that_is_too_large_says_how_to_pack() {
    // A frame of no known size whose window is 256 MiB.
    let found = failure("u.ndjson.zst", b"\x28\xb5\x2f\xfd\x00\x90\x01\x00\x00", &[]);
    assert!(found.contains("--long=27"), "{found}");
}
