//! Secrets are on the wire and nowhere else.

use stream_users_model::{CreatedGuest, Custom, ExportedFile, Task, Timestamp, Token, User};

const SECRET: &str = "eyJ0-secret";

#[test]
fn a_token_does_not_print() {
    let token = Token::new(SECRET);
    for text in [
        format!("{token:?}"),
        format!("{token:#?}"),
        format!("{:?}", Some(&token)),
    ] {
        assert!(!text.contains(SECRET), "{text}");
    }
    assert_eq!(token.expose(), SECRET);
    assert_eq!(serde_json::to_value(&token).unwrap(), SECRET);
}

#[test]
fn a_guests_token_does_not_print_and_travels() {
    let guest = CreatedGuest::new(User::new("guest", Custom::new(), Timestamp::UNIX_EPOCH), SECRET);
    for text in [format!("{guest:?}"), format!("{guest:#?}")] {
        assert!(text.contains("guest") && !text.contains(SECRET), "{text}");
    }
    assert_eq!(serde_json::to_value(&guest).unwrap()["access_token"], SECRET);
    let wrong =
        serde_json::from_str::<CreatedGuest>(&format!(r#"{{"access_token":"{SECRET}"}}"#)).unwrap_err();
    assert!(!wrong.to_string().contains(SECRET));
}

#[test]
fn the_url_of_an_export_does_not_print() {
    let file = ExportedFile::new(format!("https://files.example/{SECRET}"));
    for text in [format!("{file:?}"), format!("{file:#?}")] {
        assert!(!text.contains(SECRET) && !text.contains("https"), "{text}");
    }
    assert!(file.url.ends_with(SECRET));
}

#[test]
fn a_task_does_not_print_the_url_that_it_ended_with() {
    let task: Task = serde_json::from_value(serde_json::json!({
        "task_id": "t", "status": "completed", "created_at": 1, "updated_at": 1, "result": {"url": SECRET},
    }))
    .unwrap();
    assert!(!format!("{task:?}").contains(SECRET));
    assert_eq!(task.result.unwrap().decode::<ExportedFile>().unwrap().url, SECRET);
}
