//! The thread: shared, for many callers at once, and gone with the last handle.

use std::cell::RefCell;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, Mutex};
use std::thread;

use async_trait::async_trait;
use stream_users_blocking::Users;
use stream_users_core::model::{Custom, QueriedUsers, QueryUsers};
use stream_users_core::{ErrorKind, Response, Result, UsersApi};
use tokio::sync::{Barrier, oneshot};

use crate::{SOON, mock, over, user};

/// An end of a channel that is dropped when the handle's thread ends. Nothing is ever sent.
fn end_of_thread(users: &Users) -> Receiver<()> {
    thread_local! {
        static ALIVE: RefCell<Option<Sender<()>>> = const { RefCell::new(None) };
    }
    let (alive, ended) = mpsc::channel();
    users
        .call(|_| async move {
            ALIVE.set(Some(alive));
            Ok(())
        })
        .unwrap();
    ended
}

#[test]
fn ends_with_the_last_clone() {
    let users = over(mock());
    let ended = end_of_thread(&users);
    let clone = users.clone();
    let beside = users.with_api(mock());
    let pages = users.all_users();
    let task = users.task_by_id::<Custom>("task-1");
    drop((users, clone, beside, task));
    assert_eq!(ended.try_recv(), Err(TryRecvError::Empty));
    drop(pages);
    assert_eq!(ended.recv_timeout(SOON), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn ends_also_where_the_last_handle_is_dropped_on_it() {
    let users = over(mock());
    let ended = end_of_thread(&users);
    let (go, going) = oneshot::channel::<()>();
    let last = users.clone();
    users
        .call(|_| async move {
            tokio::spawn(async move {
                let _ = going.await;
                drop(last);
            });
            Ok(())
        })
        .unwrap();
    drop(users);
    assert_eq!(ended.try_recv(), Err(TryRecvError::Empty));
    go.send(()).unwrap();
    assert_eq!(ended.recv_timeout(SOON), Err(RecvTimeoutError::Disconnected));
}

/// Answers a query when as many wait as the barrier says.
#[derive(Debug)]
struct Meeting(Barrier);

#[async_trait]
impl UsersApi for Meeting {
    async fn query_users(&self, _: QueryUsers) -> Result<Response<QueriedUsers>> {
        self.0.wait().await;
        Ok(Response::new(QueriedUsers::new([user("ada")])))
    }
}

#[test]
fn several_threads_call_at_once() {
    const CALLERS: usize = 8;
    let users = Users::new(Meeting(Barrier::new(CALLERS))).unwrap();
    let (done, all_done) = mpsc::channel();
    for _ in 0..CALLERS {
        let (users, done) = (users.clone(), done.clone());
        thread::spawn(move || done.send(users.get_user("ada").unwrap()).unwrap());
    }
    for _ in 0..CALLERS {
        assert_eq!(all_done.recv_timeout(SOON).unwrap().unwrap().id, "ada");
    }
}

/// Says when it is asked, and answers when it is told to.
#[derive(Debug)]
struct Told {
    asked: Mutex<Sender<()>>,
    answer: Mutex<Option<oneshot::Receiver<()>>>,
}

#[async_trait]
impl UsersApi for Told {
    async fn query_users(&self, _: QueryUsers) -> Result<Response<QueriedUsers>> {
        self.asked.lock().unwrap().send(()).unwrap();
        let answer = self.answer.lock().unwrap().take().unwrap();
        answer.await.unwrap();
        Ok(Response::new(QueriedUsers::new([user("ada")])))
    }
}

#[test]
fn a_call_in_flight_ends_after_the_other_handles_are_gone() {
    let (asked, is_asked) = mpsc::channel();
    let (answer, answers) = oneshot::channel();
    let users = Users::new(Told {
        asked: Mutex::new(asked),
        answer: Mutex::new(Some(answers)),
    })
    .unwrap();
    let ended = end_of_thread(&users);
    let calling = users.clone();
    let caller = thread::spawn(move || calling.get_user("ada"));
    is_asked.recv_timeout(SOON).unwrap();
    drop(users);
    answer.send(()).unwrap();
    assert_eq!(caller.join().unwrap().unwrap().unwrap().id, "ada");
    assert_eq!(ended.recv_timeout(SOON), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn a_call_within_a_call_is_an_error_and_no_deadlock() {
    let users = over(mock());
    let inner = users.clone();
    let error = users.call(|_| async move { inner.get_user("ada") }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn has_a_name_and_the_handle_goes_anywhere() {
    fn anywhere<T: Send + Sync + Clone + 'static>(_: &T) {}

    let users = over(mock());
    anywhere(&users);
    let name = users
        .call(|_| async { Ok(thread::current().name().map(str::to_owned)) })
        .unwrap();
    assert_eq!(name.as_deref(), Some("stream-users"));
    assert_eq!(Arc::strong_count(users.api()), 1);
}
