//! The project's own chores: `cargo xtask NAME`.

use clap::Parser;

#[derive(Parser)]
#[command(about = "The project's own chores")]
enum Chore {}

fn main() {
    match Chore::parse() {}
}
