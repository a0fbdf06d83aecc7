//! What comes back is what the origin answered.

use bytes::Bytes;

use crate::conformance::transport::reply::{Framing, Reply};
use crate::conformance::transport::stage::{Stage, answer, request, same, send, shown, texts};
use crate::conformance::{Broken, Outcome};

pub(crate) async fn any_status_is_an_answer(stage: &Stage) -> Outcome {
    const STATUSES: [u16; 32] = [
        200, 201, 202, 203, 204, 206, 226, 299, 300, 304, 400, 401, 402, 403, 404, 407, 408, 409, 410, 413,
        416, 418, 421, 422, 425, 429, 451, 499, 500, 502, 503, 599,
    ];
    let transport = stage.transport();
    for status in STATUSES {
        let path = format!("/status/{status}");
        let body = match status {
            204 | 304 => String::new(),
            _ => format!("the body of {status}"),
        };
        stage.reply(&path, Reply::new(status, body.clone()));
        let when = format!("an answer of status {status}");
        let answer = answer(send(&transport, stage.get(&path)?).await?, &when)?;
        same(&answer.status().as_u16(), &status, &when, u16::to_string)?;
        same(answer.body(), &Bytes::from(body), &when, |body| shown(body))?;
    }
    Ok(())
}

pub(crate) async fn redirects_are_not_followed(stage: &Stage) -> Outcome {
    let transport = stage.transport();
    stage.reply("/elsewhere", Reply::new(200, "the answer of another place"));
    let locations = [
        ("a relative location", "/elsewhere".to_owned()),
        ("an absolute location", stage.url("/elsewhere")),
        // The same place by another name, where there are names.
        (
            "a location at another host",
            stage.url("/elsewhere").replace("127.0.0.1", "localhost"),
        ),
    ];
    for status in [301, 302, 303, 307, 308] {
        for (kind, location) in &locations {
            let reply = Reply::new(status, "over there").header("location", location);
            stage.reply("/redirect", reply);
            let before = stage.log().count();
            let when = format!("an answer of status {status} with {kind}");
            let answer = answer(send(&transport, stage.get("/redirect")?).await?, &when)?;
            same(&answer.status().as_u16(), &status, &when, u16::to_string)?;
            let kept = answer.headers().get("location");
            if kept.is_none_or(|kept| kept.as_bytes() != location.as_bytes()) {
                return Err(Broken::new(format!("{when}: location {kept:?}"), location));
            }
            let arrived = stage.log().count() - before;
            same(
                &arrived,
                &1,
                &format!("{when}, requests that arrived"),
                usize::to_string,
            )?;
        }
    }
    Ok(())
}

pub(crate) async fn bodies_come_byte_for_byte(stage: &Stage) -> Outcome {
    let every_byte: Vec<u8> = (0..=255).collect();
    let megabyte = every_byte.repeat(4096);
    let bodies: [(&str, Vec<u8>, usize); 5] = [
        ("empty", Vec::new(), 1),
        ("no JSON, under its content type", b"{\"users\": [".to_vec(), 1),
        ("no UTF-8", every_byte, 1),
        ("with line ends", b"\r\n\r\n\n\0\r\n0\r\n\r\n".to_vec(), 3),
        ("of a megabyte", megabyte, 8191),
    ];
    let transport = stage.transport();
    for (name, body, chunk) in bodies {
        let body = Bytes::from(body);
        for framing in [Framing::Length, Framing::Chunks(chunk), Framing::End] {
            let reply =
                Reply::new(200, body.clone()).header("content-type", "application/json; charset=utf-8");
            stage.reply("/body", reply.framing(framing));
            let when = format!("a body that is {name}, its end said by {framing:?}");
            let answer = answer(send(&transport, stage.get("/body")?).await?, &when)?;
            same(answer.body(), &body, &when, |body| shown(body))?;
        }
    }
    Ok(())
}

pub(crate) async fn repeated_headers_stay_repeated(stage: &Stage) -> Outcome {
    const VALUES: [&str; 3] = ["b=1; path=/", "a=2", "b=1; path=/"];
    let reply = VALUES.iter().fold(Reply::new(200, ""), |reply, value| {
        reply.header("set-cookie", value).header("x-between", "")
    });
    stage.reply("/repeated", reply);
    let headers = VALUES.map(|value| ("x-sent", value.as_bytes()));
    let request = request("GET", &stage.url("/repeated"), &headers, "")?;
    let answer = answer(
        send(&stage.transport(), request).await?,
        "an answer with repeated headers",
    )?;
    let came = answer.headers().get_all("set-cookie").iter();
    let came: Vec<&[u8]> = came.map(http::HeaderValue::as_bytes).collect();
    let expected = VALUES.map(str::as_bytes).to_vec();
    same(&came, &expected, "set-cookie in the answer", |values| {
        texts(values)
    })?;
    let empty = answer.headers().get_all("x-between").iter().count();
    same(
        &empty,
        &VALUES.len(),
        "empty headers in the answer",
        usize::to_string,
    )?;
    let seen = stage.log().requests();
    let sent = seen.first().map(|seen| seen.header("x-sent")).unwrap_or_default();
    same(&sent, &expected, "x-sent at the origin", |values| texts(values))
}

pub(crate) async fn header_values_need_not_be_text(stage: &Stage) -> Outcome {
    const VALUES: [(&str, &[u8]); 4] = [
        ("x-utf-8", "caf\u{e9}, \u{65e5}\u{672c}".as_bytes()),
        ("x-latin-1", b"caf\xe9"),
        ("x-bytes", b"\x80\xff\xfe"),
        ("x-tab", b"a\tb"),
    ];
    let reply = VALUES.iter().fold(Reply::new(200, ""), |reply, (name, value)| {
        reply.header(name, value)
    });
    stage.reply("/values", reply);
    let request = request("GET", &stage.url("/values"), &VALUES, "")?;
    let when = "an answer with headers that are no ASCII";
    let answer = answer(send(&stage.transport(), request).await?, when)?;
    let seen = stage.log().requests();
    for (name, value) in VALUES {
        let came = answer.headers().get_all(name).iter();
        let came: Vec<&[u8]> = came.map(http::HeaderValue::as_bytes).collect();
        same(&came, &vec![value], &format!("{name} in the answer"), |values| {
            texts(values)
        })?;
        let sent = seen.first().map(|seen| seen.header(name)).unwrap_or_default();
        same(&sent, &vec![value], &format!("{name} at the origin"), |values| {
            texts(values)
        })?;
    }
    Ok(())
}
