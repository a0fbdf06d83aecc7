//! `GET /api/v2/rate_limits`: the quota of each operation on each platform.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};
use stream_users_model::operation;

use super::{ROUTES, Route};
use crate::call::{Answer, Call};
use crate::rate_limits::Platform;

pub(super) const ROUTE: Route = Route {
    operation: &operation::GET_RATE_LIMITS,
    handler: get_rate_limits,
};

#[expect(clippy::unnecessary_wraps, reason = "all routes have the same type")]
fn get_rate_limits(call: &Call<'_>, _: &Transaction<'_>) -> Answer {
    let asked = |platform: &Platform| call.query.get(platform.name()) == Some("true");
    let mut platforms: Vec<Platform> = Platform::ALL.into_iter().filter(asked).collect();
    if platforms.is_empty() {
        platforms = Platform::ALL.to_vec();
    }
    let endpoints: Vec<&str> = call
        .query
        .text("endpoints")
        .map(|list| list.split(',').collect())
        .unwrap_or_default();
    let mut answer = Map::new();
    for platform in platforms {
        let mut limits = Map::new();
        for route in ROUTES
            .iter()
            .filter(|route| endpoints.is_empty() || endpoints.contains(&route.operation.id))
        {
            let quota = call.app.limits.peek(platform, route.operation.id, call.now);
            let limit = json!({ "limit": quota.limit, "remaining": quota.remaining, "reset": quota.reset });
            limits.insert(route.operation.id.to_owned(), limit);
        }
        answer.insert(platform.name().to_owned(), Value::Object(limits));
    }
    Ok(answer)
}
