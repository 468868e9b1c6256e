//! The time of a call and of decoding a million rows, with criterion. `ratios.rs` measures ratios.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use support::{ByHand, Envelope, Items, Row, Server, TOKEN};

fn call(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::with_job();
    let (explorer, by_hand) = (support::explorer(&server.url), ByHand::new(&server.url, TOKEN));
    let mut group = criterion.benchmark_group("call");
    group.bench_function("sdk", |b| b.to_async(&runtime).iter(|| async { explorer.job(107).get().await.unwrap() }));
    group.bench_function("by_hand", |b| b.to_async(&runtime).iter(|| by_hand.job(107)));
    group.finish();
}

fn rows(criterion: &mut Criterion) {
    const ROWS: usize = 100_000;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::with_rows(ROWS);
    let explorer = support::explorer(&server.url);
    let raw = runtime.block_on(explorer.job(1).task("t").rows::<()>().raw()).unwrap();
    let body = support::rows_body(ROWS);
    let mut group = criterion.benchmark_group("rows");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("sdk", |b| b.iter(|| raw.read::<(String, f64)>().unwrap()));
    group.bench_function("sdk_borrowed", |b| b.iter(|| raw.read::<(&str, f64)>().unwrap()));
    group.bench_function("serde_json", |b| {
        b.iter(|| serde_json::from_slice::<Envelope<Items<Row>>>(body.as_bytes()).unwrap().data.items);
    });
    group.finish();
}

criterion_group!(benches, call, rows);
criterion_main!(benches);
