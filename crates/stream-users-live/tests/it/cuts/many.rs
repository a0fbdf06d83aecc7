//! 200 cuts of every kind, one after the other. `STREAM_USERS_CUTS` sets how many, `STREAM_USERS_CUTS_SEED` which.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use stream_users_live::Protocol;

use super::proxy::{End, Greeting, Order};
use super::stage::{Failing, Stage};

const CUTS: usize = 200;

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Reset,
    EndWithoutGoodbye,
    MidFrame,
    HalfOpen,
    Silent,
    Killed,
    ClosedWithCode,
    /// A reset, and then attempts that fail.
    Page200,
    Page502,
    TooManyRequests,
    TooManyInAFrame,
    TokenExpired,
    AfterUpgrade,
    SilentUpgrade,
    SilentRequest,
}

const KINDS: [Cut; 15] = [
    Cut::Reset,
    Cut::EndWithoutGoodbye,
    Cut::MidFrame,
    Cut::HalfOpen,
    Cut::Silent,
    Cut::Killed,
    Cut::ClosedWithCode,
    Cut::Page200,
    Cut::Page502,
    Cut::TooManyRequests,
    Cut::TooManyInAFrame,
    Cut::TokenExpired,
    Cut::AfterUpgrade,
    Cut::SilentUpgrade,
    Cut::SilentRequest,
];

/// Random numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }
}

/// Says the seed and what was under way when the test fails.
struct Failed {
    seed: u64,
    during: String,
}

impl Drop for Failed {
    #[allow(clippy::print_stderr, reason = "a test that fails says how to run it again")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, during } = self;
            eprintln!("{during}; run it again with STREAM_USERS_CUTS_SEED={seed}");
        }
    }
}

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().ok().expect("the variable is no number"))
}

#[tokio::test]
async fn a_connection_that_is_cut_200_times_is_back_each_time() {
    let seed = number("STREAM_USERS_CUTS_SEED").unwrap_or_else(|| u64::from(std::process::id()) << 20 | 1);
    let cuts = number("STREAM_USERS_CUTS").unwrap_or(CUTS);
    let mut failed = Failed {
        seed,
        during: String::new(),
    };
    let (mut dice, began) = (Dice(seed), Instant::now());
    // The older protocol has half of them.
    for protocol in [Protocol::V2, Protocol::V1] {
        let mut stage = Stage::new(&format!("{protocol:?}"), protocol, seed).await;
        let mut last = None;
        for number in 0..cuts.div_ceil(2) {
            // Each kind comes, whatever the seed.
            let cut = KINDS
                .get(number)
                .copied()
                .unwrap_or(KINDS[dice.below(KINDS.len())]);
            failed.during = format!("{protocol:?}, cut {number}, {cut:?}");
            stage.expect_marker().await;
            let connection = stage.live.connection_id();
            assert_ne!(connection, last, "a connection came back under its old id");
            last = connection;
            let tokens = stage.tokens.load(Ordering::SeqCst);
            one(&mut stage, cut, &mut dice).await;
            let gap = stage.expect_gap().await;
            stage.expect_marker().await;
            let asked = stage.tokens.load(Ordering::SeqCst) - tokens;
            let expected = usize::from(matches!(cut, Cut::TokenExpired));
            assert_eq!(asked, expected, "tokens asked for after {cut:?} ({gap:?})");
        }
        assert!(stage.events.try_next().is_none());
        let counted = stage.proxy.seen();
        assert_eq!((counted.most, counted.open), (1, 1));
        stage.live.close().await;
        stage.proxy.until(|seen| seen.open == 0).await;
    }
    println!("{cuts} cuts, seed {seed}, {:.1?}", began.elapsed());
}

async fn one(stage: &mut Stage, cut: Cut, dice: &mut Dice) {
    let order = match cut {
        Cut::EndWithoutGoodbye => Order::After(0, End::Fin),
        Cut::MidFrame => {
            let end = [End::Reset, End::Fin][dice.below(2)];
            Order::After(1 + dice.below(40), end)
        }
        Cut::HalfOpen => Order::HalfOpen,
        Cut::Silent => Order::Silent,
        _ => Order::Reset,
    };
    match cut {
        Cut::Killed => stage.server.kill().await,
        Cut::ClosedWithCode => {
            let close = serde_json::json!({ "cut": "close", "code": 4001, "reason": "moving" });
            stage.server.post("/_emulator/connections", &close).await;
        }
        _ => stage.proxy.order(order),
    }
    match cut {
        // Something has to be on its way to be cut.
        Cut::MidFrame | Cut::EndWithoutGoodbye => stage.send_marker().await,
        Cut::HalfOpen | Cut::Silent => stage.wait_until_dead().await,
        _ => {}
    }
    while stage.next_state().await.is_online() {}
    // More than two handshakes without a word of the service would be followed by a long-poll.
    let twice = |failing: Failing| vec![failing.clone(), failing];
    let failing = match cut {
        Cut::Page200 => twice(Failing::Met(Greeting::html(200))),
        Cut::Page502 => twice(Failing::Met(Greeting::html(502))),
        Cut::TooManyInAFrame => twice(Failing::Refused(429, 9, "Too many requests")),
        Cut::AfterUpgrade => twice(Failing::Met(Greeting::ResetAfterUpgrade)),
        Cut::SilentUpgrade => vec![Failing::Late(Greeting::SilentAfterUpgrade)],
        Cut::SilentRequest => vec![Failing::Late(Greeting::Silent)],
        Cut::Killed => {
            // Once while nobody is there.
            stage.dial(Duration::ZERO).await;
            stage.proxy.until(|seen| seen.open == 0).await;
            stage.server.restart().await;
            Vec::new()
        }
        Cut::TooManyRequests => {
            let seconds = 1 + dice.below(60);
            let wait = Duration::from_secs(seconds as u64);
            stage
                .proxy
                .next([Greeting::too_many_requests(u32::try_from(seconds).unwrap())]);
            stage.dial(Duration::ZERO).await;
            stage.dial(wait).await;
            while !stage.next_state().await.is_online() {}
            return;
        }
        Cut::TokenExpired => {
            stage
                .server
                .refuse_next(401, 40, "JWTAuth error: token is expired")
                .await;
            Vec::new()
        }
        _ => Vec::new(),
    };
    stage.come_back(&failing).await;
}
