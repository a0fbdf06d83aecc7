//! What becomes of a client's introduction: its user is written as it says, and a connection is registered.

use std::sync::Arc;

use rusqlite::Transaction;
use serde_json::{Map, Value};
use tokio::sync::OwnedSemaphorePermit;

use super::connection::{Connection, Identity, Transport};
use super::{frames, presence};
use crate::app::App;
use crate::auth::{self, Caller};
use crate::call::Call;
use crate::refusal::Refusal;
use crate::routes::merge;
use crate::store::users::User;
use crate::surface::{Viewer, me};

/// A connection that has been registered, and its first answer.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) connection: Arc<Connection>,
    pub(crate) first: Map<String, Value>,
}

/// A registered connection, which is taken out when this is dropped.
pub(super) struct Registered {
    app: Arc<App>,
    pub(super) connection: Arc<Connection>,
}

impl Registered {
    pub(super) fn new(app: Arc<App>, connection: Arc<Connection>) -> Self {
        Self { app, connection }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.app.hub.remove(&self.connection.id);
    }
}

/// Makes a connection for whoever calls. It is registered once the transaction is kept, so that it is told of what comes
/// afterwards and of nothing else.
pub(crate) fn register(
    call: &Call<'_>,
    tx: &Transaction<'_>,
    transport: Transport,
    room: Option<OwnedSemaphorePermit>,
) -> Result<Connected, Refusal> {
    let id = uuid::Uuid::new_v4().to_string();
    let user = match &call.caller {
        Caller::Server => {
            return Err(Refusal::not_allowed(
                "only users connect: this is the token of a server, and a connection needs one with a user_id",
            ));
        }
        Caller::Anonymous => anonymous(call),
        Caller::User(own) => {
            let user = merge(call, tx, own)?;
            presence::came(tx, call.app, &user, call.now)?;
            user
        }
    };
    let viewer = Viewer {
        user: Some(&user.id),
        surface: call.surface,
    };
    let me = me(tx, &user, viewer, call.now)?;
    let first = frames::connected(call.surface, &id, me, call.now);
    let identity = Identity {
        id,
        user_id: user.id,
        anonymous: call.caller == Caller::Anonymous,
        surface: call.surface,
        transport,
        connected_at: call.now,
        token_issued_at: auth::issued_at(call.token),
    };
    let most = call.app.settings.waiting_events;
    let connection = Arc::new(Connection::new(identity, most, room));
    let (hub, registered) = (call.app.hub.clone(), connection.clone());
    call.app.store.when_kept(tx, move || hub.add(registered));
    Ok(Connected { connection, first })
}

/// Whoever is nobody in particular is a user that is not stored, with an id of its own.
fn anonymous(call: &Call<'_>) -> User {
    let details = call.body.get("user_details").and_then(Value::as_object);
    let text = |name: &str| Some(details?.get(name)?.as_str()?.to_owned());
    User {
        name: text("name"),
        image: text("image"),
        role: "anonymous".to_owned(),
        online: true,
        last_active: Some(call.now),
        ..User::new(&format!("!anon-{}", uuid::Uuid::new_v4()), call.now)
    }
}
