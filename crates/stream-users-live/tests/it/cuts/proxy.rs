//! A proxy on a real TCP socket between the client and the emulator that spoils connections in every way there is, and
//! counts those that are open at the same time. It knows nothing of frames or events.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use super::within;

/// How a connection is met, which is decided when its request has been read.
#[derive(Clone, Debug)]
pub(crate) enum Greeting {
    /// It goes through to the emulator.
    Pass,
    /// This is answered, and the connection ended.
    Answer(String),
    /// The emulator's answer to the upgrade goes through, nothing else does: reset.
    ResetAfterUpgrade,
    /// The same, but the connection stays open and silent.
    SilentAfterUpgrade,
    /// The request is swallowed.
    Silent,
    /// An upgrade is met so, and everything else goes through.
    Upgrade(Box<Greeting>),
}

impl Greeting {
    /// What a page in the way says: a captive portal, a gateway whose backend is down.
    pub(crate) fn html(status: u16) -> Self {
        Self::answer(
            status,
            "content-type: text/html\r\n",
            "<html><h1>Welcome</h1></html>",
        )
    }

    /// The service's own refusal to upgrade.
    pub(crate) fn too_many_requests(seconds: u32) -> Self {
        let head = format!("content-type: application/json\r\nretry-after: {seconds}\r\n");
        let body = r#"{"code":9,"message":"Too many requests","StatusCode":429,"duration":"0","more_info":"","details":[]}"#;
        Self::answer(429, &head, body)
    }

    fn answer(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Answer(format!(
            "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
    }
}

/// What happens to the connections that are open.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    /// Reset (RST), both ways.
    Reset,
    /// The emulator's side is ended; the client's stays open, and nobody answers.
    HalfOpen,
    /// Nothing goes through any more, and nobody is told.
    Silent,
    /// After so many bytes more towards the client, reset or end it.
    After(usize, End),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Reset,
    /// Without a close frame.
    Fin,
}

/// What the proxy has seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Connections of the client, ever.
    pub(crate) dialled: usize,
    /// Those that are open now.
    pub(crate) open: usize,
    /// The most that were ever open at the same time.
    pub(crate) most: usize,
    /// Bytes of the client that went nowhere.
    pub(crate) swallowed: usize,
    /// First lines of the requests that came first on their connections, without queries.
    pub(crate) requests: Vec<String>,
}

struct Open {
    number: usize,
    stream: Arc<TcpStream>,
    orders: mpsc::UnboundedSender<Order>,
}

struct Shared {
    upstream: Mutex<SocketAddr>,
    plan: Mutex<VecDeque<Greeting>>,
    standing: Mutex<Greeting>,
    open: Mutex<Vec<Open>>,
    seen: watch::Sender<Seen>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream: Mutex::new(upstream),
            plan: Mutex::default(),
            standing: Mutex::new(Greeting::Pass),
            open: Mutex::default(),
            seen: watch::channel(Seen::default()).0,
        });
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Self {
            address,
            shared,
            accepting,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next connections are met so, one by one; those after them go through, unless `always` says otherwise.
    pub(crate) fn next(&self, greetings: impl IntoIterator<Item = Greeting>) {
        lock(&self.shared.plan).extend(greetings);
    }

    /// From now on every connection that has no greeting of its own is met so.
    pub(crate) fn always(&self, greeting: Greeting) {
        *lock(&self.shared.standing) = greeting;
    }

    /// Whether every greeting that was planned has been used.
    pub(crate) fn is_plan_done(&self) -> bool {
        lock(&self.shared.plan).is_empty()
    }

    pub(crate) fn order(&self, order: Order) {
        for open in lock(&self.shared.open).iter() {
            open.orders.send(order).ok();
        }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.shared.seen.borrow().clone()
    }

    /// Waits until what was seen is so.
    pub(crate) async fn until(&self, is_so: impl FnMut(&Seen) -> bool) -> Seen {
        let mut seen = self.shared.seen.subscribe();
        within("the proxy", seen.wait_for(is_so)).await.unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    for number in 0.. {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let stream = Arc::new(stream);
        let (orders, received) = mpsc::unbounded_channel();
        let others: Vec<_> = lock(&shared.open)
            .iter()
            .map(|open| open.stream.clone())
            .collect();
        let mut still_open = 1;
        for other in others {
            still_open += usize::from(!is_closed(&other).await);
        }
        lock(&shared.open).push(Open {
            number,
            stream: stream.clone(),
            orders,
        });
        shared.seen.send_modify(|seen| {
            seen.dialled += 1;
            seen.open = still_open;
            seen.most = seen.most.max(still_open);
        });
        let open = Registered {
            number,
            shared: shared.clone(),
        };
        tokio::spawn(async move {
            meet(&open.shared, &stream, received).await.ok();
            drop(open);
        });
    }
}

/// Takes a connection out of the list at its end.
struct Registered {
    number: usize,
    shared: Arc<Shared>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut open = lock(&self.shared.open);
        open.retain(|open| open.number != self.number);
        let left = open.len();
        self.shared.seen.send_modify(|seen| seen.open = left);
    }
}

