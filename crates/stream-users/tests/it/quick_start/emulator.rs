use stream_users::ServiceTransport;
use stream_users::prelude::*;
use stream_users_emulator::Emulator;

#[tokio::test]
async fn ada_is_found() -> Result<(), Box<dyn std::error::Error>> {
    let stream = Emulator::builder().build()?;
    let client = Client::builder(stream.api_key()).server(stream.api_secret());
    let users: Users = client.transport(ServiceTransport::new(stream)).build()?.users();
    users.upsert_user(UserRequest::new("ada").name("Ada")).await?;
    assert_eq!(users.get_user("ada").await?.unwrap().display_name(), "Ada");
    Ok(())
}
