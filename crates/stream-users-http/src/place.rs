//! [`LastPlace`]: the URL of a request. Reading the host's name takes longer than reading the rest, and a client's requests go
//! to one host, so the last one is kept as it was read.

use std::sync::{Arc, Mutex, PoisonError};

use http::Uri;
use http::uri::{Authority, Scheme};
use reqwest::Url;

/// Where the last request went.
#[derive(Clone, Default)]
pub(crate) struct LastPlace(Arc<Mutex<Option<Place>>>);

struct Place {
    scheme: Scheme,
    authority: Authority,
    /// The place's URL, without a path and a query.
    url: Url,
}

impl LastPlace {
    /// The URL that `uri` names; `None` where that is for reqwest to judge.
    pub(crate) fn url(&self, uri: &Uri) -> Option<Url> {
        let (scheme, authority) = (uri.scheme()?, uri.authority()?);
        // A place is whole after every step, so a poisoned lock does no harm.
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |place: &&Place| place.scheme == *scheme && place.authority == *authority;
        if let Some(place) = last.as_ref().filter(is_same) {
            let mut url = place.url.clone();
            url.set_path(uri.path());
            url.set_query(uri.query());
            return Some(url);
        }
        let url = Url::parse(&uri.to_string()).ok()?;
        let mut place = url.clone();
        place.set_path("");
        place.set_query(None);
        *last = Some(Place {
            scheme: scheme.clone(),
            authority: authority.clone(),
            url: place,
        });
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::LastPlace;

    #[test]
    fn a_url_is_the_same_whatever_was_asked_for_before() {
        let last = LastPlace::default();
        for uri in [
            "http://127.0.0.1:8080/a?api_key=k",
            "http://127.0.0.1:8080/users/ada%2Fb%20c%40%C3%A9/x?payload=%7B%22a%22%3A%5B1%5D%7D&b='c'",
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/",
            "http://127.0.0.1:8080?x=1",
            "http://127.0.0.1:8080//a//b/",
            "http://127.0.0.1:8080/a/../b/./c?",
            "http://127.0.0.1:8080/%2e%2e/~a_b-c.d|e?f|g~'(h)",
            "http://127.0.0.1:8081/a?api_key=k",
            "https://EXAMPLE.com:443/prefix/users",
            "https://example.com/prefix/users?x",
            "https://user:password@example.com/a",
            "https://example.com/b",
        ] {
            let uri: http::Uri = uri.parse().unwrap();
            let whole = reqwest::Url::parse(&uri.to_string()).unwrap();
            assert_eq!(last.url(&uri).unwrap().as_str(), whole.as_str());
            assert_eq!(last.url(&uri).unwrap(), whole, "the second time");
        }
        assert_eq!(last.url(&"/only/a/path".parse().unwrap()), None);
    }
}
