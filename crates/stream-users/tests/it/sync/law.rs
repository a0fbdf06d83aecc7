//! The law: a synchronization leaves behind what upserting everybody and removing the others would, and writes to whoever
//! differs and to nobody else.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use stream_users::prelude::*;
use stream_users::sync::Gone;
use stream_users::{DeleteUsers, PrivacySettings};
use tokio::runtime::Runtime;

use super::{Stage, run};

/// Ids whose order by bytes is not that of letters.
const IDS: [&str; 9] = ["B", "Zoe", "_x", "a", "a-b", "a@b", "ab", "b", "zoe"];

fn custom() -> impl Strategy<Value = Option<Map<String, Value>>> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (0..3).prop_map(Value::from),
        "[xy]{0,2}".prop_map(Value::from),
    ];
    let value = prop_oneof![
        4 => leaf.clone(),
        1 => prop::collection::vec(leaf.clone(), 0..3).prop_map(Value::from),
        2 => prop::collection::btree_map("[pq]", leaf, 0..3).prop_map(|map| json!(map)),
    ];
    // A key with a dot is one that no patch can name.
    let key = prop_oneof![6 => "[klm]", 1 => Just("k.l".to_owned())];
    let map = prop::collection::btree_map(key, value, 0..4).prop_map(|map| map.into_iter().collect());
    prop::option::of(map)
}

prop_compose! {
    fn user(id: &'static str)(
        name in prop::option::of("[AB]"),
        image in prop::option::weighted(0.2, Just("https://x.test/a.png")),
        role in prop::option::weighted(0.3, prop_oneof![Just("user"), Just("moderator")]),
        language in prop::option::weighted(0.2, prop_oneof![Just("en"), Just("fr")]),
        invisible in prop::option::weighted(0.2, any::<bool>()),
        teams in prop::option::weighted(0.2, prop::collection::btree_set("[rg]", 0..3)),
        receipts in prop::option::weighted(0.2, any::<bool>()),
        typing in prop::option::weighted(0.2, any::<bool>()),
        custom in custom(),
    ) -> UserRequest {
        let mut user = UserRequest::new(id);
        user.name = name.map(Into::into);
        user.image = image.map(Into::into);
        user.role = role.map(Into::into);
        user.language = language.map(Into::into);
        user.invisible = invisible;
        user.teams = teams.map(|teams| teams.into_iter().map(Into::into).collect());
        let mut settings = PrivacySettings::new();
        if let Some(receipts) = receipts {
            settings = settings.read_receipts(receipts);
        }
        if let Some(typing) = typing {
            settings = settings.typing_indicators(typing);
        }
        user.privacy_settings = Some(settings).filter(|settings| *settings != PrivacySettings::new());
        user.custom = custom.map(Custom::from);
        user
    }
}

/// Of each id: what is there and whether it is deactivated, and what is wanted.
type World = Vec<(Option<(UserRequest, bool)>, Option<UserRequest>)>;

fn world() -> impl Strategy<Value = World> {
    let one = |id: &'static str| {
        let there = prop::option::weighted(0.7, (user(id), prop::bool::weighted(0.2)));
        let both = (
            there,
            prop::option::weighted(0.7, user(id)),
            prop::bool::weighted(0.3),
        );
        both.prop_map(|(there, wanted, same)| match (there, wanted) {
            (Some((there, inactive)), Some(_)) if same => (Some((there.clone(), inactive)), Some(there)),
            other => other,
        })
    };
    Vec::from(IDS.map(one))
}

/// The world on a Stream of its own.
async fn stage(world: &World) -> Stage {
    let stage = Stage::new([]);
    let there: Vec<_> = world.iter().filter_map(|(there, _)| there.clone()).collect();
    if !there.is_empty() {
        let users = there.iter().map(|(user, _)| user.clone());
        stage.users.upsert_users(UpsertUsers::new(users)).await.unwrap();
    }
    for (user, inactive) in there {
        if inactive {
            stage.users.deactivate(user.id).await.unwrap();
        }
    }
    stage
}

/// What one would do without a synchronization: write everybody.
async fn write_everybody(stage: &Stage, world: &World, gone: &Gone, reactivate: bool) {
    for (there, wanted) in world {
        let is_inactive = there.as_ref().is_some_and(|(_, inactive)| *inactive);
        match (there, wanted) {
            (_, Some(wanted)) => {
                if is_inactive && reactivate {
                    stage.users.reactivate(&wanted.id).await.unwrap();
                }
                if !is_inactive || reactivate {
                    stage.users.upsert_user(wanted.clone()).await.unwrap();
                }
            }
            (Some((there, _)), None) => match gone {
                Gone::Deactivate(_) if !is_inactive => {
                    stage.users.deactivate(&there.id).await.unwrap();
                }
                Gone::Delete(_) => {
                    let started = stage
                        .users
                        .delete_users(DeleteUsers::new([&there.id]))
                        .await
                        .unwrap();
                    stage.users.task(&started.body).wait().await.unwrap();
                }
                _ => {}
            },
            (None, None) => {}
        }
    }
}

fn who_differs(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let ids = before.keys().chain(after.keys());
    ids.filter(|id| before.get(*id) != after.get(*id))
        .cloned()
        .collect()
}

async fn keeps_the_law(world: World, gone: Gone, reactivate: bool) -> Result<(), TestCaseError> {
    let one = stage(&world).await;
    let other = stage(&world).await;
    let before = one.state();
    write_everybody(&other, &world, &gone, reactivate).await;
    let wanted: Vec<_> = world.iter().filter_map(|(_, wanted)| wanted.clone()).collect();
    let sync = || {
        one.sync()
            .gone(gone.clone())
            .max_gone_share(1.0)
            .reactivate(reactivate)
    };

    let (planned, plan) = run(sync().dry_run(), wanted.clone()).await;
    prop_assert!(
        one.written().is_empty() && one.state() == before,
        "a dry run writes nothing"
    );

    let (report, changes) = run(sync(), wanted.clone()).await;
    let after = one.state();
    prop_assert_eq!(&after, &other.state());
    prop_assert_eq!(report.failed, 0, "{:?}", changes);
    let written: BTreeSet<String> = one.written().into_values().flatten().collect();
    prop_assert_eq!(&written, &who_differs(&before, &after));
    prop_assert_eq!(report.changed(), written.len() as u64);
    let names = |changes: &[stream_users::sync::SyncChange]| {
        let names = changes.iter().map(|change| (change.id.clone(), change.kind));
        let mut names: Vec<_> = names.map(|name| format!("{name:?}")).collect();
        names.sort();
        names
    };
    prop_assert_eq!(names(&plan), names(&changes));
    prop_assert_eq!(planned.changed(), report.changed());

    let (report, _) = run(sync(), wanted).await;
    prop_assert!(one.written().is_empty(), "a second run writes nothing");
    prop_assert_eq!((report.changed(), report.failed), (0, 0));
    prop_assert_eq!(one.state(), after);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn it_is_as_if_everybody_had_been_written(
        world in world(),
        gone in prop_oneof![Just(Gone::Keep), Just(Gone::deactivate()), Just(Gone::delete())],
        reactivate in any::<bool>(),
    ) {
        Runtime::new().unwrap().block_on(keeps_the_law(world, gone, reactivate))?;
    }
}
