//! A listener whose connections can be broken, and which can reject new connections for a while.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Sleep, sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::faults::in_flight::InFlight;
use crate::lock::lock;

/// Accepts the connections of one emulator.
pub(crate) struct FaultListener {
    address: SocketAddr,
    /// `None` while new connections are refused.
    listener: Option<TcpListener>,
    connections: Arc<Connections>,
    outages: mpsc::UnboundedReceiver<Duration>,
    idle_timeout: Option<Duration>,
}

/// All open connections of one emulator.
pub(crate) struct Connections {
    open: Mutex<CancellationToken>,
    outages: mpsc::UnboundedSender<Duration>,
}

/// A handle on one connection, which can be broken.
#[derive(Clone)]
pub(crate) struct Connection {
    broken: CancellationToken,
    in_flight: InFlight,
}

impl Connections {
    /// Breaks all connections and refuses new ones for this long.
    pub(crate) fn refuse(&self, duration: Duration) {
        // Sending fails only if the server has already stopped.
        let _ = self.outages.send(duration);
    }

    fn break_all(&self) {
        std::mem::take(&mut *lock(&self.open)).cancel();
    }

    fn add(&self) -> Connection {
        Connection { broken: lock(&self.open).child_token(), in_flight: InFlight::default() }
    }
}

impl Connection {
    pub(crate) fn break_off(&self) {
        self.broken.cancel();
    }

    pub(crate) fn in_flight(&self) -> &InFlight {
        &self.in_flight
    }
}

/// The pause after an error of the operating system, such as too many open files.
const RETRY_ACCEPT: Duration = Duration::from_millis(50);

impl FaultListener {
    pub(crate) async fn bind(address: SocketAddr, idle_timeout: Option<Duration>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let (sender, outages) = mpsc::unbounded_channel();
        let connections = Arc::new(Connections { open: Mutex::default(), outages: sender });
        Ok(Self { address: listener.local_addr()?, listener: Some(listener), connections, outages, idle_timeout })
    }

    /// The address, with the port that the operating system has chosen.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn connections(&self) -> Arc<Connections> {
        Arc::clone(&self.connections)
    }

    /// The next connection.
    pub(crate) async fn accept(&mut self) -> BreakableStream {
        loop {
            let Some(listener) = &self.listener else {
                match TcpListener::bind(self.address).await {
                    Ok(listener) => self.listener = Some(listener),
                    Err(_) => sleep(RETRY_ACCEPT).await,
                }
                continue;
            };
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => return BreakableStream::new(stream, self.connections.add(), self.idle_timeout),
                    Err(_) => sleep(RETRY_ACCEPT).await,
                },
                Some(duration) = self.outages.recv() => {
                    self.listener = None;
                    self.connections.break_all();
                    sleep(duration).await;
                }
            }
        }
    }
}

/// A stream that fails as soon as its connection is broken, and ends when it has been idle for too long.
pub(crate) struct BreakableStream {
    stream: TcpStream,
    connection: Connection,
    broken: Pin<Box<WaitForCancellationFutureOwned>>,
    idle_timeout: Option<Duration>,
    /// Runs while the connection is idle.
    idle: Option<Pin<Box<Sleep>>>,
}

impl BreakableStream {
    fn new(stream: TcpStream, connection: Connection, idle_timeout: Option<Duration>) -> Self {
        // Small chunks are sent immediately. If the option is not supported, they are only sent later.
        let _ = stream.set_nodelay(true);
        let broken = Box::pin(connection.broken.clone().cancelled_owned());
        Self { stream, connection, broken, idle_timeout, idle: None }
    }

    pub(crate) fn connection(&self) -> Connection {
        self.connection.clone()
    }

    /// Fails if the connection is broken; otherwise the task is woken when it breaks.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if !self.connection.broken.is_cancelled() && self.broken.as_mut().poll(context).is_pending() {
            return Ok(());
        }
        // The peer must see a reset instead of an orderly close.
        let _ = self.stream.set_zero_linger();
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl BreakableStream {
    fn is_idle_for_too_long(&mut self, context: &mut Context<'_>) -> bool {
        let Some(timeout) = self.idle_timeout.filter(|_| self.connection.in_flight.is_idle(context)) else {
            self.idle = None;
            return false;
        };
        self.idle.get_or_insert_with(|| Box::pin(sleep(timeout))).as_mut().poll(context).is_ready()
    }
}

impl AsyncRead for BreakableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.idle = None;
        } else if self.is_idle_for_too_long(context) {
            // Nothing was read, which is the end of the connection for the server, too.
            return Poll::Ready(Ok(()));
        }
        read
    }
}

impl AsyncWrite for BreakableStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        Poll::Ready(Ok(()))
    }
}
