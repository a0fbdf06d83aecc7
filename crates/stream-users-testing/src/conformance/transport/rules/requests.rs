//! What arrives at the origin is what the client sent, once, and nothing else.

use bytes::Bytes;
use stream_users_core::Transport;

use crate::conformance::transport::origin::Seen;
use crate::conformance::transport::reply::{Ending, Framing, Point, Reply};
use crate::conformance::transport::stage::{Stage, answer, request, same, send, shown, texts};
use crate::conformance::{Broken, Outcome};

/// Sends a request that is answered, and gives what of it arrived.
async fn arrived(
    stage: &Stage,
    transport: &std::sync::Arc<dyn Transport>,
    request: http::Request<Bytes>,
    when: &str,
) -> Result<Seen, Broken> {
    let before = stage.log().count();
    stage.reply(request.uri().path(), Reply::new(200, "{}"));
    answer(send(transport, request).await?, when)?;
    let seen = stage.log().requests().into_iter().nth(before);
    seen.ok_or_else(|| Broken::new(format!("{when}: nothing arrived at the origin"), "the request"))
}

pub(crate) async fn methods_and_bodies_go_as_they_are(stage: &Stage) -> Outcome {
    let every_byte: Vec<u8> = (0..=255).collect();
    let transport = stage.transport();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        for body in [
            Vec::new(),
            b"{ \"a\":1 }".to_vec(),
            every_byte.clone(),
            every_byte.repeat(4096),
        ] {
            // A body of a GET has no meaning, and the client sends none.
            if method == "GET" && !body.is_empty() {
                continue;
            }
            let body = Bytes::from(body);
            let when = format!("a {method} with a body of {} bytes", body.len());
            let request = request(method, &stage.url("/as-it-is"), &[], body.clone())?;
            let seen = arrived(stage, &transport, request, &when).await?;
            same(&seen.method, &method.to_owned(), &when, Clone::clone)?;
            same(&seen.body, &body, &when, |body| shown(body))?;
        }
    }
    Ok(())
}

pub(crate) async fn the_target_goes_as_it_is(stage: &Stage) -> Outcome {
    let long = format!("/long?payload={}", "%7B%22ada%22%3A1%7D+".repeat(432));
    let targets = [
        "/",
        "/api/v2/users/a%2Fb%20c+d%252F",
        "/api/v2/users/caf%C3%A9%2f~-._!$&'()*,;=:@",
        "/api//v2/",
        "/users?payload=%7B%22id%22:%20%22a+b%2Bc%22%7D&b=&b=2&c&a=1",
        "/users?x=/?:@%23%26%3D",
        &long,
    ];
    let transport = stage.transport();
    for target in targets {
        let name: String = target.chars().take(60).collect();
        let when = format!("the target {name}, of {} bytes", target.len());
        let seen = arrived(stage, &transport, stage.get(target)?, &when).await?;
        same(&seen.target, &target.to_owned(), &when, Clone::clone)?;
    }
    Ok(())
}

pub(crate) async fn headers_go_as_they_are(stage: &Stage) -> Outcome {
    let long = "v".repeat(8192);
    let headers: [(&str, &[u8]); 9] = [
        ("authorization", b"raw.jwt.here"),
        ("stream-auth-type", b"jwt"),
        ("content-type", b"application/json"),
        ("x-client-request-id", b"d0e1c6f4-0000-4000-8000-000000000000"),
        ("user-agent", b"of the request/1"),
        ("if-match", b"\"an etag\""),
        ("range", b"bytes=0-"),
        ("x-empty", b""),
        ("x-long", long.as_bytes()),
    ];
    let transport = stage.transport();
    for method in ["GET", "POST"] {
        let when = format!("the headers of a {method}");
        let body = if method == "GET" { "" } else { "{}" };
        let request = request(method, &stage.url("/headers"), &headers, body)?;
        let seen = arrived(stage, &transport, request, &when).await?;
        for (name, value) in headers {
            same(
                &seen.header(name),
                &vec![value],
                &format!("{when}: {name}"),
                |values| texts(values),
            )?;
        }
    }
    Ok(())
}

