//! The driver: one task for a connection. It carries out what `machine` decides, tells it what happens, and reads the
//! clock for it. Nothing is decided here.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use stream_users_core::SessionToken;
use stream_users_core::observe::{AttemptEnded, WaitReason, Waiting};
use stream_users_model::event::Event;
use stream_users_model::{CustomData, Str};
use tracing::{Instrument as _, Span, debug, info, warn};

use crate::dial::{Dialled, Dialler, Opened, within};
use crate::failure::{Failure, builder};
use crate::frame::{self, Frame};
use crate::link::Link;
use crate::live::Shared;
use crate::machine::{Action, Input, Machine, Now, Via};
use crate::settings::{LongPolling, Timing};
use crate::socket::Received;
use crate::state::State;
use crate::trace;

/// How long a good-bye may take.
const GOOD_BYE: Duration = Duration::from_secs(2);

/// What a connection is driven with.
pub(crate) struct Driver<C> {
    dialler: Arc<Dialler>,
    shared: Arc<Shared<C>>,
    machine: Machine,
    timing: Timing,
    first: Option<Action>,
    /// An attempt under way.
    dialling: Option<Dialling>,
    /// The connection that is there. Never at the same time as an attempt at another.
    link: Option<(Link, Str)>,
    /// The first answer of a connection that is about to be told of.
    answer: Option<Event<C>>,
    token: Option<SessionToken>,
    /// The last token that the service has refused. It is remembered until there is another: fetching that may fail.
    refused: Option<SessionToken>,
    attempts: u32,
    /// Last, so that the connection is gone when this says so.
    _ending: Ending<C>,
}

/// An attempt under way, when it began, and its span.
struct Dialling {
    attempt: BoxFuture<'static, Dialled>,
    began: Duration,
    span: Span,
}

/// What the driver was woken by.
enum Woken {
    Closing,
    Dialled(Dialled),
    Received(Result<Received, Failure>),
    Time,
}

impl<C: CustomData> Driver<C> {
    pub(crate) fn new(
        dialler: Dialler,
        shared: Arc<Shared<C>>,
        timing: Timing,
        long_polling: LongPolling,
    ) -> Self {
        let now = dialler.client.clock().monotonic();
        let (machine, first) = Machine::new(timing, long_polling, dialler.client.renews_tokens(), now);
        Self {
            dialler: Arc::new(dialler),
            _ending: Ending(Arc::clone(&shared)),
            shared,
            machine,
            timing,
            first: Some(first),
            dialling: None,
            link: None,
            answer: None,
            token: None,
            refused: None,
            attempts: 0,
        }
    }

    /// Drives the connection until it is closed for good.
    pub(crate) async fn run(mut self) {
        if let Some(first) = self.first.take() {
            // Dialling alone, which has nothing to tell yet.
            let _ = self.carry_out(vec![first]).await;
        }
        while !self.machine.is_closed() {
            match self.wait().await {
                Woken::Closing => self.tell(Input::Close).await,
                Woken::Dialled(dialled) => self.dialled(dialled).await,
                Woken::Received(received) => self.received(received).await,
                Woken::Time => {}
            }
            // Also where a connection never pauses.
            if self.is_due() {
                self.tell(Input::Tick).await;
            }
        }
    }

    fn now(&self) -> Now {
        Now {
            monotonic: self.dialler.client.clock().monotonic(),
            service: self.dialler.client.service_time(),
        }
    }

    fn is_due(&self) -> bool {
        let now = self.dialler.client.clock().monotonic();
        self.machine.deadline().is_some_and(|deadline| deadline <= now)
    }

    /// Waits for the next thing to happen. What has come is looked at before the time: a program that was held up has not
    /// lost its connection by that.
    async fn wait(&mut self) -> Woken {
        let clock = self.dialler.client.clock();
        let (dialling, link, shared) = (&mut self.dialling, &mut self.link, &self.shared);
        let deadline = self.machine.deadline();
        let sleep = async {
            match deadline {
                Some(deadline) => clock.sleep(deadline.saturating_sub(clock.monotonic())).await,
                None => std::future::pending().await,
            }
        };
        let dialled = async {
            match dialling {
                Some(dialling) => (&mut dialling.attempt).await,
                None => std::future::pending().await,
            }
        };
        let received = async {
            match link {
                Some((link, _)) => link.receive().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = shared.closing() => Woken::Closing,
            dialled = dialled => Woken::Dialled(dialled),
            received = received => Woken::Received(received),
            () = sleep => Woken::Time,
        }
    }

    async fn tell(&mut self, input: Input) {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            let actions = self.machine.on(input, self.now(), self.dialler.client.random());
            next = self.carry_out(actions).await;
        }
    }

