use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use stream_users_emulator::{Emulator, EmulatorBuilder, RateLimits};
use stream_users_model::operation;

use crate::stream::{Answer, Stream};

fn number(answer: &Answer, header: &str) -> i64 {
    answer.header(header).parse().unwrap()
}

#[test]
fn every_answer_says_what_is_left() {
    let stream = Stream::new();
    let query = || stream.query(&json!({ "filter_conditions": {} }));
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    // Two requests may fall into two minutes; three cannot all.
    let left: Vec<i64> = (0..3)
        .map(|_| number(&query(), "x-ratelimit-remaining"))
        .collect();
    assert!(left[1] == left[0] - 1 || left[2] == left[1] - 1, "{left:?}");
    let answer = query();
    assert_eq!(number(&answer, "x-ratelimit-limit"), 1_000_000);
    let reset = number(&answer, "x-ratelimit-reset");
    assert!(reset > now && reset <= now + 120, "{reset}");
    for answer in [
        stream.get("/api/v2/nowhere"),
        stream.get("/api/v2/tasks/x"),
        stream.get("/api/v2/users"),
    ] {
        assert!(answer.status >= 400);
        assert_eq!(number(&answer, "x-ratelimit-limit"), 1_000_000);
        assert_eq!(answer.headers.get_all("x-ratelimit-remaining").iter().count(), 1);
    }
}

#[test]
fn documented_quotas_are_enforced_and_refilled() {
    let stream = at_the_start_of_a_minute();
    let export = || stream.get("/api/v2/users/nobody/export");
    for left in (0..60).rev() {
        let answer = export();
        assert_eq!(
            (answer.status, number(&answer, "x-ratelimit-remaining")),
            (404, left)
        );
    }
    let refused = export();
    assert_eq!(number(&refused, "x-ratelimit-remaining"), 0);
    assert!((1..=60).contains(&number(&refused, "retry-after")));
    assert!(
        refused.body["message"]
            .as_str()
            .unwrap()
            .contains("Too many requests")
    );
    assert_eq!((refused.status, &refused.body["code"]), (429, &json!(9)));
    // Another operation has a quota of its own.
    stream.get("/api/v2/users/block?user_id=x").fails(
        404,
        16,
        "GetBlockedUsers failed with error: \"the user x does not exist\"",
    );
    stream.0.advance_clock(Duration::from_mins(1));
    assert_eq!(export().status, 404);
}

fn at_the_start_of_a_minute() -> Stream {
    aligned(Emulator::builder().rate_limits(RateLimits::Documented))
}

#[test]
fn who_may_not_call_uses_nothing_up() {
    let stream = at_the_start_of_a_minute();
    let path = "/api/v2/users/nobody/export";
    for _ in 0..70 {
        let wrong_key = Request::get(format!("{path}?api_key=other")).body(Bytes::new());
        let answer = stream.send(wrong_key.unwrap());
        assert_eq!(
            (answer.status, number(&answer, "x-ratelimit-remaining")),
            (401, 60)
        );
        let wrong_token = stream.request("GET", path, Some("nonsense"), None);
        assert_eq!(stream.send(wrong_token).status, 401);
    }
    let answer = stream.get(path);
    assert_eq!(
        (answer.status, number(&answer, "x-ratelimit-remaining")),
        (404, 59)
    );
}

#[test]
fn tells_platforms_apart_by_whole_words() {
    for (client, platform) in [
        ("axios/1.7 macOS radios", "server_side"),
        ("stream-go-client-v4", "server_side"),
        ("stream-chat-react-native-iOS17-v8", "ios"),
        ("stream-chat-swift-client-v4.1", "ios"),
        ("stream-chat-android-v6|os=15", "android"),
        ("androidish", "server_side"),
        ("stream-chat-js-v8-browser", "web"),
        ("browserify", "server_side"),
        ("stream-chat-unity-5", "unity"),
    ] {
        let stream = at_the_start_of_a_minute();
        let token = stream.token(&json!({}));
        let mut request = stream.request("GET", "/api/v2/users/nobody/export", Some(&token), None);
        request
            .headers_mut()
            .insert("x-stream-client", client.parse().unwrap());
        stream.send(request);
        let quotas = stream.get("/api/v2/rate_limits?endpoints=ExportUser").ok(200);
        for (name, quota) in quotas.as_object().unwrap() {
            if let Some(remaining) = quota.get("ExportUser").map(|quota| &quota["remaining"]) {
                assert_eq!(
                    *remaining,
                    if name == platform { 59 } else { 60 },
                    "{client} {name}"
                );
            }
        }
    }
}

