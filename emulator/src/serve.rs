//! Serves connections. Not `axum::serve`, whose HTTP library adds `Date` to each response that has none.

use axum::Router;
use axum::extract::{ConnectInfo, Extension};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::task::JoinSet;

use crate::faults::listener::FaultListener;

/// Serves until `stopped`, and finishes the requests in progress. When this is dropped, it breaks all connections.
pub(crate) async fn serve(mut listener: FaultListener, router: Router, stopped: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(stopped);
    loop {
        let stream = tokio::select! {
            stream = listener.accept() => stream,
            () = &mut stopped => break,
        };
        // Only those that have ended; the others go on.
        while connections.try_join_next().is_some() {}
        let router = router.clone().layer(Extension(ConnectInfo(stream.connection())));
        let connection = http1::Builder::new()
            .auto_date_header(false)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
        connections.spawn(graceful.watch(connection));
    }
    // New connections are refused.
    drop(listener);
    graceful.shutdown().await;
}
