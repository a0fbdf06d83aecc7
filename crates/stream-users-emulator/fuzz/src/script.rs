//! Scripts: sequences of requests, one a line, each of which meets what the ones before have left.
//!
//! ```text
//! with strict documented-limits
//! server POST /api/v2/users {"users":{"ada":{"id":"ada","name":"<<x*40>>"}}}
//! user:ada GET /api/v2/users?payload={"filter_conditions":{}}
//! server POST /api/v2/users/delete {"user_ids":["ada"],"user":"soft"}
//! advance 60
//! server GET /api/v2/tasks/{task}
//! check
//! ```
//!
//! A request is a sender (`server`, `user:ID`, `guest`, `anonymous`, `nobody`, `token:TOKEN`), a method, a target and,
//! after that, the body as it is sent. `<<TEXT*N>>` stands for the text so many times. `{task}`, `{guest}` and
//! `{export}` stand for the last task, the last guest and the last exported file. `advance` moves the clock by seconds,
//! `check` holds the [invariants](crate::invariants), as the end does. Settings stand in lines at the beginning. Lines
//! that are none of this are passed over.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use stream_users_emulator::{Emulator, EmulatorBuilder, GuestIds, RateLimits};

use crate::answer::Answer;
use crate::client::{Client, Sender};
use crate::invariants::Invariants;

/// How many lines of a script are run.
const MOST_LINES: usize = 60;
/// How long a line may become when repeated texts are written out, in bytes.
const LONGEST: usize = 256 << 10;

/// How many emulators with settings of their own are kept.
const MOST_KEPT: usize = 32;
/// How far the clock of an emulator that is kept may be ahead.
const FARTHEST: Duration = Duration::from_hours(365 * 24);

thread_local! {
    /// Emulators by their settings: to forget everything takes less time than to start another.
    static KEPT: RefCell<HashMap<String, Client>> = RefCell::default();
}

/// Runs a script and holds every answer against what it must be.
pub fn run(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n').take(MOST_LINES).peekable();
    let mut words = String::new();
    while let Some(line) = lines.next_if(|line| line.starts_with(b"with ")) {
        words.push_str(&String::from_utf8_lossy(&line[4..]));
    }
    let kept = KEPT.with_borrow_mut(|kept| kept.remove(&words));
    let client = kept.unwrap_or_else(|| Client::new(settings(Emulator::builder().role("speaker"), &words)));
    let mut script = Script {
        client,
        invariants: Invariants::default(),
        task: String::new(),
        guest: (String::new(), String::new()),
        export: String::new(),
    };
    for line in lines {
        script.line(line);
    }
    script.check();
    script.client.service.reset().expect("the data can be removed");
    let ahead = script.client.service.now().duration_since(SystemTime::now());
    if ahead.is_ok_and(|ahead| ahead > FARTHEST) {
        return;
    }
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(words, script.client);
    });
}

fn settings(mut builder: EmulatorBuilder, words: &str) -> EmulatorBuilder {
    for word in words.split(' ') {
        builder = match word {
            "documented-limits" => builder.rate_limits(RateLimits::Documented),
            "plain-guests" => builder.guest_ids(GuestIds::Prefix(String::new())),
            "slow-tasks" => builder.task_latency(Duration::from_secs(30)),
            "quick-tasks" => builder.task_latency(Duration::ZERO),
            _ => builder.settings(|settings| {
                let flag = match word {
                    "strict" => &mut settings.refuse_unknown_fields,
                    "merging" => &mut settings.upsert_merges_privacy_settings,
                    "forgetful" => {
                        settings.upsert_keeps_role = false;
                        &mut settings.upsert_keeps_teams
                    }
                    "lax-hard" => &mut settings.hard_delete_needs_all_modes,
                    "keep-memberships" => &mut settings.soft_delete_ends_memberships,
                    "refuse-repeated" => {
                        settings.refuse_repeated_block = true;
                        &mut settings.refuse_unblock_of_unblocked
                    }
                    _ => return,
                };
                *flag = !*flag;
            }),
        }
    }
    builder
}

