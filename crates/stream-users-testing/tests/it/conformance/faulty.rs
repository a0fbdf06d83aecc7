//! A transport that breaks one rule: the one that an environment variable names. Without it, it keeps all of them.

use std::error::Error;
use std::fmt;
use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, header};
use stream_users_core::{Transport, TransportError, TransportErrorKind};
use stream_users_http::ReqwestTransport;
use stream_users_testing::conformance::transport::Settings;
use tokio::sync::Semaphore;

/// The name of the rule that is to be broken.
pub(crate) const BROKEN: &str = "STREAM_USERS_BROKEN_RULE";

stream_users_testing::transport_conformance!(suite, Faulty::new);

type Answered = Result<http::Response<Bytes>, TransportError>;

struct Faulty {
    inner: ReqwestTransport,
    broken: String,
    settings: Settings,
    /// Most faults remember something of a call.
    last_url: Mutex<String>,
    cookies: Mutex<HeaderMap>,
    last_body: Mutex<Option<Bytes>>,
    under_way: AtomicUsize,
    was_dropped: Arc<AtomicBool>,
    permits: Semaphore,
}

impl Faulty {
    fn new(settings: &Settings) -> Self {
        let broken = std::env::var(BROKEN).unwrap_or_default();
        let limit = match broken.as_str() {
            "a_larger_answer_is_too_large" => usize::MAX,
            _ => settings.max_response_bytes,
        };
        let inner = ReqwestTransport::builder()
            .no_proxy()
            .max_response_bytes(limit)
            .timeout(settings.timeout);
        Self {
            inner: inner.build().unwrap(),
            broken,
            settings: *settings,
            last_url: Mutex::default(),
            cookies: Mutex::default(),
            last_body: Mutex::default(),
            under_way: AtomicUsize::new(0),
            was_dropped: Arc::default(),
            // Fewer than the rule sends, and more than any other rule does.
            permits: Semaphore::new(32),
        }
    }

    fn is_broken(&self, rule: &str) -> bool {
        self.broken == rule
    }

    /// What goes wrong with a request on its way.
    fn spoil_request(&self, request: &mut http::Request<Bytes>) {
        match self.broken.as_str() {
            "methods_and_bodies_go_as_they_are" if request.method() == http::Method::DELETE => {
                *request.body_mut() = Bytes::new();
            }
            "the_target_goes_as_it_is" => {
                let uri = request.uri().to_string().replace("%2F", "/");
                *request.uri_mut() = uri.parse().unwrap();
            }
            "headers_go_as_they_are" => {
                if let Some(token) = request.headers_mut().get_mut("authorization") {
                    *token = HeaderValue::try_from(format!("Bearer {}", token.to_str().unwrap())).unwrap();
                }
            }
            "nothing_is_added" => {
                let headers = request.headers_mut();
                headers.insert("x-sent-by", HeaderValue::from_static("a faulty transport"));
            }
            "nothing_is_remembered" => request.headers_mut().extend(self.cookies.lock().unwrap().clone()),
            _ => {}
        }
    }

    async fn send_spoilt(&self, mut request: http::Request<Bytes>) -> Answered {
        self.spoil_request(&mut request);
        match self.broken.as_str() {
            "redirects_are_not_followed" => self.follow(request).await,
            "each_request_is_sent_once" => {
                let answer = self.inner.send(request.clone()).await?;
                if answer.status() == 503 {
                    return self.inner.send(request).await;
                }
                Ok(answer)
            }
            // Others may take as long on a machine that is busy, so that a short timeout must be for this one.
            "silence_is_waited_for" if request.uri().path() == "/silent" => {
                let sending = self.inner.send(request);
                let answered = tokio::time::timeout(Duration::from_millis(20), sending).await;
                answered.unwrap_or_else(|_| Err(TransportErrorKind::Timeout.into()))
            }
            "the_limit_counts_decoded_bytes" => self.decoding(request, Decoding::BehindTheLimit).await,
            "an_encoding_that_was_asked_for_is_undone" => {
                self.decoding(request, Decoding::KeepingTheHeader).await
            }
            "an_encoding_that_was_not_asked_for_stays" => self.decoding(request, Decoding::Everything).await,
            "a_dropped_call_leaves_the_next_one_working" => {
                if self.was_dropped.load(Ordering::SeqCst) {
                    return Err(TransportErrorKind::Interrupted.into());
                }
                let guard = Guard(Some(Arc::clone(&self.was_dropped)));
                let answered = self.inner.send(request).await;
                guard.disarm();
                answered
            }
            "many_calls_are_under_way_at_once" => {
                let _permit = self.permits.acquire().await;
                self.inner.send(request).await
            }
            _ => self.inner.send(request).await,
        }
    }

    async fn follow(&self, request: http::Request<Bytes>) -> Answered {
        let host = request.uri().authority().map_or("", http::uri::Authority::as_str);
        let base = format!("http://{host}");
        let answer = self.inner.send(request).await?;
        let Some(location) = answer.headers().get("location") else {
            return Ok(answer);
        };
        let location = location.to_str().unwrap();
        let url = if location.starts_with('/') {
            base + location
        } else {
            location.to_owned()
        };
        self.inner
            .send(http::Request::get(url).body(Bytes::new()).unwrap())
            .await
    }

