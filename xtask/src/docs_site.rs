//! `cargo xtask docs-site`: the guides, the API reference, and the documentation of the libraries as one static site.

use std::fs;
use std::path::{Path, PathBuf};

use duct::cmd;
use nebula_explorer_emulator::docs;

use crate::Outcome;
use crate::files::{copy, remove};
use crate::process::{announce, root};
use crate::python;
use crate::tools::{self, LYCHEE, MDBOOK};

/// The books, in the order in which they must be built: the second one is written into a folder of the first.
const BOOKS: [&str; 2] = ["xtask/book/en", "xtask/book/zh-CN"];

/// The library that is documented beside the SDK.
const EMULATOR: &str = "nebula-explorer-emulator";

/// Files of the site that only lead elsewhere, relative to their own folder. Paths in the site are those of the repository, so
/// that links in the guides work in both.
const REDIRECTS: [(&str, &str); 2] =
    [("index.html", "docs/index.html"), ("clients/README.html", "../docs/clients.html")];

/// Builds the site in `target/site`, checks its links, and returns its folder.
pub fn build() -> Outcome<PathBuf> {
    let mdbook = tools::cargo(&MDBOOK)?;
    let site = root().join("target/site");
    remove(&site)?;
    for book in BOOKS {
        announce(&format!("the guides: {book}"));
        cmd!(&mdbook, "build", book).run()?;
    }
    announce("the API reference");
    fs::create_dir_all(site.join("api"))?;
    for file in docs::static_files()? {
        fs::write(site.join("api").join(file.name), file.content)?;
    }
    // The guides refer to the contract's files.
    copy(&root().join("openapi"), &site.join("openapi"))?;
    announce("the Rust documentation, as docs.rs builds it");
    copy(&rustdoc()?, &site.join("rust"))?;
    copy(&python::reference()?, &site.join("python"))?;
    for (from, to) in REDIRECTS {
        write_redirect(&site.join(from), to)?;
    }
    check_links(&site)?;
    eprintln!("\nthe site is in {}", site.display());
    Ok(site)
}

/// Builds the documentation of the libraries with all features and labels for them, which needs unstable features of rustdoc.
fn rustdoc() -> Outcome<PathBuf> {
    // A folder of its own, because the variable RUSTC_BOOTSTRAP makes cargo build everything again.
    let target = root().join("target/site-rust");
    cmd!(
        "cargo",
        "doc",
        "--quiet",
        "--locked",
        "--lib",
        "--no-deps",
        "--all-features",
        "-p",
        "nebula-explorer",
        "-p",
        EMULATOR
    )
    .env("CARGO_TARGET_DIR", &target)
    .env("RUSTC_BOOTSTRAP", "1")
    .env("RUSTDOCFLAGS", "--cfg docsrs -D warnings")
    .run()?;
    Ok(target.join("doc"))
}

/// The documentation of a library as JSON, with all features, for tools that compare versions of it.
pub fn rustdoc_json(package: &str) -> Outcome<PathBuf> {
    // The same folder as above, where the dependencies are built with the same variable.
    let target = root().join("target/site-rust");
    let options = ["-Z", "unstable-options", "--output-format", "json"];
    let cargo = ["rustdoc", "--quiet", "--locked", "--lib", "--all-features", "--package", package, "--"];
    cmd("cargo", cargo.into_iter().chain(options))
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTC_BOOTSTRAP", "1")
        .run()?;
    let file = format!("{}.json", package.replace('-', "_"));
    // Not part of the site.
    let moved = root().join("target").join(&file);
    fs::rename(target.join("doc").join(file), &moved)?;
    Ok(moved)
}

fn write_redirect(file: &Path, to: &str) -> Outcome {
    fs::create_dir_all(file.parent().ok_or("a file without a folder")?)?;
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>nebula-explorer</title>\
         <meta http-equiv=\"refresh\" content=\"0; url={to}\"><a href=\"{to}\">{to}</a>\n"
    );
    Ok(fs::write(file, page)?)
}

/// Checks that every link within the guides and from them into the rest of the site has a target, headings included. Rustdoc
/// checks the links of its own pages.
fn check_links(site: &Path) -> Outcome {
    announce("links");
    let lychee = tools::cargo(&LYCHEE)?;
    let options = ["--offline", "--include-fragments", "--no-progress", "--root-dir"];
    let inputs = [site.join("index.html"), site.join("docs/**/*.html"), site.join("clients/*.html")];
    let arguments = options.iter().map(PathBuf::from).chain([site.to_path_buf()]).chain(inputs);
    cmd(lychee, arguments).run()?;
    Ok(())
}
