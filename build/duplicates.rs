//! Names that a generated file defines twice. progenitor does not compare the names that it creates, and rustc would report
//! them in a file that nobody has written.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::{Fields, ImplItem, Item};

/// The first type, field, variant or function that has the name of another one in the same place.
pub fn duplicate(items: &[Item]) -> Option<String> {
    let mut names = BTreeSet::new();
    items.iter().find_map(|item| {
        let (name, inside) = match item {
            Item::Struct(item) => (type_name(&item.ident), fields(&item.fields)),
            Item::Enum(item) => (type_name(&item.ident), twice(item.variants.iter().map(|variant| &variant.ident))),
            Item::Type(item) => (type_name(&item.ident), None),
            Item::Trait(item) => (type_name(&item.ident), None),
            Item::Mod(item) => {
                let items = item.content.as_ref().map(|(_, items)| items.as_slice());
                (type_name(&item.ident), items.and_then(duplicate))
            }
            Item::Const(item) => (value_name(&item.ident), None),
            Item::Static(item) => (value_name(&item.ident), None),
            Item::Fn(item) => (value_name(&item.sig.ident), None),
            Item::Impl(item) => {
                let of = item.self_ty.to_token_stream();
                match &item.trait_ {
                    Some((_, name, _)) => (format!("implementation {} for {of}", name.to_token_stream()), None),
                    None => return methods(&mut names, &item.items, &of.to_string()),
                }
            }
            _ => return None,
        };
        inside.map(|inside| format!("{inside} in the {name}")).or_else(|| (!names.insert(name.clone())).then_some(name))
    })
}

fn type_name(name: &syn::Ident) -> String {
    format!("type or module {name}")
}

fn value_name(name: &syn::Ident) -> String {
    format!("constant or function {name}")
}

fn fields(fields: &Fields) -> Option<String> {
    twice(fields.iter().filter_map(|field| field.ident.as_ref()))
}

/// A type may have more than one `impl`, so `names` has the methods of all of them.
fn methods(names: &mut BTreeSet<String>, items: &[ImplItem], of: &str) -> Option<String> {
    items.iter().find_map(|item| {
        let ImplItem::Fn(method) = item else { return None };
        let name = format!("method {} of {of}", method.sig.ident);
        (!names.insert(name.clone())).then_some(name)
    })
}

fn twice<'a>(names: impl Iterator<Item = &'a syn::Ident>) -> Option<String> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name)).map(|name| name.to_string())
}