    /// Asks for gzip and decodes it here rather than in reqwest.
    async fn decoding(&self, mut request: http::Request<Bytes>, decoding: Decoding) -> Answered {
        let asks = !request.headers().contains_key(header::ACCEPT_ENCODING);
        if asks {
            let gzip = HeaderValue::from_static("gzip");
            request.headers_mut().insert(header::ACCEPT_ENCODING, gzip);
        }
        let limit = self.settings.max_response_bytes;
        let mut answer = self.inner.send(request).await?;
        if answer.body().len() > limit {
            return Err(TransportErrorKind::TooLarge.into());
        }
        let is_gzip = answer
            .headers()
            .get("content-encoding")
            .is_some_and(|encoding| encoding == "gzip");
        if !is_gzip || !(asks || decoding == Decoding::Everything) {
            return Ok(answer);
        }
        let mut body = Vec::new();
        GzDecoder::new(&answer.body()[..])
            .read_to_end(&mut body)
            .map_err(|_| TransportErrorKind::Interrupted)?;
        if body.len() > limit && decoding != Decoding::BehindTheLimit {
            return Err(TransportErrorKind::TooLarge.into());
        }
        *answer.body_mut() = body.into();
        answer.headers_mut().remove("content-length");
        if decoding != Decoding::KeepingTheHeader {
            answer.headers_mut().remove("content-encoding");
        }
        Ok(answer)
    }

    /// What goes wrong with an answer on its way back.
    fn spoil_answer(&self, mut answer: http::Response<Bytes>) -> Answered {
        let limit = self.settings.max_response_bytes;
        match self.broken.as_str() {
            "any_status_is_an_answer" if answer.status().as_u16() >= 400 => {
                return Err(TransportErrorKind::Interrupted.into());
            }
            "bodies_come_byte_for_byte" if answer.headers().contains_key("content-type") => {
                serde_json::from_slice::<serde_json::Value>(answer.body()).map_err(|error| {
                    TransportError::new(TransportErrorKind::Interrupted).with_source(error)
                })?;
            }
            "repeated_headers_stay_repeated" => {
                let last = answer
                    .headers()
                    .iter()
                    .fold(HeaderMap::new(), |mut last, (name, value)| {
                        last.insert(name, value.clone());
                        last
                    });
                *answer.headers_mut() = last;
            }
            "header_values_need_not_be_text" => {
                let texts = answer
                    .headers()
                    .iter()
                    .filter(|(_, value)| value.to_str().is_ok());
                *answer.headers_mut() = texts.map(|(name, value)| (name.clone(), value.clone())).collect();
            }
            "nothing_is_remembered" => {
                if let Some(cookie) = answer.headers().get("set-cookie") {
                    self.cookies.lock().unwrap().insert("cookie", cookie.clone());
                }
            }
            "an_answer_of_the_limits_size_is_taken" if answer.body().len() >= limit => {
                return Err(TransportErrorKind::TooLarge.into());
            }
            "a_larger_answer_is_too_large" if answer.body().len() > limit => {
                if !answer.headers().contains_key("content-length") {
                    return Err(TransportErrorKind::TooLarge.into());
                }
                answer.body_mut().truncate(limit);
            }
            "answers_belong_to_their_requests" if self.under_way.load(Ordering::SeqCst) > 1 => {
                let body = answer.body().clone();
                if let Some(other) = self.last_body.lock().unwrap().replace(body) {
                    *answer.body_mut() = other;
                }
            }
            _ => {}
        }
        Ok(answer)
    }

    /// What goes wrong with an error on its way back.
    fn spoil_error(&self, error: TransportError) -> Answered {
        use TransportErrorKind::{Connect, Interrupted, Request, Timeout};
        let kind = error.kind();
        let texts = std::iter::successors(error.source(), |&cause| cause.source());
        let texts: Vec<String> = texts.map(ToString::to_string).collect();
        let was = |text: &str| texts.iter().any(|cause| cause.contains(text));
        match self.broken.as_str() {
            "a_refused_connection_is_connect" if kind == Connect => Err(Interrupted.into()),
            "a_cut_before_the_answer_is_interrupted" if was("connection closed before message completed") => {
                Err(Connect.into())
            }
            // What was there is taken for all of it.
            "a_cut_body_is_interrupted" | "a_cut_chunked_body_is_interrupted"
                if was("end of file before message length reached") || was("EOF during chunk") =>
            {
                let is_in_chunks = self.last_url.lock().unwrap().ends_with("/cut/chunks");
                if is_in_chunks == self.is_broken("a_cut_chunked_body_is_interrupted") {
                    return Ok(http::Response::new(Bytes::from_static(b"half")));
                }
                Err(error)
            }
            "what_is_no_http_is_an_error" if was("invalid HTTP") => Ok(http::Response::new(Bytes::new())),
            "its_own_timeout_is_timeout" if kind == Timeout => Err(Interrupted.into()),
            "a_request_without_a_host_is_request" if kind == Request => Err(Connect.into()),
            "errors_name_no_secret" => {
                let url = self.last_url.lock().unwrap().clone();
                Err(TransportError::new(kind).with_source(format!("{url} could not be reached")))
            }
            _ => Err(error),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Decoding {
    BehindTheLimit,
    KeepingTheHeader,
    Everything,
}

/// Notices that a call was dropped.
struct Guard(Option<Arc<AtomicBool>>);

impl Guard {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(was_dropped) = &self.0 {
            was_dropped.store(true, Ordering::SeqCst);
        }
    }
}

#[async_trait]
impl Transport for Faulty {
    async fn send(&self, request: http::Request<Bytes>) -> Answered {
        *self.last_url.lock().unwrap() = request.uri().to_string();
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let answered = self.send_spoilt(request).await;
        let answered = match answered {
            Ok(answer) => self.spoil_answer(answer),
            Err(error) => self.spoil_error(error),
        };
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        answered
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Faulty");
        if self.is_broken("the_transports_debug_names_no_secret") {
            shown.field("last_url", &self.last_url);
        }
        shown.finish_non_exhaustive()
    }
}
