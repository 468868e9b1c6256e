//! `cargo xtask docs-site`: everything there is to read as static files, without a server behind it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, format_html, parse_document};
use nebula_explorer_emulator::docs;

use crate::Outcome;
use crate::process::{announce, command, root, run};

/// The pages that a reader begins with. What they lead to comes along.
const BEGIN: [&str; 2] = ["README.md", "README.zh-CN.md"];

/// Writes the site into `target/docs-site` and gives that folder.
pub fn build() -> Outcome<PathBuf> {
    let site = root().join("target/docs-site");
    if site.exists() {
        fs::remove_dir_all(&site)?;
    }
    announce("the guides");
    guides(&site)?;
    announce("the API reference");
    let api = site.join("api");
    fs::create_dir_all(&api)?;
    for file in docs::static_files()? {
        fs::write(api.join(file.name), file.content)?;
    }
    announce("the Rust documentation");
    let mut cargo = command("cargo", "");
    cargo.args(["doc", "--quiet", "--no-deps", "--all-features", "--target-dir", "target/docs-site-rust"]);
    run(cargo.args(["--package", "nebula-explorer", "--package", "nebula-explorer-emulator"]))?;
    copy(&root().join("target/docs-site-rust/doc"), &site.join("rust"))?;
    eprintln!("\nthe site is in {}: begin with index.html", site.display());
    Ok(site)
}

/// Renders the first pages, and whatever of the repository they lead to. A link that leads nowhere is an error.
fn guides(site: &Path) -> Outcome {
    let mut waiting: Vec<PathBuf> = BEGIN.iter().map(PathBuf::from).collect();
    let mut done: BTreeMap<PathBuf, Page> = BTreeMap::new();
    while let Some(path) = waiting.pop() {
        if done.contains_key(&path) {
            continue;
        }
        let page = Page::read(&path)?;
        waiting.extend(page.links.iter().map(|(target, _)| target.clone()));
        done.insert(path, page);
    }
    for (path, page) in &done {
        for (target, anchor) in &page.links {
            let known = done.get(target).is_some_and(|page| page.anchors.contains(anchor) || page.html.is_none());
            if !anchor.is_empty() && !known {
                return Err(format!("{}: {} has no heading #{anchor}", path.display(), target.display()).into());
            }
        }
        let to = site.join(&page.place);
        fs::create_dir_all(to.parent().unwrap_or(site))?;
        match &page.html {
            Some(html) => fs::write(to, html)?,
            None => drop(fs::copy(root().join(path), to)?),
        }
    }
    Ok(())
}

/// A file of the repository, on its way into the site.
struct Page {
    /// Where in the site it stands.
    place: PathBuf,
    /// `None` for what is copied as it is.
    html: Option<String>,
    /// The files that it leads to, with the heading there.
    links: Vec<(PathBuf, String)>,
    /// Its headings.
    anchors: Vec<String>,
}

impl Page {
    fn read(path: &Path) -> Outcome<Self> {
        let whole = root().join(path);
        let place = place(path);
        if whole.is_dir() {
            return Err(format!("a page leads to the folder {}: name a file in it", path.display()).into());
        }
        if path.extension().is_none_or(|extension| extension != "md") {
            fs::metadata(&whole).map_err(|error| format!("a page leads to {}: {error}", path.display()))?;
            return Ok(Self { place, html: None, links: Vec::new(), anchors: Vec::new() });
        }
        let text = fs::read_to_string(&whole).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut options = Options::default();
        options.extension.table = true;
        options.extension.autolink = true;
        options.extension.header_id_prefix = Some(String::new());
        let arena = Arena::new();
        let document = parse_document(&arena, &text, &options);
        let mut links = Vec::new();
        let mut title = None;
        for node in document.descendants() {
            let is_title = title.is_none() && matches!(node.data().value, NodeValue::Heading(_));
            if is_title {
                title = Some(words(node));
            }
            let mut data = node.data_mut();
            let (NodeValue::Link(link) | NodeValue::Image(link)) = &mut data.value else { continue };
            let Some((target, anchor)) = within(path, &link.url) else { continue };
            let anchored = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
            link.url = relative(&self::place(&target), &place) + &anchored;
            links.push((target, anchor));
        }
        let mut body = String::new();
        format_html(document, &options, &mut body)?;
        let anchors = body.split(" id=\"").skip(1).filter_map(|rest| Some(rest.split('"').next()?.to_string()));
        let anchors = anchors.collect();
        let html = page(&title.unwrap_or_default(), path, &place, &body);
        Ok(Self { place, html: Some(html), links, anchors })
    }
}

/// Where a file of the repository stands in the site.
fn place(path: &Path) -> PathBuf {
    let name = path.to_string_lossy();
    match name.strip_suffix(".md") {
        None => path.into(),
        Some(name) => PathBuf::from(name.replace("README", "index") + ".html"),
    }
}

/// The file of the repository that a link leads to, and the heading; `None` for a link that leads out of it.
fn within(page: &Path, url: &str) -> Option<(PathBuf, String)> {
    if url.contains("://") || url.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = url.split_once('#').unwrap_or((url, ""));
    let mut target = page.parent().unwrap_or(Path::new("")).to_path_buf();
    if path.is_empty() {
        target = page.to_path_buf();
    }
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => drop(target.pop()),
            Component::Normal(name) => target.push(name),
            _ => {}
        }
    }
    Some((target, anchor.to_string()))
}

/// One place of the site, as seen from another.
fn relative(to: &Path, from: &Path) -> String {
    "../".repeat(from.components().count() - 1) + &to.to_string_lossy()
}

fn words<'a>(node: &'a comrak::nodes::AstNode<'a>) -> String {
    let text = node.descendants().filter_map(|node| match &node.data().value {
        NodeValue::Text(text) => Some(text.to_string()),
        NodeValue::Code(code) => Some(code.literal.clone()),
        _ => None,
    });
    text.collect()
}

fn page(title: &str, path: &Path, place: &Path, body: &str) -> String {
    let to = |target: &str| relative(Path::new(target), place);
    let language = if path.to_string_lossy().contains("zh-CN") { "zh-CN" } else { "en" };
    format!(
        r#"<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.6 system-ui, sans-serif; color: #222; }}
nav {{ border-bottom: 1px solid #ccc; padding-bottom: .5rem; }}
nav a {{ margin-right: 1.5rem; }}
pre {{ background: #f5f5f5; padding: .8rem; overflow-x: auto; line-height: 1.4; }}
code {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .9em; }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; }}
td, th {{ border: 1px solid #ccc; padding: .3rem .6rem; text-align: left; vertical-align: top; }}
img {{ max-width: 100%; }}
</style>
</head>
<body>
<nav><a href="{}">nebula-explorer</a><a href="{}">中文</a><a href="{}">API</a><a href="{}">Rust</a></nav>
{body}</body>
</html>
"#,
        to("index.html"),
        to("index.zh-CN.html"),
        to("api/index.html"),
        to("rust/nebula_explorer/index.html"),
    )
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to)?,
            false => drop(fs::copy(entry.path(), to)?),
        }
    }
    Ok(())
}
