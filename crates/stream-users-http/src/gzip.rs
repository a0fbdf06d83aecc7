//! Gzip: asking for it, and unpacking an answer as it comes, up to a limit.
//!
//! reqwest has a decoder, too. It decodes whatever comes encoded, so that a request with an `accept-encoding` of its own needed
//! a second client, with connections and TLS sessions of its own; and it comes with three crates more.

use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status};
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, Entry, HeaderValue, RANGE};
use stream_users_core::{TransportError, TransportErrorKind};

use crate::transport::{ReqwestTransport, too_large};

/// The largest window that gzip has.
const WINDOW_BITS: u8 = 15;
/// What is made room for at least.
const ROOM: usize = 4096;

/// Asks for gzip, unless the request asks for an encoding itself or for a part, which could not be unpacked alone. Whether it
/// did.
pub(crate) fn ask(headers: &mut HeaderMap) -> bool {
    if headers.contains_key(RANGE) {
        return false;
    }
    match headers.entry(ACCEPT_ENCODING) {
        Entry::Vacant(entry) => {
            entry.insert(HeaderValue::from_static("gzip"));
            true
        }
        Entry::Occupied(_) => false,
    }
}

/// Whether the answer is in gzip. The headers that say so are then taken out, as they are not true of what is unpacked.
pub(crate) fn take_encoding(headers: &mut HeaderMap) -> bool {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let first = encodings.next().map(HeaderValue::as_bytes);
    let packed =
        first.is_some_and(|encoding| encoding.eq_ignore_ascii_case(b"gzip")) && encodings.next().is_none();
    if packed {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    packed
}

/// The answer's body, unpacked.
pub(crate) async fn read(
    transport: &ReqwestTransport,
    response: &mut reqwest::Response,
    limit: usize,
) -> Result<Bytes, TransportError> {
    let mut unpacking = Unpacking::new(limit);
    while let Some(piece) = transport.chunk(response).await? {
        unpacking.push(&piece)?;
    }
    unpacking.finish()
}

/// By so much, and an eighth, packed bytes may be more than what they hold.
const MOST_MORE: usize = 64 * 1024;

struct Unpacking {
    /// The member that is being unpacked: a body is one or more, each with an end of its own.
    member: Option<Decompress>,
    whole: Vec<u8>,
    /// How many bytes have come: members without content are packed bytes all the same.
    packed: usize,
    limit: usize,
}

impl Unpacking {
    const fn new(limit: usize) -> Self {
        Self {
            member: None,
            whole: Vec::new(),
            packed: 0,
            limit,
        }
    }

    fn push(&mut self, mut piece: &[u8]) -> Result<(), TransportError> {
        self.packed = self.packed.saturating_add(piece.len());
        if self.packed > self.limit.saturating_add(self.limit / 8 + MOST_MORE) {
            return Err(too_large(self.limit));
        }
        // Where there is no room left, more of what is unpacked may be waiting in the decoder.
        while !piece.is_empty() || (self.member.is_some() && self.whole.len() == self.whole.capacity()) {
            self.make_room(piece.len());
            let member = self
                .member
                .get_or_insert_with(|| Decompress::new_gzip(WINDOW_BITS));
            let (before, length) = (member.total_in(), self.whole.len());
            let status = member
                .decompress_vec(piece, &mut self.whole, FlushDecompress::None)
                .map_err(|error| broken().with_source(error))?;
            let taken = usize::try_from(member.total_in() - before).unwrap_or(usize::MAX);
            if self.whole.len() > self.limit {
                return Err(too_large(self.limit));
            }
            if status == Status::StreamEnd {
                self.member = None;
            } else if taken == 0 && self.whole.len() == length {
                return if piece.is_empty() { Ok(()) } else { Err(broken()) };
            }
            piece = piece.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    /// Room for what so many bytes probably hold, and never for more than one byte beyond the limit.
    fn make_room(&mut self, bytes: usize) {
        let length = self.whole.len();
        if self.whole.capacity() - length < ROOM {
            let more = bytes.saturating_mul(8).max(length).max(ROOM);
            let most = self.limit.saturating_add(1).saturating_sub(length);
            self.whole.reserve_exact(more.min(most));
        }
    }

    fn finish(self) -> Result<Bytes, TransportError> {
        match self.member {
            None => Ok(self.whole.into()),
            Some(_) => Err(broken()),
        }
    }
}

fn broken() -> TransportError {
    TransportError::new(TransportErrorKind::Interrupted)
        .with_message("the answer is not gzip, or lacks its end")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(packed: &[u8], piece: usize, limit: usize) -> Result<Bytes, TransportErrorKind> {
        let mut unpacking = Unpacking::new(limit);
        for piece in packed.chunks(piece) {
            unpacking.push(piece).map_err(|error| error.kind())?;
            assert!(
                unpacking.whole.capacity() <= limit + 1,
                "{}",
                unpacking.whole.capacity()
            );
        }
        unpacking.finish().map_err(|error| error.kind())
    }

    #[test]
    fn a_body_is_unpacked_whatever_its_pieces_are() {
        // What repeats is unpacked to a thousand times its size, what does not to less than it is.
        let mut number = 1_u32;
        let bodies = [
            Vec::new(),
            b"a".to_vec(),
            vec![b'a'; 300_000],
            std::iter::repeat_with(|| {
                number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                number.to_be_bytes()[0]
            })
            .take(50_000)
            .collect(),
        ];
        for body in &bodies {
            let packed = gzip(body);
            for piece in [1, 7, 1000, usize::MAX] {
                assert_eq!(unpack(&packed, piece, 1 << 20).unwrap(), body, "{piece}");
                assert_eq!(unpack(&packed, piece, body.len()).unwrap(), body, "{piece}");
                if let Some(less) = body.len().checked_sub(1) {
                    let refused = unpack(&packed, piece, less).unwrap_err();
                    assert_eq!(refused, TransportErrorKind::TooLarge, "{piece}");
                }
            }
        }
        let members: Vec<u8> = bodies.iter().flat_map(|body| gzip(body)).collect();
        for piece in [1, 1000, usize::MAX] {
            assert_eq!(unpack(&members, piece, 1 << 20).unwrap(), bodies.concat());
        }
    }

    #[test]
    fn members_without_content_have_an_end() {
        let endless = gzip(b"").repeat(10_000);
        let refused = unpack(&endless, 1000, 100).unwrap_err();
        assert_eq!(refused, TransportErrorKind::TooLarge);
    }

    #[test]
    fn what_is_no_gzip_or_is_cut_is_an_error() {
        let whole = gzip(b"of some length, so that there is something to cut off");
        let mut changed = whole.clone();
        let last = changed.len() - 8;
        changed[last] ^= 1;
        let more = [&whole[..], b"more"].concat();
        assert_eq!(unpack(b"", 1, 100).unwrap(), "");
        for packed in [&b"{}"[..], &changed, &more]
            .into_iter()
            .chain((1..whole.len()).map(|length| &whole[..length]))
        {
            for piece in [1, 7, usize::MAX] {
                let refused = unpack(packed, piece, 1 << 20).unwrap_err();
                assert_eq!(refused, TransportErrorKind::Interrupted, "{packed:?}");
            }
        }
    }
}
