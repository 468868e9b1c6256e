//! The peak memory of decoding a million rows, as a multiple of the response body.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use peak_alloc::PeakAlloc;
use support::{Envelope, Items, Row, Server};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const ROWS: usize = 1_000_000;

fn main() {
    let server = Server::with_rows(ROWS);
    let body = support::rows_body(ROWS).len() as f64;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let explorer = support::explorer(&server.url);
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let raw = runtime.block_on(explorer.job(1).task("t").rows::<()>().limit(ROWS as u32).raw()).unwrap();
    let mut sum = 0.0;
    raw.for_each(|(_, value): (&str, f64)| sum += value).unwrap();
    let peak = (ALLOCATED.peak_usage() - before) as f64;
    assert!(sum > 0.0);
    println!("| reading and decoding 1,000,000 rows one by one, peak memory by the body | {:.2} | 1.3 |", peak / body);

    let list = |make: &dyn Fn() -> usize| {
        let before = ALLOCATED.current_usage();
        ALLOCATED.reset_peak_usage();
        assert_eq!(make(), ROWS);
        (ALLOCATED.peak_usage() - before) as f64
    };
    let sdk = list(&|| raw.read::<(String, f64)>().unwrap().len());
    let body = support::rows_body(ROWS);
    let hand = list(&|| serde_json::from_slice::<Envelope<Items<Row>>>(body.as_bytes()).unwrap().data.items.len());
    println!("| a list of 1,000,000 rows, peak memory by that of serde_json | {:.2} | |", sdk / hand);
}
