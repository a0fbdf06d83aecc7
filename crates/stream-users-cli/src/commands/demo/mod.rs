//! `stream-users demo`: users taken through their whole life on a local Stream, over real HTTP, each answer held against
//! what the service promises. The steps live in files by subject; here is their order.

mod connecting;
mod creating;
mod deleting;
mod guests;
mod report;
mod retiring;
mod stage;

use self::report::Report;
use self::stage::Stage;
use crate::exit::Exit;
use crate::globals::Globals;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print one JSON object a step, and nothing else, on standard output
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(_globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let mut report = Report::new(arguments.json);
    let stage = Stage::set_up().await?;
    report.begin(stage.base_url())?;

    report.step("create two users", creating::create_two_users(&stage).await)?;
    report.step(
        "query users with a filter and a sort",
        creating::query(&stage).await,
    )?;
    report.step("replace a user", creating::replace(&stage).await)?;
    report.step(
        "update a user partially",
        creating::update_partially(&stage).await,
    )?;
    report.step(
        "create a guest as an anonymous client",
        guests::create_guest(&stage).await,
    )?;
    report.step(
        "refuse an anonymous deactivation locally",
        guests::refused_locally(&stage).await,
    )?;
    report.step(
        "refuse an anonymous deactivation on the server",
        guests::refused_by_the_server(&stage).await,
    )?;
    report.step(
        "connect a guest over a websocket",
        connecting::connect_guest(&stage).await,
    )?;
    report.step(
        "connect anonymously over a websocket",
        connecting::connect_anonymously(&stage).await,
    )?;
    report.step(
        "follow a user's presence",
        connecting::follow_presence(&stage).await,
    )?;
    report.step("hear of a change", connecting::hear(&stage).await)?;
    report.step("count who was active", connecting::count(&stage).await)?;
    report.step("deactivate a user", retiring::deactivate(&stage).await)?;
    report.step("reactivate a user", retiring::reactivate(&stage).await)?;
    report.step(
        "deactivate users in bulk",
        retiring::deactivate_in_bulk(&stage).await,
    )?;
    report.step(
        "reactivate users in bulk",
        retiring::reactivate_in_bulk(&stage).await,
    )?;
    report.step("export users", retiring::export(&stage).await)?;
    report.step("delete a user softly", deleting::delete_softly(&stage).await)?;
    report.step("restore a user", deleting::restore(&stage).await)?;
    report.step(
        "delete a user hard, with a new channel owner",
        deleting::delete_hard(&stage).await,
    )?;
    report.step(
        "refuse to re-create a hard-deleted user",
        deleting::refuse_to_recreate(&stage).await,
    )?;
    report.step("read the rate limits", retiring::rate_limits(&stage).await)?;

    stage.tear_down().await;
    report.end()?;
    Ok(Exit::Done)
}