struct Script {
    client: Client,
    invariants: Invariants,
    task: String,
    /// The id of the last guest and its token.
    guest: (String, String),
    export: String,
}

impl Script {
    fn line(&mut self, line: &[u8]) {
        if line == b"check" {
            self.check();
        } else if let Some(seconds) = line.strip_prefix(b"advance ") {
            if let Ok(seconds) = String::from_utf8_lossy(seconds).parse() {
                self.client.service.advance_clock(Duration::from_secs(seconds));
            }
        } else {
            self.request(line);
        }
    }

    fn request(&mut self, line: &[u8]) {
        let line = expanded(line);
        let mut words = line.splitn(4, |byte| *byte == b' ');
        let mut word = || std::str::from_utf8(words.next()?).ok();
        let (Some(sender), Some(method), Some(target)) = (word(), word(), word()) else {
            return;
        };
        let body = words.next().unwrap_or_default();
        let sender = match sender {
            "server" => Sender::Server,
            "anonymous" => Sender::Anonymous,
            "guest" => Sender::Token(&self.guest.1),
            _ => match sender.split_once(':') {
                Some(("user", id)) => Sender::User(id),
                Some(("token", token)) => Sender::Token(token),
                _ => Sender::Nobody,
            },
        };
        let target = self.filled(target);
        let body = match std::str::from_utf8(body) {
            Ok(text) => self.filled(text).into_bytes(),
            Err(_) => body.to_vec(),
        };
        // A fault that lets requests wait does so in real time.
        if target.starts_with("/_emulator/faults") && find(&body, b"latency").is_some() {
            return;
        }
        let Some(answer) = self.client.send(&sender, method, &target, &body) else {
            return;
        };
        answer.check();
        if answer.spoilt {
            return;
        }
        self.remember(&answer);
        self.invariants.after(method, &answer);
    }

    /// A text with what stands for something that an earlier answer has told.
    fn filled(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        text.replace("{task}", &self.task)
            .replace("{guest}", &self.guest.0)
            .replace("{export}", &self.export)
    }

    fn remember(&mut self, answer: &Answer) {
        let body = answer.json();
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        if let Some(task) = text(body.get("task_id")) {
            self.task = task;
        }
        if let (Some(token), Some(user)) = (text(body.get("access_token")), body.get("user")) {
            self.guest = (text(user.get("id")).unwrap_or_default(), token);
        }
        let url = body.get("result").and_then(|result| result.get("url"));
        if let Some((_, path)) = text(url).as_deref().and_then(|url| url.split_once("/exports/")) {
            self.export = format!("/exports/{path}");
        }
    }

    fn check(&mut self) {
        self.invariants.check(&self.client);
    }
}

/// A line with its repeated texts written out.
fn expanded(line: &[u8]) -> Vec<u8> {
    let mut expanded = Vec::new();
    let mut rest = line;
    while let Some(start) = find(rest, b"<<") {
        let Some(end) = find(&rest[start..], b">>").map(|end| start + end) else {
            break;
        };
        expanded.extend_from_slice(&rest[..start]);
        let inner = &rest[start + 2..end];
        let repeated = inner.iter().rposition(|byte| *byte == b'*').and_then(|star| {
            let count: usize = std::str::from_utf8(&inner[star + 1..]).ok()?.parse().ok()?;
            Some((&inner[..star], count))
        });
        match repeated {
            Some((text, count)) if text.len().saturating_mul(count) + expanded.len() <= LONGEST => {
                expanded.extend_from_slice(&text.repeat(count));
            }
            _ => expanded.extend_from_slice(&rest[start..end + 2]),
        }
        rest = &rest[end + 2..];
    }
    expanded.extend_from_slice(rest);
    expanded
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