#[test]
fn reads_the_quotas() {
    let stream = Stream::with(Emulator::builder().rate_limits(RateLimits::Documented));
    let all = stream.get("/api/v2/rate_limits").ok(200);
    for platform in ["server_side", "android", "ios", "web", "unity"] {
        for operation in operation::ALL {
            assert!(
                all[platform][operation.id].is_object(),
                "{platform} {}",
                operation.id
            );
        }
        // An operation that the client does not call.
        assert_eq!(all[platform]["DeleteDevice"]["limit"], 60, "{platform}");
    }
    let server = &all["server_side"]["GetRateLimits"];
    assert!(server["remaining"].as_i64() < server["limit"].as_i64());
    let android = &all["android"]["GetRateLimits"];
    assert_eq!(android["remaining"], android["limit"]);
    assert_eq!(all["server_side"]["UpdateUsers"]["limit"], 300);
    assert!(android["reset"].is_i64());
    let some = stream
        .get("/api/v2/rate_limits?server_side=true&ios=false&endpoints=QueryUsers,GetTask")
        .ok(200);
    let keys: Vec<&String> = some.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["duration", "server_side"]);
    let keys: Vec<&String> = some["server_side"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["GetTask", "QueryUsers"]);
    // As other SDKs write what is true.
    for yes in ["True", "1"] {
        let ios = stream.get(&format!("/api/v2/rate_limits?ios={yes}")).ok(200);
        let keys: Vec<&String> = ios.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["duration", "ios"]);
    }
    assert_eq!(
        stream
            .call_as("ada", "GET", "/api/v2/rate_limits", Value::Null)
            .status,
        403
    );
}

#[test]
fn names_the_quota_of_an_operation_that_is_not_about_users() {
    let stream = Stream::new();
    let asked = stream
        .get("/api/v2/rate_limits?android=true&endpoints=GetRateLimits,SendMessage,")
        .ok(200);
    let android = asked["android"].as_object().unwrap();
    let keys: Vec<&String> = android.keys().collect();
    assert_eq!(keys, ["GetRateLimits", "SendMessage"]);
    assert_eq!(
        android["SendMessage"]["remaining"],
        android["SendMessage"]["limit"]
    );
}

/// At the start of a minute, so that no quota is refilled on the way.
fn aligned(builder: EmulatorBuilder) -> Stream {
    let stream = Stream::with(builder);
    let past = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() % 60;
    stream.0.advance_clock(Duration::from_secs(61 - past));
    stream
}

const EXPORT: &str = "/api/v2/users/nobody/export";
const TASK: &str = "/api/v2/tasks/nothing";

