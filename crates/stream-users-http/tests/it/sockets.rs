//! What the transport asks of its sockets, read from the sockets themselves.

use std::time::Duration;

use rustix::fd::OwnedFd;
use rustix::net::{getsockname, sockopt};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A socket of this process, by its own address.
fn socket(address: std::net::SocketAddr) -> Option<OwnedFd> {
    let this = pidfd_open(getpid(), PidfdFlags::empty()).ok()?;
    let numbers = std::fs::read_dir("/proc/self/fd").unwrap();
    let numbers = numbers.filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().parse().ok());
    numbers
        .filter_map(|number| pidfd_getfd(&this, number, PidfdGetfdFlags::empty()).ok())
        .find(|socket| {
            getsockname(socket).is_ok_and(|name| std::net::SocketAddr::try_from(name) == Ok(address))
        })
}

/// A request leaves at once, and a connection whose other end is gone without a word is found out.
#[tokio::test]
async fn sockets_send_at_once_and_notice_when_nobody_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let transport = builder().read_timeout(Duration::from_secs(7)).build().unwrap();
    let server = async {
        let (mut stream, client) = listener.accept().await.unwrap();
        let socket = socket(client);
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.unwrap());
        }
        stream
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .await
            .unwrap();
        socket
    };
    let (socket, answer) = tokio::join!(server, transport.send(get(url)));
    assert_eq!(answer.unwrap().status(), 204);
    // Some sandboxes do not let a process look at itself.
    let Some(socket) = socket else { return };
    assert!(sockopt::tcp_nodelay(&socket).unwrap());
    assert!(sockopt::socket_keepalive(&socket).unwrap());
    assert_eq!(sockopt::tcp_keepidle(&socket).unwrap(), Duration::from_secs(15));
    assert_eq!(sockopt::tcp_keepintvl(&socket).unwrap(), Duration::from_secs(5));
    assert_eq!(sockopt::tcp_keepcnt(&socket).unwrap(), 3);
    assert_eq!(sockopt::tcp_user_timeout(&socket).unwrap(), 7_000);
}
