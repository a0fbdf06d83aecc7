//! A service that does what pages ask for, said as plainly as can be: look at each user, keep those who match, sort, cut.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use stream_users_model::Timestamp;
use stream_users_testing::{Answer, RecordedRequest};

use super::payload;
use crate::stage::Stage;

/// What becomes of the users once the request of this number was answered.
type Churn = dyn Fn(usize, &mut Vec<Value>) + Send + Sync;

#[derive(Clone)]
pub(super) struct Service {
    users: Arc<Mutex<Vec<Value>>>,
    /// Whether users without a value come before the others, whatever the direction.
    unset_first: bool,
    /// Whether texts other than ids are compared without regard to case.
    folds_case: bool,
}

impl Service {
    pub(super) fn new(users: Vec<Value>) -> Self {
        Self {
            users: Arc::new(Mutex::new(users)),
            unset_first: true,
            folds_case: false,
        }
    }

    pub(super) fn unset_first(mut self, first: bool) -> Self {
        self.unset_first = first;
        self
    }

    pub(super) fn folds_case(mut self) -> Self {
        self.folds_case = true;
        self
    }

    pub(super) fn add(&self, user: Value) {
        self.users.lock().unwrap().push(user);
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage_with(|_, _| {})
    }

    pub(super) fn stage_with(&self, churn: impl Fn(usize, &mut Vec<Value>) + Send + Sync + 'static) -> Stage {
        let (service, churn): (_, Box<Churn>) = (self.clone(), Box::new(churn));
        let answered = Mutex::new(0);
        Stage::answering(move |request| {
            let answer = service.answer(request);
            let mut answered = answered.lock().unwrap();
            churn(*answered, &mut service.users.lock().unwrap());
            *answered += 1;
            answer
        })
    }

    fn answer(&self, request: &RecordedRequest) -> Answer {
        let query = payload(request);
        let number = |name: &str| usize::try_from(query[name].as_u64().unwrap_or(0)).unwrap();
        let (offset, limit) = (number("offset"), number("limit"));
        if offset > 1_000 || !(1..=100).contains(&limit) {
            return Answer::json(400, json!({"code": 4, "message": "skips or takes too many"}));
        }
        let users = self.found(&query["filter_conditions"], &query["sort"]);
        let users: Vec<Value> = users.into_iter().skip(offset).take(limit).collect();
        Answer::json(200, json!({ "users": users }))
    }

    /// All users whom a query finds, in its order.
    pub(super) fn found(&self, filter: &Value, sort: &Value) -> Vec<Value> {
        let mut users = self.users.lock().unwrap().clone();
        users.retain(|user| self.matches(user, filter.as_object().unwrap()));
        users.sort_by(|a, b| {
            let orders = sort.as_array().unwrap().iter();
            orders.fold(Ordering::Equal, |found, order| {
                found.then_with(|| self.order(a, b, order))
            })
        });
        users
    }

    fn order(&self, a: &Value, b: &Value, order: &Value) -> Ordering {
        let field = order["field"].as_str().unwrap();
        let (a, b) = (&a[field], &b[field]);
        if a.is_null() || b.is_null() {
            let unset_last = a.is_null().cmp(&b.is_null());
            return if self.unset_first {
                unset_last.reverse()
            } else {
                unset_last
            };
        }
        let found = self.compare(field, a, b);
        if order["direction"] == -1 {
            found.reverse()
        } else {
            found
        }
    }

    fn compare(&self, field: &str, a: &Value, b: &Value) -> Ordering {
        if field.ends_with("_at") || field == "last_active" {
            let time = |value: &Value| serde_json::from_value::<Timestamp>(value.clone()).unwrap();
            return time(a).cmp(&time(b));
        }
        if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
            return a.cmp(&b);
        }
        let (a, b) = (a.as_str().unwrap(), b.as_str().unwrap());
        if self.folds_case && field != "id" {
            return a.to_lowercase().cmp(&b.to_lowercase());
        }
        a.cmp(b)
    }

    fn matches(&self, user: &Value, filter: &Map<String, Value>) -> bool {
        filter.iter().all(|(key, value)| {
            let mut branches = value.as_array().into_iter().flatten();
            let matches = |branch: &Value| self.matches(user, branch.as_object().unwrap());
            match key.as_str() {
                "$and" => branches.all(matches),
                "$or" => branches.any(matches),
                field => {
                    let mut tests = value.as_object().unwrap().iter();
                    tests.all(|(operator, operand)| self.passes(user, field, operator, operand))
                }
            }
        })
    }

    fn passes(&self, user: &Value, field: &str, operator: &str, operand: &Value) -> bool {
        let value = &user[field];
        if operator == "$exists" {
            return *operand != value.is_null();
        }
        if value.is_null() {
            return false;
        }
        let order = self.compare(field, value, operand);
        match operator {
            "$eq" => order.is_eq(),
            "$gt" => order.is_gt(),
            "$gte" => order.is_ge(),
            "$lt" => order.is_lt(),
            "$lte" => order.is_le(),
            other => panic!("the pages have no use for {other}"),
        }
    }
}