    async fn dialled(&mut self, dialled: Dialled) {
        let Some(Dialling { began, span, .. }) = self.dialling.take() else {
            return;
        };
        trace::ended(&span, dialled.outcome.as_ref().err());
        self.token = dialled.token;
        self.observe(began, dialled.outcome.as_ref().err());
        let opened = match dialled.outcome {
            Ok(opened) => opened,
            Err(failure) => return self.tell(Input::Failed(failure)).await,
        };
        let event = match read::<C>(&opened.first, "the first answer is no event") {
            Ok(event) => event,
            Err(failure) => return self.tell(Input::Failed(failure)).await,
        };
        self.shared.know_me(&event);
        // A program that cannot read its own user learns of it at once, and not in the middle of its work.
        if self.shared.me().is_none() {
            let problem = match &event {
                Event::Other(other) => other.problem(),
                _ => None,
            };
            let failure = Failure::misfit(problem.unwrap_or("the first answer does not hold it"));
            drop(opened);
            return self.tell(Input::Failed(failure)).await;
        }
        let Opened {
            link,
            connection_id,
            user_id,
            ..
        } = opened;
        self.link = Some((link, connection_id.clone()));
        self.shared.know_id(user_id);
        self.answer = Some(event);
        self.tell(Input::Accepted { connection_id }).await;
    }

    fn observe(&self, began: Duration, failure: Option<&Failure>) {
        let took = self.dialler.client.clock().monotonic().saturating_sub(began);
        let mut ended =
            AttemptEnded::new(trace::operation(self.dialler.protocol), self.attempts).duration(took);
        let Some(failure) = failure else {
            return self.dialler.client.observer().attempt_ended(&ended.status(101));
        };
        ended.status = failure.error.status();
        ended.code = failure.error.code();
        ended.transport = failure.error.transport();
        self.dialler.client.observer().attempt_ended(&ended);
    }

    async fn received(&mut self, received: Result<Received, Failure>) {
        let via = self.link.as_ref().map(|(link, _)| link.via());
        let frame = match received {
            Ok(Received::Message(frame)) => frame,
            // The answer to a long-poll's request shows as much as that to a health check.
            Ok(Received::Alive) => {
                let proof = via == Some(Via::LongPoll);
                return self.tell(Input::Heard { proof }).await;
            }
            Ok(Received::Closed(close)) => return self.tell(Input::Failed(Failure::closed(close))).await,
            Err(failure) => return self.tell(Input::Failed(failure)).await,
        };
        let (event, mut failure) = match frame::later(&frame) {
            Ok(Frame::Event { is_health_check }) => {
                self.tell(Input::Heard {
                    proof: is_health_check,
                })
                .await;
                (Some(frame), None)
            }
            Ok(Frame::Refusal { failure, is_event }) => (is_event.then_some(frame), Some(failure)),
            Ok(Frame::Nothing) => {
                debug!(bytes = frame.len(), "a frame that is no event is passed by");
                return self.tell(Input::Heard { proof: false }).await;
            }
            Err(failure) => (None, Some(failure)),
        };
        match event.map(|frame| read::<C>(&frame, "a frame cannot be read")) {
            Some(Ok(event)) => {
                self.shared.know_me(&event);
                self.deliver(event);
            }
            // An event is lost with it, of which a gap must tell.
            Some(Err(unread)) => failure = failure.or(Some(unread)),
            None => {}
        }
        if let Some(failure) = failure {
            self.tell(Input::Failed(failure)).await;
        }
    }

    fn deliver(&self, event: Event<C>) {
        if !self.shared.queue.push(event, self.now().service) {
            debug!("the reader is slow; an event was dropped");
        }
    }

