//! What stands between the router and whoever carries its answers, a socket or a caller: pages of other origins are
//! let in, answers are dated, and faults that concern a connection take their effect.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, HttpBody, to_bytes};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use hyper::body::Frame;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use tower_service::Service;

use crate::app::App;
use crate::clock::Clock;
use crate::faults::Exactly;
use crate::offload;

/// A [fault](crate::Fault) dropped the connection: there is no answer, and nothing says whether the work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection was dropped before there was an answer")]
#[non_exhaustive]
pub struct ConnectionDropped;

/// Marks an answer that does not arrive, or not whole. [`dispatch`](crate::dispatch) sets it as a fault says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    Drop,
    Cut,
}

/// The router, and the router for browsers.
#[derive(Clone)]
pub(crate) struct Gate {
    app: Arc<App>,
    router: Router,
    browsers: Router,
}

impl Gate {
    pub(crate) fn new(router: Router, app: Arc<App>) -> Self {
        let cors = CorsLayer::new()
            .allow_origin(Any)
            .allow_methods([
                Method::GET,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ])
            // `*` would not stand for `Authorization`.
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers(Any);
        Self {
            app,
            browsers: router.clone().layer(cors),
            router,
        }
    }

    /// Answers a request, unless a fault drops its connection.
    pub(crate) async fn answer(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Body>, ConnectionDropped> {
        let over_socket = offload::is_over_socket(request.extensions());
        let router = if is_of_browser(&request) {
            &mut self.browsers
        } else {
            &mut self.router
        };
        let Ok(mut response) = Service::<Request<Body>>::call(router, request).await;
        date(&self.app.clock, response.headers_mut());
        if let Some(answer) = response.extensions_mut().remove::<Exactly>() {
            *response.headers_mut() = answer.headers;
            *response.body_mut() = Body::from(answer.body);
        }
        match response.extensions_mut().remove::<Break>() {
            None => Ok(response),
            Some(Break::Drop) => Err(ConnectionDropped),
            // Whoever reads half of an answer from a socket gets an error and not that half.
            Some(Break::Cut) if !over_socket => Err(ConnectionDropped),
            Some(Break::Cut) => Ok(cut(response).await),
        }
    }
}

/// Dates an answer by the emulator's clock. Where there is no `Date`, HTTP would write the machine's.
pub(crate) fn date(clock: &Clock, headers: &mut HeaderMap) {
    if let Some(date) = clock.date() {
        headers.insert(header::DATE, date);
    }
}

/// Whether the request is one of a page in a browser. `OPTIONS` is a question about another request only if it says
/// which.
fn is_of_browser<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    headers.contains_key(header::ORIGIN)
        && (request.method() != Method::OPTIONS
            || headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD))
}

/// The first half of an answer, which claims to be the whole of it.
async fn cut(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let length = body.size_hint().exact();
    // The body is in memory already, so that it can be read.
    let mut whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    whole.truncate(whole.len() / 2);
    if let Some(length) = length {
        parts
            .headers
            .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::new(Half::Unsent(whole)))
}

/// A body that is sent and then fails, so that its connection is closed.
enum Half {
    Unsent(Bytes),
    Sent,
    Flushed,
}

impl HttpBody for Half {
    type Data = Bytes;
    type Error = ConnectionDropped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ConnectionDropped>>> {
        match mem::replace(&mut *self, Self::Flushed) {
            Self::Unsent(half) => {
                *self = Self::Sent;
                Poll::Ready(Some(Ok(Frame::data(half))))
            }
            // What was sent reaches the socket while this body has nothing more.
            Self::Sent => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Flushed => Poll::Ready(Some(Err(ConnectionDropped))),
        }
    }
}
