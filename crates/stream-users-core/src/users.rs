//! [`Users`], the API of users over a client. The trait that it implements is in `api`; the impl is generated.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use stream_users_model::{Custom, CustomData};

use crate::client::{CallOptions, Client};
use crate::clock::Clock;
use crate::endpoint::Endpoint;
use crate::error::Result;
use crate::response::Response;

/// The API of users over a [`Client`], with custom data of type `C`: a cheap handle.
///
/// Its methods are those of [`UsersApi`](crate::UsersApi) and [`UsersApiExt`](crate::UsersApiExt).
pub struct Users<C = Custom> {
    client: Client,
    options: CallOptions,
    custom: PhantomData<fn() -> C>,
}

impl<C: CustomData> Users<C> {
    /// The API over `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            options: CallOptions::new(),
            custom: PhantomData,
        }
    }

    /// Another handle, whose calls have `options`.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            client: self.client.clone(),
            options,
            custom: PhantomData,
        }
    }

    /// The client that the calls go through.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The clock that the client waits by.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.client.clock()
    }

    /// The options of the handle's calls.
    pub(crate) fn options(&self) -> &CallOptions {
        &self.options
    }

    /// Sends the request of an endpoint with the handle's options.
    ///
    /// # Errors
    /// Those of [`Client::execute`].
    pub fn execute<E: Endpoint<C>>(
        &self,
        endpoint: &E,
    ) -> impl Future<Output = Result<Response<E::Response>>> + Send + use<C, E> {
        self.client.execute_as::<C, E>(endpoint, &self.options)
    }
}

impl<C> Clone for Users<C> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            options: self.options.clone(),
            custom: PhantomData,
        }
    }
}

impl<C> fmt::Debug for Users<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users")
            .field("client", &self.client)
            .field("options", &self.options)
            .finish()
    }
}