    /// What has happened meanwhile, if anything has.
    async fn carry_out(&mut self, actions: Vec<Action>) -> Option<Input> {
        let mut failed = None;
        for action in actions {
            match action {
                Action::Drop => self.drop_connection().await,
                Action::Leave => {
                    if let Some((mut link, _)) = self.link.take() {
                        let clock = self.dialler.client.clock();
                        let _ = within(&*clock, GOOD_BYE, link.close()).await;
                    }
                }
                Action::Dial { via, renew } => self.dial(via, renew),
                Action::Ping => failed = self.ping().await.err(),
                Action::Gap { since, until } => self.shared.queue.break_at(since, until),
                Action::Show(state) => self.show(state),
            }
        }
        failed.map(Input::Failed)
    }

    /// Ends what there is. A WebSocket ends with its connection; of a long-poll the service knows only by being told.
    async fn drop_connection(&mut self) {
        self.dialling = None;
        if let Some((mut link @ Link::LongPoll(_), _)) = self.link.take() {
            let clock = self.dialler.client.clock();
            let _ = within(&*clock, GOOD_BYE, link.close()).await;
        }
    }

    fn dial(&mut self, via: Via, renew: bool) {
        self.attempts = self.attempts.saturating_add(1);
        let began = self.dialler.client.clock().monotonic();
        if renew {
            self.refused.clone_from(&self.token);
        }
        let span = trace::attempt(self.dialler.protocol, via, self.attempts);
        let attempt = Arc::clone(&self.dialler).dial(via, self.token.clone(), self.refused.clone());
        self.dialling = Some(Dialling {
            attempt: Box::pin(attempt.instrument(span.clone())),
            began,
            span,
        });
    }

    async fn ping(&mut self) -> Result<(), Failure> {
        let Some((link, id)) = &mut self.link else {
            return Ok(());
        };
        let check = self.dialler.protocol.health_check(id);
        let clock = self.dialler.client.clock();
        let limit = self.timing.dead_after.saturating_sub(self.timing.ping_every);
        let sent = tokio::select! {
            biased;
            () = self.shared.closing() => return Ok(()),
            sent = within(&*clock, limit, link.check(check)) => sent,
        };
        match sent {
            Some(sent) => sent.map_err(Failure::ended),
            None => Err(Failure::dead(self.timing.dead_after)),
        }
    }

    fn show(&mut self, state: State) {
        match &state {
            State::Online { .. } => {
                self.attempts = 0;
                info!("online");
                // Behind the gap, if there is one, and before anybody can know that the connection is there.
                if let Some(answer) = self.answer.take() {
                    self.deliver(answer);
                }
            }
            State::Reconnecting { reason, attempt } => {
                let deadline = self.machine.deadline().unwrap_or_default();
                let duration = deadline.saturating_sub(self.dialler.client.clock().monotonic());
                let operation = trace::operation(self.dialler.protocol);
                let waiting = Waiting::new(operation, WaitReason::Retry, duration);
                self.dialler.client.observer().waiting(&waiting);
                warn!(attempt, kind = ?reason.kind(), status = reason.status(), "the connection is lost and made anew");
            }
            State::Closed { reason: Some(reason) } => {
                warn!(kind = ?reason.kind(), status = reason.status(), "the connection is closed for good");
            }
            State::Closed { reason: None } => info!("closed"),
            State::Connecting => {}
        }
        if state.is_closed() {
            self.shared.queue.end();
        }
        self.shared.show(state);
    }
}

/// The event of a frame; `wrong` says what is the matter where there is none.
fn read<C: CustomData>(frame: &[u8], wrong: &str) -> Result<Event<C>, Failure> {
    let event = std::str::from_utf8(frame)
        .ok()
        .and_then(|text| Event::from_json(text).ok());
    event.ok_or_else(|| Failure::garbled(wrong, frame))
}

/// Says that the connection is over, however the driver ends: its runtime may be shut down under it, before it has begun
/// as well, and what it calls may panic.
struct Ending<C>(Arc<Shared<C>>);

impl<C> Drop for Ending<C> {
    fn drop(&mut self) {
        self.0.queue.end();
        if !self.0.state().is_closed() {
            let why = if std::thread::panicking() {
                "the task of the connection panicked: in a token provider, a connector, an observer or custom data"
            } else {
                "the runtime that drives the connection has ended"
            };
            let error = builder(stream_users_core::ErrorKind::Interrupted)
                .message(why)
                .build();
            self.0.show(State::Closed {
                reason: Some(Arc::new(error)),
            });
        }
    }
}