#[test]
fn own_quotas_are_enforced_whatever_the_mode() {
    let builder = Emulator::builder()
        .quota("export_user", 2)
        .quota("UpdateUsers", 0)
        .quota("*", 1);
    let stream = aligned(builder);
    let statuses = |path: &str| [(); 3].map(|()| stream.get(path).status);
    assert_eq!(statuses(EXPORT), [404, 404, 429]);
    assert_eq!(statuses(TASK), [404, 429, 429]);
    let refused = stream.post("/api/v2/users", json!({ "users": {} }));
    assert_eq!(refused.header("x-ratelimit-limit"), "0");
    refused.fails(
        429,
        9,
        "UpdateUsers failed with error: \"Too many requests for user endpoint UpdateUsers, check response headers \
         for more information.\"",
    );
    stream.0.advance_clock(Duration::from_mins(1));
    assert_eq!(stream.get(EXPORT).header("x-ratelimit-remaining"), "1");
    let quotas = stream
        .get("/api/v2/rate_limits?server_side=true&endpoints=ExportUser,GetTask")
        .ok(200);
    let server = &quotas["server_side"];
    assert_eq!(
        (&server["ExportUser"]["limit"], &server["ExportUser"]["remaining"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(server["GetTask"]["limit"], 1);
}

#[test]
fn quotas_change_while_it_runs() {
    let stream = aligned(Emulator::builder());
    let limit = || number(&stream.get(EXPORT), "x-ratelimit-limit");
    assert_eq!(limit(), 1_000_000);
    stream.0.set_rate_limits(RateLimits::Documented);
    assert_eq!(limit(), 60);
    stream.0.set_quota("export_user", Some(5)).unwrap();
    assert_eq!(limit(), 5);
    stream.0.set_quota("ExportUser", None).unwrap();
    let change = |change: Value| stream.post("/_emulator/rate_limits", change);
    let now = change(json!({ "quotas": { "ExportUser": 4, "*": 7 } })).ok(200);
    let expected =
        json!({ "mode": "documented", "quotas": { "*": 7, "ExportUser": 4 }, "per_second": false });
    assert_eq!(now, expected);
    // What was counted counts on.
    let refused = [(); 2].map(|()| stream.get(EXPORT).status);
    assert_eq!(refused, [404, 429]);
    change(json!({ "mode": "off", "quotas": { "ExportUser": null }, "per_second": true })).ok(200);
    assert_eq!(limit(), 7);
    // All of it or nothing.
    let refused = change(json!({ "mode": "documented", "quotas": { "ExportUser": 1, "ExportUsr": 1 } }));
    assert!(
        refused.body["message"]
            .as_str()
            .unwrap()
            .contains("no operation \"ExportUsr\""),
        "{}",
        refused.body
    );
    assert_eq!(change(json!({ "mode": "on" })).status, 400);
    assert_eq!(
        stream.get("/_emulator/rate_limits").ok(200),
        json!({ "mode": "off", "quotas": { "*": 7 }, "per_second": true })
    );
    stream.0.reset().unwrap();
    assert_eq!(limit(), 1_000_000);
    assert!(Emulator::builder().quota("nothing", 1).build().is_err());
}

#[test]
fn a_user_has_sixty_a_minute_of_each_operation() {
    let stream = aligned(Emulator::builder().rate_limits(RateLimits::Documented));
    stream.upsert([json!({ "id": "ada" }), json!({ "id": "bob" })]);
    let blocks = |user: &str| stream.call_as(user, "GET", "/api/v2/users/block", Value::Null);
    for left in (240..300).rev() {
        let answer = blocks("ada");
        assert_eq!(
            (answer.status, number(&answer, "x-ratelimit-remaining")),
            (200, left)
        );
    }
    let refused = blocks("ada");
    assert_eq!((refused.status, &refused.body["code"]), (429, &json!(9)));
    assert_eq!(
        (
            number(&refused, "x-ratelimit-limit"),
            number(&refused, "x-ratelimit-remaining")
        ),
        (60, 0)
    );
    assert!((1..=60).contains(&number(&refused, "retry-after")));
    // Another user, another operation, and servers.
    assert_eq!(blocks("bob").status, 200);
    let locations = "/api/v2/users/live_locations";
    stream.call_as("ada", "GET", locations, Value::Null).ok(200);
    for _ in 0..61 {
        stream.get("/api/v2/users/block?user_id=ada").ok(200);
    }
}

/// A second takes 2 of 60 a minute, and 31 requests do not take 15 seconds.
#[test]
fn a_second_takes_a_thirtieth_if_asked_to() {
    let documented = || Emulator::builder().rate_limits(RateLimits::Documented);
    let statuses = |stream: &Stream| -> Vec<u16> { (0..31).map(|_| stream.get(EXPORT).status).collect() };
    assert!(!statuses(&aligned(documented())).contains(&429));
    let stream = aligned(documented().settings(|settings| settings.limit_per_second = true));
    assert!(statuses(&stream).contains(&429));
    stream.0.advance_clock(Duration::from_mins(1));
    for _ in 0..31 {
        let answer = stream.get(EXPORT);
        if answer.status == 429 {
            assert_eq!(answer.header("retry-after"), "1");
            assert!(number(&answer, "x-ratelimit-remaining") > 0);
            return;
        }
    }
    panic!("a second took all of it");
}
