//! Rules about custom data.

use serde_json::{Map, Value, json};
use stream_users_model::{Custom, UserRequest};

use crate::conformance::users_api::case::{Case, Checked, same};

/// Values of every kind that JSON has.
fn values() -> Map<String, Value> {
    let values = json!({
        "text": "plain",
        "unicode": "grüße \u{1F600} \u{4F60}\u{597D} \u{202E}x\u{2028}",
        "escapes": "a \"quote\", a \\ and a\nline",
        "no_text": "",
        "zero": 0,
        "negative": -42,
        "large": 9_007_199_254_740_991_i64,
        "half": 0.5,
        "small": -1.25e-7,
        "yes": true,
        "no": false,
        "null": null,
        "list": [1, "two", null, [3], {"four": 4}],
        "no_list": [],
        "object": {"inner": {"deeper": {"deepest": "here"}}, "null": null},
        "no_object": {},
        "ключ": "a key",
    });
    values.as_object().cloned().unwrap_or_default()
}

pub(in crate::conformance::users_api) async fn custom_data_come_back(case: &Case) -> Checked {
    let id = case.id("ada");
    let sent = values();
    let answer = case
        .upsert([UserRequest::new(&id).custom(sent.clone().into())])
        .await?;
    for user in answer.iter().chain([&case.found(&id).await?]) {
        let seen = user.custom.to_map().unwrap_or_default();
        for (key, value) in &sent {
            same(
                &format!("custom data under {key:?}"),
                &seen.get(key),
                &Some(value),
            )?;
        }
        same("how many keys came back", &seen.len(), &sent.len())?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn no_custom_data_are_empty(case: &Case) -> Checked {
    let ids = case.ids(&["none", "empty"]);
    let users = [
        UserRequest::new(&ids[0]),
        UserRequest::new(&ids[1]).custom(Custom::new()),
    ];
    case.upsert(users).await?;
    for id in &ids {
        same("custom data", &case.found(id).await?.custom, &Custom::new())?;
    }
    Ok(())
}
