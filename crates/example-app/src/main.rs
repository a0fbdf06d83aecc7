//! Reads the environment, connects the parts and serves. What the parts do stands in the library.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use example_app::app::{self, App};
use example_app::hearing::Log;
use example_app::http::Webhooks;
use example_app::users::Directory;
use stream_users::webhook::ReplayGuard;
use stream_users::{Client, ClientBuilder, ReqwestTransport, TokioClock};
use tokio::net::TcpListener;

/// A caller waits no longer for Stream than this, retries and waits for a quota included.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long what has begun may take to end once the process is asked to stop: a little longer than a caller waits.
const GRACE: Duration = Duration::from_secs(15);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();

    // STREAM_API_KEY and STREAM_API_SECRET say which app; STREAM_BASE_URL, where it is set, a local Stream.
    let client: Client = ClientBuilder::from_env()?
        .transport(ReqwestTransport::new()?)
        .timeout(PATIENCE)
        .user_agent_suffix("example-app")
        .build()?;
    // The secret that signs our tokens is the one that Stream signs its webhooks with.
    let webhooks = Webhooks::new(
        client.webhook_verifier()?,
        ReplayGuard::new(TokioClock::new()),
        Arc::new(Log::default()),
    );
    let app = App::new(Directory::new(Arc::new(client.users())), Arc::new(client)).hearing(webhooks);

    let address = std::env::var("APP_LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address)
        .await
        .with_context(|| format!("cannot listen on APP_LISTEN={address}"))?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    app::serve(listener, app, stop_signal()?, GRACE).await?;
    Ok(())
}

/// A future that is ready when the process is asked to stop: by Ctrl-C, or by the machine it runs on.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let terminate = async move { terminate.recv().await };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    Ok(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate => {}
        }
        tracing::info!("stopping: what has begun is finished");
    })
}
