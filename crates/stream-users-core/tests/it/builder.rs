use std::process::Command;

use stream_users_core::{Client, ClientBuilder, Error, ErrorKind, UsersApi};
use stream_users_model::{Custom, Filter, QueryUsers};
use stream_users_testing::{ManualClock, ScriptedTransport};

use crate::stage::empty;

fn complete() -> ClientBuilder {
    Client::builder("key")
        .server("s3cr3t")
        .transport(ScriptedTransport::new([]))
        .clock(ManualClock::auto_advance())
}

fn failing(builder: ClientBuilder) -> Error {
    let error = builder.build().unwrap_err();
    assert!(
        !error.to_string().contains("s3cr3t") && !format!("{error:?}").contains("s3cr3t"),
        "{error:?}"
    );
    error
}

#[test]
fn what_is_missing_is_named() {
    complete().build().unwrap();
    for (builder, kind, part) in [
        (
            Client::builder("")
                .server("s3cr3t")
                .transport(ScriptedTransport::new([])),
            ErrorKind::Config,
            "api key",
        ),
        (
            Client::builder("key").server("s3cr3t"),
            ErrorKind::Config,
            "transport",
        ),
        (
            Client::builder("key").transport(ScriptedTransport::new([])),
            ErrorKind::Auth,
            "credential",
        ),
        (complete().server(""), ErrorKind::Auth, "api secret is empty"),
        (complete().user_token(""), ErrorKind::Auth, "token"),
        (complete().user_token("s3cr3t\nsplit"), ErrorKind::Auth, "token"),
        (
            complete().user_agent_suffix("two\nlines"),
            ErrorKind::Config,
            "suffix",
        ),
    ] {
        let error = failing(builder);
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_base_url_is_checked() {
    for url in [
        "",
        "/",
        "host",
        "host:80",
        "ftp://host",
        "https://",
        "https://u:s3cr3t@host",
        "https://host?a=s3cr3t",
        "https://host#a",
        "https://ho st",
        "http://127.0.0.1:PORT",
        "http://127.0.0.1:99999",
        "https://host:",
        "https://a:beta",
        "http://[::1]:",
    ] {
        let error = failing(complete().base_url(url));
        assert_eq!(error.kind(), ErrorKind::Config, "{url}");
        assert!(error.to_string().contains("base url"), "{error}");
    }
    for url in [
        "https://host",
        "http://127.0.0.1:1/",
        "http://[::1]:8080",
        "http://[::1]",
        "https://host/prefix//",
        "HTTPS://host",
    ] {
        assert!(complete().base_url(url).build().is_ok(), "{url}");
    }
}

/// Runs this test binary again with these variables, in which the test `name` then does its part.
fn in_environment(name: &str, variables: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env_remove("STREAM_API_KEY")
        .env_remove("STREAM_API_SECRET")
        .env_remove("STREAM_BASE_URL")
        .env("STREAM_USERS_TEST_CHILD", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{variables:?}\n{text}"
    );
}

fn is_child() -> bool {
    std::env::var_os("STREAM_USERS_TEST_CHILD").is_some()
}

#[tokio::test]
async fn the_environment_describes_a_client() {
    let whole = [("STREAM_API_KEY", "env-key"), ("STREAM_API_SECRET", "env-s3cr3t")];
    if !is_child() {
        let elsewhere = [whole[0], whole[1], ("STREAM_BASE_URL", "http://localhost:3030")];
        let name = "builder::the_environment_describes_a_client";
        in_environment(name, &elsewhere);
        in_environment(name, &whole);
        in_environment(name, &[whole[0], whole[1], ("STREAM_BASE_URL", "")]);
        return;
    }
    let url = std::env::var("STREAM_BASE_URL")
        .ok()
        .filter(|url| !url.is_empty());
    let transport = ScriptedTransport::new([empty()]);
    let client = ClientBuilder::from_env()
        .unwrap()
        .transport(transport.clone())
        .clock(ManualClock::auto_advance())
        .build()
        .unwrap();
    client
        .users::<Custom>()
        .query_users(QueryUsers::new(Filter::all()))
        .await
        .unwrap();
    let request = &transport.requests()[0];
    assert_eq!(request.query_value("api_key").as_deref(), Some("env-key"));
    let host = request.as_http().uri().authority().unwrap().to_string();
    assert_eq!(
        host,
        if url.is_some() {
            "localhost:3030"
        } else {
            "chat.stream-io-api.com"
        }
    );
    let token = stream_users_core::token::server_token(&"env-s3cr3t".into()).unwrap();
    assert_eq!(request.header("authorization"), Some(token.expose()));
}

#[test]
fn an_environment_with_gaps_names_the_variable() {
    if !is_child() {
        let name = "builder::an_environment_with_gaps_names_the_variable";
        for (variables, missing) in [
            (&[][..], "STREAM_API_KEY"),
            (
                &[("STREAM_API_SECRET", "env-s3cr3t"), ("STREAM_API_KEY", "")],
                "STREAM_API_KEY",
            ),
            (&[("STREAM_API_KEY", "env-key")], "STREAM_API_SECRET"),
            (
                &[("STREAM_API_KEY", "env-key"), ("STREAM_API_SECRET", "")],
                "STREAM_API_SECRET",
            ),
            (
                &[
                    ("STREAM_API_KEY", "k"),
                    ("STREAM_API_SECRET", "env-s3cr3t"),
                    ("STREAM_BASE_URL", "nowhere"),
                ],
                "STREAM_BASE_URL: the base url must start with http",
            ),
        ] {
            let expected = [("STREAM_USERS_TEST_EXPECTED", missing)];
            in_environment(name, &[variables, &expected].concat());
        }
        return;
    }
    let error = Client::from_env(ScriptedTransport::new([])).unwrap_err();
    let expected = std::env::var("STREAM_USERS_TEST_EXPECTED").unwrap();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.to_string().contains(&expected) && !error.to_string().contains("s3cr3t"),
        "{error}"
    );
}

#[test]
fn what_goes_unencrypted_has_to_be_asked_for() {
    let at = |url: &str| complete().base_url(url);
    for url in [
        "http://example.com",
        "http://10.0.0.1:8800",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://[::2]/",
        "http://notlocalhost",
    ] {
        let error = failing(at(url));
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(
            error.to_string().contains("allow_http") && error.to_string().contains("https://"),
            "{error}"
        );
        at(url).allow_http().build().unwrap();
    }
    for url in [
        "http://localhost:8800",
        "http://LOCALHOST./prefix",
        "http://stream.localhost",
        "http://127.0.0.1",
        "http://127.8.9.10:1",
        "http://[::1]:8800",
        "http://[::ffff:127.0.0.1]",
        "https://example.com",
    ] {
        at(url).build().unwrap_or_else(|error| panic!("{url}: {error}"));
    }
    assert!(failing(at("http:///path")).to_string().contains("base url"));
}
