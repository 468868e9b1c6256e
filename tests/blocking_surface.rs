//! The blocking client has a counterpart for every method of the async one.
//!
//! Both are read from their sources, so there is no list to keep.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{FnArg, ImplItem, ImplItemFn, Item, ItemImpl, ReturnType, Type, UseTree, Visibility};

#[test]
fn every_async_method_has_a_blocking_counterpart() {
    let exported = exported();
    let blocking = methods(&[parse("src/blocking.rs")], |method| Some(method.sig.ident.to_string()));
    let sources = sources(Path::new("src"));
    // What is awaited is sent, and a stream is an iterator.
    let mut needed = methods(&sources, |method| {
        let name = method.sig.ident.to_string();
        match name.as_str() {
            "into_future" => Some("send".into()),
            "stream" => Some("iter".into()),
            _ => (is_public_method(method) && !returns_async_client(method)).then_some(name),
        }
    });
    let requests: BTreeSet<String> =
        methods(&sources, |method| is_request(method).then(String::new)).into_keys().collect();
    needed.retain(|type_name, _| {
        exported.contains(type_name) && (requests.contains(type_name) || blocking.contains_key(type_name))
    });

    assert!(requests.iter().filter(|type_name| exported.contains(*type_name)).count() > 5, "{requests:?}");
    let missing: Vec<String> = needed
        .iter()
        .flat_map(|(type_name, methods)| methods.iter().map(move |method| (type_name, method)))
        .filter(|(type_name, method)| !blocking.get(*type_name).is_some_and(|methods| methods.contains(*method)))
        .map(|(type_name, method)| format!("add `{method}` to `impl {type_name}` in src/blocking.rs"))
        .collect();
    assert!(missing.is_empty(), "the blocking client lacks methods of the async one:\n{}", missing.join("\n"));
}

/// Whether it sends requests: by awaiting it, or through the stream that it returns.
fn is_request(method: &ImplItemFn) -> bool {
    let public_async = is_public_method(method) && method.sig.asyncness.is_some();
    let stream = is_public_method(method) && returned(method).contains("BoxStream");
    public_async || stream || method.sig.ident == "into_future"
}

fn is_public_method(method: &ImplItemFn) -> bool {
    matches!(method.vis, Visibility::Public(_)) && matches!(method.sig.inputs.first(), Some(FnArg::Receiver(_)))
}

/// The generated client has no blocking form.
fn returns_async_client(method: &ImplItemFn) -> bool {
    returned(method) == "Client"
}

fn returned(method: &ImplItemFn) -> String {
    match &method.sig.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, returned) => returned.to_token_stream().to_string(),
    }
}

/// The names that `select` gives for the methods of each type, including those inside `options!`.
fn methods(files: &[syn::File], select: impl Fn(&ImplItemFn) -> Option<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for block in files.iter().flat_map(|file| &file.items).filter_map(as_impl) {
        let names: BTreeSet<String> = block
            .items
            .iter()
            .flat_map(|item| match item {
                ImplItem::Fn(method) => select(method).into_iter().collect(),
                ImplItem::Macro(options) => option_names(options.mac.tokens.clone()),
                _ => Vec::new(),
            })
            .collect();
        if !names.is_empty() {
            found.entry(type_name(&block.self_ty)).or_default().extend(names);
        }
    }
    found
}

fn as_impl(item: &Item) -> Option<&ItemImpl> {
    match item {
        Item::Impl(block) => Some(block),
        _ => None,
    }
}

fn type_name(self_type: &Type) -> String {
    match self_type {
        Type::Path(path) => path.path.segments.last().unwrap().ident.to_string(),
        _ => String::new(),
    }
}

/// `limit` of `options! { limit(rows: u32); }`.
fn option_names(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let named = tokens.windows(2).filter_map(|pair| match pair {
        [TokenTree::Ident(name), TokenTree::Group(arguments)] if arguments.delimiter() == Delimiter::Parenthesis => {
            Some(name.to_string())
        }
        _ => None,
    });
    named.collect()
}

/// The names that `src/lib.rs` exports.
fn exported() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for item in parse("src/lib.rs").items {
        if let Item::Use(item) = item
            && matches!(item.vis, Visibility::Public(_))
        {
            collect_names(&item.tree, &mut names);
        }
    }
    names
}

fn collect_names(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => collect_names(&path.tree, names),
        UseTree::Group(group) => group.items.iter().for_each(|tree| collect_names(tree, names)),
        UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
        UseTree::Rename(rename) => drop(names.insert(rename.rename.to_string())),
        UseTree::Glob(_) => {}
    }
}

/// The async client's sources.
fn sources(folder: &Path) -> Vec<syn::File> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") && path != Path::new("src/blocking.rs") {
            files.push(parse(path));
        }
    }
    files
}

fn parse(path: impl AsRef<Path>) -> syn::File {
    syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap()
}
