use stream_users::prelude::*;
use stream_users_emulator::{Emulator, Fault};

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() -> Result<(), Box<dyn std::error::Error>> {
    let stream = Emulator::start().await?;
    let client = Client::builder(stream.api_key()).server(stream.api_secret());
    let client = client.base_url(stream.base_url());
    let client = client.transport(ReqwestTransport::new()?);
    let users: Users = client.build()?.users();
    stream.fault("upsert_users", Fault::drop_connection_after())?;
    let ada = users.upsert_user(UserRequest::new("ada")).await?;
    assert_eq!((ada.id.as_str(), stream.requests().len()), ("ada", 2));
    Ok(())
}
