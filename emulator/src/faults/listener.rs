//! Connections that can be broken, and a door that can be shut for a while.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Mutex;
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

/// All connections of one emulator.
pub(crate) struct Connections {
    open: Mutex<CancellationToken>,
    refusals: mpsc::UnboundedSender<Duration>,
}

/// One connection, to break it.
#[derive(Clone)]
pub(crate) struct Connection(CancellationToken);

impl Connections {
    /// The connections, and the end that the [`FaultListener`] listens to.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Duration>) {
        let (refusals, refused) = mpsc::unbounded_channel();
        (Self { open: Mutex::default(), refusals }, refused)
    }

    /// Breaks all connections and refuses new ones for so long.
    pub(crate) fn refuse(&self, duration: Duration) {
        // It fails only if the server has stopped already.
        let _ = self.refusals.send(duration);
    }

    fn break_all(&self) {
        std::mem::take(&mut *lock(&self.open)).cancel();
    }

    fn one(&self) -> Connection {
        Connection(lock(&self.open).child_token())
    }
}

impl Connection {
    pub(crate) fn break_off(&self) {
        self.0.cancel();
    }
}

/// Where connections come in.
pub(crate) struct FaultListener<S> {
    pub address: SocketAddr,
    /// `None` while it is shut.
    pub listener: Option<TcpListener>,
    pub refusals: mpsc::UnboundedReceiver<Duration>,
    /// What knows the connections.
    pub state: S,
}

/// After a failure that is not ours to mend, such as too many open files.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

impl<S: AsRef<Connections> + Send + 'static> Listener for FaultListener<S> {
    type Io = BreakableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (BreakableStream, SocketAddr) {
        loop {
            let Some(listener) = &self.listener else {
                match TcpListener::bind(self.address).await {
                    Ok(listener) => self.listener = Some(listener),
                    Err(_) => sleep(ACCEPT_AGAIN).await,
                }
                continue;
            };
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, from)) => return (BreakableStream::new(stream, self.state.as_ref().one()), from),
                    Err(_) => sleep(ACCEPT_AGAIN).await,
                },
                Some(duration) = self.refusals.recv() => {
                    self.listener = None;
                    self.state.as_ref().break_all();
                    sleep(duration).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl<S: AsRef<Connections> + Send + 'static> Connected<IncomingStream<'_, FaultListener<S>>> for Connection {
    fn connect_info(stream: IncomingStream<'_, FaultListener<S>>) -> Self {
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
        // Small bits go out at once. Where that cannot be set, they go out later.
        let _ = stream.set_nodelay(true);
        let broken = Box::pin(connection.0.clone().cancelled_owned());
        Self { stream, connection, broken }
    }

    /// Fails once the connection is broken, and wakes its task then.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if !self.connection.0.is_cancelled() && self.broken.as_mut().poll(context).is_pending() {
            return Ok(());
        }
        // A reset, and not an orderly end.
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
