//! The files that exports have written. Their address is their permission, as with a signed address of a file
//! store: it carries a signature, and no key or token is asked for.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;
use http::request::Parts;

use crate::app::App;
use crate::dispatch;
use crate::offload;
use crate::read::{Query, percent_decode};
use crate::refusal::Refusal;
use crate::router::variable;
use crate::store::exports;

/// The route of all files.
const PATH: &str = "/exports/users/{file}";

/// Where the file of a task is found.
pub(crate) fn address(origin: &str, task: &str, signature: &str) -> String {
    format!("{origin}/exports/users/{task}.jsonl?signature={signature}")
}

pub(crate) fn router(app: &Arc<App>) -> Router {
    let app = app.clone();
    Router::new().route(
        PATH,
        get(move |request: Request| {
            let app = app.clone();
            async move { offload::run(&app, request.into_parts().0, answer).await }
        }),
    )
}

fn answer(app: &App, parts: &Parts) -> Response {
    let began = Instant::now();
    match file(app, parts) {
        Ok(content) => ([(header::CONTENT_TYPE, "application/x-ndjson")], content).into_response(),
        Err(refusal) => dispatch::refuse(app, parts, refusal, began),
    }
}

fn file(app: &App, parts: &Parts) -> Result<String, Refusal> {
    let name = percent_decode(variable(PATH, parts.uri.path()));
    let task = name.strip_suffix(".jsonl").unwrap_or(&name);
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let signature = query.get("signature").unwrap_or_default();
    app.store
        .transact(|tx| exports::find(tx, task, signature))?
        .ok_or_else(|| Refusal::not_allowed("no such file, or the signature is wrong"))
}
