//! The files that exports have written. Their address is their permission, as with a signed address of a file
//! store: it carries a signature, and no key or token is asked for.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::read::Query;
use crate::store::exports;

/// Where the file of a task is found.
pub(crate) fn address(origin: &str, task: &str, signature: &str) -> String {
    format!("{origin}/exports/users/{task}.jsonl?signature={signature}")
}

pub(crate) fn router(app: &Arc<App>) -> Router {
    let app = app.clone();
    Router::new().route(
        "/exports/users/{file}",
        get(move |Path(file): Path<String>, request: Request| {
            let query = Query::parse(request.uri().query().unwrap_or_default());
            std::future::ready(file_of(&app, &file, query.get("signature").unwrap_or_default()))
        }),
    )
}

fn file_of(app: &App, file: &str, signature: &str) -> Response {
    let task = file.strip_suffix(".jsonl").unwrap_or(file);
    match app.store.transact(|tx| exports::find(tx, task, signature)) {
        Ok(Some(content)) => ([(header::CONTENT_TYPE, "application/x-ndjson")], content).into_response(),
        Ok(None) => (StatusCode::FORBIDDEN, "no such file, or the signature is wrong").into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
