//! `GET /api/v2/rate_limits`: the quota of each operation on each platform. Who asks for operations that are not about
//! users is told their quota too, of which nothing is ever used here.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};
use stream_users_model::operation;

use super::{ROUTES, Route};
use crate::call::{Answer, Call};
use crate::platform::Platform;
use crate::rate_limits::Quota;
use crate::read::Problems;

pub(super) const ROUTE: Route = Route {
    operation: &operation::GET_RATE_LIMITS,
    handler: get_rate_limits,
};

fn get_rate_limits(call: &Call<'_>, _: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let asked = |platform: &Platform| call.query.flag(platform.name(), &mut problems);
    let mut platforms: Vec<Platform> = Platform::ALL.into_iter().filter(asked).collect();
    problems.check()?;
    if platforms.is_empty() {
        platforms = Platform::ALL.to_vec();
    }
    let endpoints: Vec<&str> = call
        .query
        .text("endpoints")
        .map(|list| list.split(',').filter(|id| !id.is_empty()).collect())
        .unwrap_or_default();
    let mut answer = Map::new();
    for platform in platforms {
        let mut limits = Map::new();
        let ours = ROUTES.iter().map(|route| route.operation.id);
        for id in ours.filter(|id| endpoints.is_empty() || endpoints.contains(id)) {
            limits.insert(
                id.to_owned(),
                json(call.app.limits.peek(platform, id, &call.app.clock)),
            );
        }
        for id in &endpoints {
            limits
                .entry(*id)
                .or_insert_with(|| json(call.app.limits.unused(id, call.now)));
        }
        answer.insert(platform.name().to_owned(), Value::Object(limits));
    }
    Ok(answer)
}

fn json(quota: Quota) -> Value {
    json!({ "limit": quota.limit, "remaining": quota.remaining, "reset": quota.reset })
}
