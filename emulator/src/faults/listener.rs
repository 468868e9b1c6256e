//! A listener whose connections can be broken, and which can reject new connections for a while.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::lock::lock;

/// Accepts the connections of one emulator.
pub(crate) struct FaultListener {
    address: SocketAddr,
    /// `None` while new connections are refused.
    listener: Option<TcpListener>,
    connections: Arc<Connections>,
    outages: mpsc::UnboundedReceiver<Duration>,
}

/// All open connections of one emulator.
pub(crate) struct Connections {
    open: Mutex<CancellationToken>,
    outages: mpsc::UnboundedSender<Duration>,
}

/// A handle that breaks one connection.
#[derive(Clone)]
pub(crate) struct Connection(CancellationToken);

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
        Connection(lock(&self.open).child_token())
    }
}

impl Connection {
    pub(crate) fn break_off(&self) {
        self.0.cancel();
    }
}

/// The pause after an error of the operating system, such as too many open files.
const RETRY_ACCEPT: Duration = Duration::from_millis(50);

impl FaultListener {
    pub(crate) async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let (sender, outages) = mpsc::unbounded_channel();
        let connections = Arc::new(Connections { open: Mutex::default(), outages: sender });
        Ok(Self { address: listener.local_addr()?, listener: Some(listener), connections, outages })
    }

    /// The address, with the port that the operating system has chosen.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn connections(&self) -> Arc<Connections> {
        Arc::clone(&self.connections)
    }
}

impl Listener for FaultListener {
    type Io = BreakableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (BreakableStream, SocketAddr) {
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
                    Ok((stream, peer)) => return (BreakableStream::new(stream, self.connections.add()), peer),
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

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, FaultListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, FaultListener>) -> Self {
        stream.io().connection.clone()
    }
}

/// A stream that fails as soon as its connection is broken.
pub(crate) struct BreakableStream {
    stream: TcpStream,
    connection: Connection,
    broken: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl BreakableStream {
    fn new(stream: TcpStream, connection: Connection) -> Self {
        // Small chunks are sent immediately. If the option is not supported, they are only sent later.
        let _ = stream.set_nodelay(true);
        let broken = Box::pin(connection.0.clone().cancelled_owned());
        Self { stream, connection, broken }
    }

    /// Fails if the connection is broken; otherwise the task is woken when it breaks.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if !self.connection.0.is_cancelled() && self.broken.as_mut().poll(context).is_pending() {
            return Ok(());
        }
        // The peer must see a reset instead of an orderly close.
        let _ = self.stream.set_zero_linger();
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for BreakableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
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
