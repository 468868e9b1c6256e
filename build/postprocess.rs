//! Removes work from the generated client that every call would repeat. "One call, in instructions" of `cargo xtask bench` is 1.00
//! with it and 1.10 without:
//!
//! - Parsing the server's address, which never changes (5.4 % of a call): only the path is set.
//! - The headers `api-version`, which is not in the contract, and `Accept`, which the HTTP client sets (3.3 %).

use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, File, Local, Pat, Stmt, Token, parse_quote};

pub fn postprocess(client: &mut File) {
    Postprocess.visit_file_mut(client);
}

struct Postprocess;

impl VisitMut for Postprocess {
    fn visit_block_mut(&mut self, block: &mut Block) {
        visit_mut::visit_block_mut(self, block);
        block.stmts.retain(|statement| !(is_append(statement) && text(statement).contains("\"api-version\"")));
        // An operation with a header parameter also appends, and needs the map.
        if block.stmts.iter().any(is_append) {
            return;
        }
        if block.stmts.iter().any(is_map) {
            block.stmts.retain(|statement| !is_map(statement));
            WithoutMap.visit_block_mut(block);
        }
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        visit_mut::visit_local_mut(self, local);
        if let Some(value) = &mut local.init {
            with_parsed_address(&mut value.expr);
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        without_call(expression, "header", "ACCEPT");
    }
}

/// `format!("{}/...", client.baseurl, ...)` becomes the client's own address with that path.
fn with_parsed_address(expression: &mut Expr) {
    let Expr::Macro(format) = expression else { return };
    let Ok(mut arguments) = format.mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) else { return };
    let Some(base) = arguments.get_mut(1).filter(|argument| text(argument) == "client . baseurl") else { return };
    *base = parse_quote!(client.inner.base_path());
    *expression = parse_quote!(client.inner.address(&format!(#arguments)));
}

struct WithoutMap;

impl VisitMut for WithoutMap {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        without_call(expression, "headers", MAP);
    }
}

/// Removes a method call from a chain of calls, if the text of its first argument ends with `argument`.
fn without_call(expression: &mut Expr, method: &str, argument: &str) {
    if let Expr::MethodCall(call) = expression
        && call.method == method
        && call.args.first().is_some_and(|first| text(first).ends_with(argument))
    {
        *expression = (*call.receiver).clone();
    }
}

fn is_append(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(Expr::MethodCall(call), _) if call.method == "append" && text(&call.receiver) == MAP)
}

fn is_map(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Local(local) if matches!(&local.pat, Pat::Ident(name) if name.ident == MAP))
}

/// What progenitor calls the headers of a request.
const MAP: &str = "header_map";

fn text(tokens: &impl quote::ToTokens) -> String {
    tokens.to_token_stream().to_string()
}
