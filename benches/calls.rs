//! Only makes calls, so that callgrind can count their instructions: `calls sdk|by-hand URL JOB COUNT`, with the session's token in
//! `TOKEN`.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::hint::black_box;

use nebula_explorer::{Credentials, Explorer};
use support::ByHand;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [who, url, job, count] = &arguments[..] else {
        println!("calls: run by `cargo xtask bench`, with arguments");
        return;
    };
    let token = std::env::var("TOKEN").unwrap();
    let (job, count): (i64, usize) = (job.parse().unwrap(), count.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match who.as_str() {
            "sdk" => {
                let credentials = Credentials::token(token.clone());
                let explorer = Explorer::builder(url).credentials(credentials).build().unwrap();
                for _ in 0..count {
                    black_box(explorer.job(job).get().await.unwrap());
                }
            }
            _ => {
                let by_hand = ByHand::new(url, &token);
                for _ in 0..count {
                    black_box(by_hand.job(job).await);
                }
            }
        }
    });
}
