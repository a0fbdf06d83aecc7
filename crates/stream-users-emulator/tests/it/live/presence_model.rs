//! Presence against a plain model: connections come and go and the user hides and shows itself, in any order.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::room::{Guest, Room};

#[derive(Debug, Clone, Copy)]
enum Step {
    Come,
    /// The connection of this index goes, as far as there are so many.
    Go(usize),
    Invisible(bool),
    Deactivate,
    Reactivate,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Come),
        4 => (0..4_usize).prop_map(Step::Go),
        3 => any::<bool>().prop_map(Step::Invisible),
        1 => Just(Step::Deactivate),
        1 => Just(Step::Reactivate),
    ];
    proptest::collection::vec(step, 1..25)
}

/// What is true of ada after each step.
#[derive(Debug, Default)]
struct Model {
    connections: usize,
    invisible: bool,
    deactivated: bool,
}

impl Model {
    fn online(&self) -> bool {
        self.connections > 0
    }

    fn seen(&self) -> bool {
        self.online() && !self.invisible
    }
}

async fn run(steps: &[Step]) {
    let room = Room::new().await;
    room.stream.upsert([json!({ "id": "ada" })]);
    let mut bob = room.newer("bob").await;
    room.watch(&bob, ["ada"]);
    let (mut model, mut there) = (Model::default(), Vec::<Guest>::new());
    for step in steps {
        let before = model.seen();
        match *step {
            Step::Come if model.deactivated => continue,
            Step::Come => {
                there.push(room.newer("ada").await);
                model.connections += 1;
            }
            Step::Go(index) if index < there.len() => {
                room.leave(there.swap_remove(index)).await;
                model.connections -= 1;
            }
            Step::Invisible(invisible) if !model.deactivated => {
                let users = json!({ "users": [{ "id": "ada", "set": { "invisible": invisible } }] });
                room.stream.call("PATCH", "/api/v2/users", users).ok(200);
                model.invisible = invisible;
            }
            Step::Deactivate if !model.deactivated => {
                room.stream
                    .post("/api/v2/users/ada/deactivate", json!({}))
                    .ok(201);
                model.deactivated = true;
                model.connections = 0;
                there.clear();
            }
            Step::Reactivate if model.deactivated => {
                room.stream
                    .post("/api/v2/users/ada/reactivate", json!({}))
                    .ok(201);
                model.deactivated = false;
            }
            _ => continue,
        }
        let told = room.told(&mut bob).await;
        let told: Vec<&Value> = told
            .iter()
            .filter(|event| event["type"] == "user.presence.changed")
            .map(|event| &event["user"]["online"])
            .collect();
        let expected: &[bool] = if before == model.seen() {
            &[]
        } else {
            &[model.seen()]
        };
        assert_eq!(told, expected, "{step:?}: {model:?}");
        assert_eq!(
            room.stream.user("ada")["online"],
            model.online(),
            "{step:?}: {model:?}"
        );
        let connected = room.emulator.connections();
        let own = connected.iter().filter(|one| one.user_id == "ada").count();
        assert_eq!(own, model.connections, "{step:?}: {model:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_others_are_told_is_what_has_changed(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(&steps));
    }
}