pub(crate) async fn nothing_is_added(stage: &Stage) -> Outcome {
    // What HTTP itself needs, and how an HTTP stack introduces itself.
    const OF_HTTP: [&str; 9] = [
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "te",
        "transfer-encoding",
        "user-agent",
    ];
    let transport = stage.transport();
    for (method, body) in [
        ("GET", ""),
        ("POST", "{}"),
        ("POST", ""),
        ("PUT", ""),
        ("DELETE", ""),
    ] {
        let when = format!(
            "a {method} without headers and with a body of {} bytes",
            body.len()
        );
        let request = request(method, &stage.url("/nothing-added?api_key=k"), &[], body)?;
        let seen = arrived(stage, &transport, request, &when).await?;
        let added: Vec<&str> = seen
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| !OF_HTTP.contains(name))
            .collect();
        if !added.is_empty() {
            return Err(Broken::new(
                format!("{when} arrived with {}", added.join(", ")),
                format!("no header besides {}", OF_HTTP.join(", ")),
            ));
        }
        if body.is_empty() {
            let chunks = seen.header("transfer-encoding");
            same(
                &chunks,
                &Vec::new(),
                &format!("{when}: transfer-encoding"),
                |values| texts(values),
            )?;
        }
    }
    Ok(())
}

pub(crate) async fn nothing_is_remembered(stage: &Stage) -> Outcome {
    const OF_A_MEMORY: [&str; 6] = [
        "authorization",
        "cookie",
        "if-modified-since",
        "if-none-match",
        "proxy-authorization",
        "referer",
    ];
    let transport = stage.transport();
    let remembered = Reply::new(200, "first")
        .header("set-cookie", "session=1; path=/")
        .header("cache-control", "public, max-age=3600")
        .header("etag", "\"first\"")
        .header("last-modified", "Sat, 01 Jan 2022 00:00:00 GMT");
    stage.reply("/remembered", remembered);
    let headers: [(&str, &[u8]); 1] = [("authorization", b"raw.jwt.here")];
    let first = request("GET", &stage.url("/remembered"), &headers, "")?;
    answer(send(&transport, first).await?, "the first of two calls")?;

    stage.reply("/remembered", Reply::new(200, "second"));
    let when = "the second of two calls, without headers";
    let second = answer(send(&transport, stage.get("/remembered")?).await?, when)?;
    let is = Bytes::from_static(b"second");
    same(second.body(), &is, when, |body| shown(body))?;
    let seen = stage.log().requests();
    same(
        &seen.len(),
        &2,
        "requests at the origin after two calls",
        usize::to_string,
    )?;
    for name in OF_A_MEMORY {
        let found = seen.last().map(|seen| seen.header(name)).unwrap_or_default();
        same(&found, &Vec::new(), &format!("{when}: {name}"), |values| {
            texts(values)
        })?;
    }
    Ok(())
}

pub(crate) async fn each_request_is_sent_once(stage: &Stage) -> Outcome {
    let refusals = [401, 408, 421, 425, 429, 500, 502, 503, 504].map(|status| {
        let reply = Reply::new(status, "try again")
            .header("retry-after", "0")
            .header("www-authenticate", "Basic realm=\"a\"");
        (format!("an answer of status {status}"), reply)
    });
    let failures = [
        (
            "a connection that ends before the answer",
            Ending::Cut(Point::Before),
        ),
        ("a connection that ends in the head", Ending::Cut(Point::Head)),
        ("a connection that ends in the body", Ending::Cut(Point::Body)),
        ("an answer that is no HTTP", Ending::NoHttp),
    ]
    .map(|(name, ending)| (name.to_owned(), Reply::new(200, "never whole").ending(ending)));
    let transport = stage.transport();
    for (n, (when, reply)) in refusals.into_iter().chain(failures).enumerate() {
        for (method, body) in [("GET", ""), ("POST", "{}")] {
            // On a connection that is kept open, if the transport keeps one: there a retry hides most easily.
            stage.works(&transport, "the one before").await?;
            let path = format!("/once/{n}/{method}");
            stage.reply(&path, reply.clone().framing(Framing::Length));
            let request = request(method, &stage.url(&path), &[], body)?;
            // What comes of it is the matter of other rules.
            let _ = send(&transport, request).await?;
            stage.works(&transport, &when).await?;
            let seen = stage.log().requests();
            let times = seen.iter().filter(|seen| seen.target == path).count();
            let when = format!("a {method} after {when}, times at the origin");
            same(&times, &1, &when, usize::to_string)?;
        }
    }
    Ok(())
}
