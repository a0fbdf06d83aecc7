//! What each operation sends, and what it makes of the answer.

use example_channels::{
    Channels, ChannelsApi, Cid, DeleteChannels, GetOrCreateChannel, QueryChannels, field, operation,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stream_users_core::model::{Filter, Lenient};

use crate::service::{Service, builder, nothing, scripted};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Topic {
    topic: String,
}

fn lunch() -> GetOrCreateChannel<Topic> {
    let topic = Topic { topic: "soup".into() };
    GetOrCreateChannel::new("team:a/b c")
        .created_by_id("ada")
        .members(["ada", "bob"])
        .custom(topic)
}

#[tokio::test]
async fn a_channel_is_made_once_and_then_returned() {
    let channels = Service::default().channels::<Topic>();
    let made = channels.get_or_create_channel(lunch()).await.unwrap();
    assert_eq!(made.body.channel.custom.topic, "soup");
    assert_eq!(made.body.members[1].user_id, "bob");
    assert_eq!(made.meta.server_duration.unwrap().as_micros(), 2_500);

    let other = Topic {
        topic: "salad".into(),
    };
    let again = channels
        .get_or_create_channel(lunch().custom(other))
        .await
        .unwrap();
    assert_eq!(again.body.channel, made.body.channel);
}

#[tokio::test]
async fn the_id_becomes_the_path_and_the_rest_the_body() {
    let service = Service::default();
    let transport = service.transport();
    let client = builder(transport.clone()).build().unwrap();
    let channels = Channels::<Topic>::new(client);
    channels.get_or_create_channel(lunch()).await.unwrap();

    let request = &transport.requests()[0];
    assert_eq!(request.operation(), Some(&operation::GET_OR_CREATE_CHANNEL));
    assert_eq!(request.path(), "/api/v2/chat/channels/team/a%2Fb%20c/query");
    let member = |id: &str| json!({"user_id": id, "channel_role": "channel_member"});
    let data = json!({"created_by_id": "ada", "members": [member("ada"), member("bob")], "custom": {"topic": "soup"}});
    assert_eq!(request.json(), Some(json!({"data": data})));
}

#[tokio::test]
async fn what_does_not_fit_can_be_kept_raw() {
    let service = Service::with_channels(1);
    let query = QueryChannels::new(Filter::all()).limit(1);
    let error = service
        .channels::<Topic>()
        .query_channels(query.clone())
        .await
        .unwrap_err();
    assert!(error.is_decode(), "{error}");
    let found = service
        .channels::<Lenient<Topic>>()
        .query_channels(query)
        .await
        .unwrap();
    assert!(
        found.body.channels[0]
            .channel
            .custom
            .reason()
            .unwrap()
            .contains("topic")
    );
}

#[tokio::test]
async fn filters_are_those_of_users_with_fields_of_channels() {
    let (transport, channels) = scripted([nothing()]);
    let filter = field::members().is_in(["ada"]) & !field::cid().is_in([Cid::new("team", "a")]);
    channels.query_channels(QueryChannels::new(filter)).await.unwrap();
    assert_eq!(
        transport.requests()[0].json(),
        Some(json!({"filter_conditions": {"$and": [
            {"members": {"$in": ["ada"]}}, {"$nor": [{"cid": {"$in": ["team:a"]}}]},
        ]}}))
    );
}

/// All rules at once, each with its field, and nothing is sent.
#[tokio::test]
async fn what_breaks_rules_is_not_sent() {
    let (transport, channels) = scripted([]);
    let request = GetOrCreateChannel::new("no-type").members(["ada", ""]);
    let error = channels.get_or_create_channel(request).await.unwrap_err();
    let fields: Vec<&str> = error
        .violations()
        .iter()
        .map(|rule| rule.field.as_str())
        .collect();
    assert_eq!(fields, ["cid.type", "data.members[1].user_id"]);

    let query = QueryChannels::new(Filter::all()).limit(31).offset(1_001);
    let error = channels.query_channels(query).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "query_channels: the request was not sent: limit must be at most 30; it is 31; \
         offset must be at most 1000; it is 1001"
    );

    for cids in [
        vec![Cid::new("team", "..")],
        Vec::new(),
        vec![Cid::new("team", "a"); 101],
    ] {
        let error = channels
            .delete_channels(DeleteChannels::new(cids))
            .await
            .unwrap_err();
        assert!(
            error.is_invalid() && error.violations()[0].field.starts_with("cids"),
            "{error}"
        );
    }
    assert!(transport.requests().is_empty());
}

/// A template that does not fit its parameters, or a name that is there twice, would be found here.
#[tokio::test]
async fn every_operation_of_the_table_is_sent_under_its_own_name() {
    let service = Service::default();
    let transport = service.transport();
    let channels = Channels::<Topic>::new(builder(transport.clone()).build().unwrap());
    channels.get_or_create_channel(lunch()).await.unwrap();
    channels
        .query_channels(QueryChannels::new(Filter::all()))
        .await
        .unwrap();
    channels
        .delete_channels(DeleteChannels::new(["team:a"]))
        .await
        .unwrap();
    let sent: Vec<_> = transport
        .requests()
        .iter()
        .map(|request| *request.operation().unwrap())
        .collect();
    assert_eq!(sent, operation::ALL);
}
