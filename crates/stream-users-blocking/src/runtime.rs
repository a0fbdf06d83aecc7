//! [`Runtime`]: the thread that runs the calls. It knows nothing of users.
//!
//! The runtime is built and dropped on that thread alone: within an async runtime, both would panic elsewhere.

use std::io;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::mpsc;
use std::thread::{self, ThreadId};

use futures_util::FutureExt as _;
use stream_users_core::{Error, ErrorKind, Result};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// A thread that runs async calls for callers who have none of their own; [`Users`](crate::Users) has one. Dropping it
/// ends the thread and waits for nothing.
///
/// For authors of other SDKs, whose blocking API wraps the methods of the async one. Share it in an `Arc`:
///
/// ```
/// use std::sync::Arc;
///
/// use stream_users_blocking::Runtime;
/// use stream_users_core::model::{GetTask, Task, TaskId};
/// use stream_users_core::{CallOptions, Client, Response, Result};
///
/// /// An API without async.
/// struct Tasks {
///     client: Client,
///     runtime: Arc<Runtime>,
/// }
///
/// impl Tasks {
///     fn get(&self, id: impl Into<TaskId>) -> Result<Response<Task>> {
///         self.runtime.run(self.client.execute(&GetTask::new(id), &CallOptions::new()))
///     }
/// }
///
/// assert_eq!(Runtime::start()?.run(async { Ok(1 + 1) })?, 2);
/// # Ok::<(), stream_users_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
    thread: ThreadId,
    /// Never sent on: that it is dropped is the signal to end.
    _running: oneshot::Sender<()>,
}

impl Runtime {
    /// Starts the thread, named `stream-users`.
    ///
    /// # Errors
    /// `Config` where the system gives neither the thread nor what the runtime needs.
    pub fn start() -> Result<Self> {
        let (built, is_built) = mpsc::sync_channel(1);
        let (running, ended) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("stream-users".to_owned())
            .spawn(move || {
                match Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => {
                        // Nobody waits where the caller has gone; then `ended` says so at once.
                        let _ = built.send(Ok(runtime.handle().clone()));
                        let _ = runtime.block_on(ended);
                    }
                    Err(error) => {
                        let _ = built.send(Err(error));
                    }
                }
            })
            .map_err(no_thread)?;
        let handle = is_built.recv().map_err(|_| gone())?.map_err(no_thread)?;
        Ok(Self {
            handle,
            thread: thread.thread().id(),
            _running: running,
        })
    }

    /// Leaves a future to the thread, which runs it as long as somebody holds the thread.
    #[cfg(feature = "live")]
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(future);
    }

    /// Runs a future on the thread and waits for its answer. Several threads may do so at once.
    ///
    /// # Errors
    /// That of the future; `Config` on the thread itself, which would wait for itself.
    ///
    /// # Panics
    /// Where the future does, with the same payload.
    pub fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        if thread::current().id() == self.thread {
            return Err(Error::builder(ErrorKind::Config)
                .message(
                    "a blocking call was made from within a call on the same thread: await it there instead",
                )
                .build());
        }
        let (answer, answered) = mpsc::sync_channel(1);
        self.handle.spawn(async move {
            // Not observed after a panic: what the future held is dropped by now, and the caller panics.
            let _ = answer.send(AssertUnwindSafe(future).catch_unwind().await);
        });
        match answered.recv() {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(gone()),
        }
    }
}

fn no_thread(error: io::Error) -> Error {
    Error::builder(ErrorKind::Config)
        .message("the thread for blocking calls could not be started")
        .source(error)
        .build()
}

/// The thread lives as long as a handle does, so this is for the unforeseen.
fn gone() -> Error {
    Error::builder(ErrorKind::Interrupted)
        .message("the thread for blocking calls has ended")
        .build()
}
