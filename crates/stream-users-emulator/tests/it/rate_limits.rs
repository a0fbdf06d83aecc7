use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use stream_users_emulator::{Emulator, RateLimits};
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

/// To the start of a minute, so that no quota is refilled on the way.
fn at_the_start_of_a_minute() -> Stream {
    let stream = Stream::with(Emulator::builder().rate_limits(RateLimits::Documented));
    let past = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() % 60;
    stream.0.advance_clock(Duration::from_secs(61 - past));
    stream
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