/// Whether the client has closed it, whatever it sent before.
///
/// On a busy machine the end of a connection may come some milliseconds after the beginning of the next. Nobody is answered
/// meanwhile, so that a client that only closes it once the next is there is found out.
async fn is_closed(stream: &TcpStream) -> bool {
    let closed = async {
        loop {
            match stream.ready(Interest::READABLE).await {
                Ok(ready) if !ready.is_read_closed() => tokio::task::yield_now().await,
                _ => return,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(1), closed).await.is_ok()
}

type Orders = mpsc::UnboundedReceiver<Order>;

async fn meet(shared: &Shared, client: &TcpStream, orders: Orders) -> io::Result<()> {
    let head = read_head(client).await?;
    let text = String::from_utf8_lossy(&head).to_lowercase();
    let line = text.lines().next().unwrap_or_default();
    let line = line.split(['?', ' ']).take(2).collect::<Vec<_>>().join(" ");
    shared.seen.send_modify(|seen| seen.requests.push(line));
    let planned = lock(&shared.plan).pop_front();
    let mut greeting = planned.unwrap_or_else(|| lock(&shared.standing).clone());
    if let Greeting::Upgrade(of_upgrades) = greeting {
        let is_upgrade = text.contains("\r\nupgrade: websocket\r\n");
        greeting = if is_upgrade { *of_upgrades } else { Greeting::Pass };
    }
    let passes = match &greeting {
        Greeting::Answer(answer) => {
            write(client, answer.as_bytes()).await?;
            // A server says that it is done, and then waits for the client, so that its answer arrives.
            return swallow(shared, client, orders).await;
        }
        Greeting::Silent => return swallow(shared, client, orders).await,
        Greeting::Pass => true,
        _ => false,
    };
    let upstream = *lock(&shared.upstream);
    let Ok(mut server) = TcpStream::connect(upstream).await else {
        return client.set_zero_linger();
    };
    server.set_nodelay(true)?;
    server.write_all(&head).await?;
    if passes {
        return pump(shared, client, server, orders).await;
    }
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(server.read_u8().await?);
    }
    write(client, &answer).await?;
    if matches!(greeting, Greeting::SilentAfterUpgrade) {
        return swallow(shared, client, orders).await;
    }
    client.set_zero_linger()
}

/// Carries bytes both ways until an order or one of the two ends it.
async fn pump(shared: &Shared, client: &TcpStream, server: TcpStream, mut orders: Orders) -> io::Result<()> {
    let (mut reader, mut writer) = server.into_split();
    let (mut up, mut down) = (vec![0; 16_384], vec![0; 16_384]);
    let mut left = None;
    loop {
        tokio::select! {
            biased;
            Some(order) = orders.recv() => match order {
                Order::Reset => {
                    client.set_zero_linger()?;
                    writer.as_ref().set_zero_linger()?;
                    // Its end would be a FIN.
                    writer.forget();
                    return Ok(());
                }
                Order::HalfOpen => {
                    drop((reader, writer));
                    return swallow(shared, client, orders).await;
                }
                Order::Silent => return swallow(shared, client, orders).await,
                Order::After(bytes, end) => left = Some((bytes, end)),
            },
            read = read(client, &mut up) => match read? {
                0 => return Ok(()),
                length => writer.write_all(&up[..length]).await?,
            },
            read = reader.read(&mut down) => {
                let length = read?;
                let Some((bytes, end)) = &mut left else {
                    if length == 0 {
                        return Ok(());
                    }
                    write(client, &down[..length]).await?;
                    continue;
                };
                let through = length.min(*bytes);
                write(client, &down[..through]).await?;
                *bytes -= through;
                if *bytes == 0 || length == 0 {
                    return if *end == End::Reset { client.set_zero_linger() } else { Ok(()) };
                }
            }
        }
    }
}

/// Reads on and answers nothing, until the client is gone or an order to reset comes.
async fn swallow(shared: &Shared, client: &TcpStream, mut orders: Orders) -> io::Result<()> {
    let mut buffer = vec![0; 4_096];
    loop {
        tokio::select! {
            Some(order) = orders.recv() => if matches!(order, Order::Reset) {
                return client.set_zero_linger();
            },
            read = read(client, &mut buffer) => match read? {
                0 => return Ok(()),
                length => shared.seen.send_modify(|seen| seen.swallowed += length),
            },
        }
    }
}

async fn read_head(client: &TcpStream) -> io::Result<Vec<u8>> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if read(client, &mut byte).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.push(byte[0]);
    }
    Ok(head)
}

async fn read(client: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        client.readable().await?;
        match client.try_read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return read,
        }
    }
}

async fn write(client: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        client.writable().await?;
        match client.try_write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            written => bytes = &bytes[written?..],
        }
    }
    Ok(())
}
