//! The code enums: every integer schema with `x-enum-varnames` becomes one. `x-enum-descriptions` (and `-zh`) contain the
//! descriptions, `x-enum-ends` the terminal values.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::contract::{Contract, ContractError};

/// The variant for numbers that the contract does not list.
const OPEN_VARIANT: &str = "Other";

/// The names of the schemas that become code enums.
pub fn names(contract: &Contract) -> impl Iterator<Item = &str> {
    contract.schemas().filter(|(_, schema)| schema.get("x-enum-varnames").is_some()).map(|(name, _)| name)
}

pub fn codes(contract: &Contract) -> Result<TokenStream, ContractError> {
    contract
        .schemas()
        .filter(|(_, schema)| schema.get("x-enum-varnames").is_some())
        .map(|(name, schema)| CodeEnum::read(name, schema).map(|code_enum| code_enum.tokens()))
        .collect()
}

struct CodeEnum {
    name: Ident,
    description: String,
    codes: Vec<Code>,
    ends: Option<Vec<i64>>,
}

struct Code {
    number: i64,
    name: Ident,
    description: String,
    description_zh: String,
}

impl CodeEnum {
    fn read(schema_name: &str, schema: &Value) -> Result<Self, ContractError> {
        let place = format!("components.schemas.{schema_name}");
        let wrong = |key: &str, problem: &str| ContractError::new(format!("{place}.{key}"), problem);
        let numbers = integers(schema, "enum").ok_or_else(|| wrong("enum", "must be a list of integers"))?;
        let texts = |key: &str| -> Result<Vec<String>, ContractError> {
            let texts: Option<Vec<String>> = schema
                .get(key)
                .and_then(Value::as_array)
                .and_then(|texts| texts.iter().map(|text| text.as_str().map(str::to_string)).collect());
            match texts {
                Some(texts) if texts.len() == numbers.len() => Ok(texts),
                Some(texts) => {
                    Err(wrong(key, &format!("has {} entries, but `enum` has {}", texts.len(), numbers.len())))
                }
                None => Err(wrong(key, "must be a list of strings, one for each value of `enum`")),
            }
        };
        let mut codes: Vec<Code> = Vec::new();
        let descriptions = texts("x-enum-descriptions")?.into_iter().zip(texts("x-enum-descriptions-zh")?);
        for ((&number, name), (description, description_zh)) in
            numbers.iter().zip(texts("x-enum-varnames")?).zip(descriptions)
        {
            let ident = syn::parse_str::<Ident>(&name)
                .map_err(|_| wrong("x-enum-varnames", &format!("`{name}` is not a Rust name")))?;
            if name == OPEN_VARIANT || codes.iter().any(|code| code.name == ident || code.number == number) {
                return Err(wrong("x-enum-varnames", &format!("`{name}` ({number}) is listed twice")));
            }
            codes.push(Code { number, name: ident, description, description_zh });
        }
        let ends = match schema.get("x-enum-ends") {
            None => None,
            Some(_) => Some(
                integers(schema, "x-enum-ends")
                    .filter(|ends| ends.iter().all(|end| numbers.contains(end)))
                    .ok_or_else(|| wrong("x-enum-ends", "must list values of `enum`"))?,
            ),
        };
        Ok(Self {
            name: syn::parse_str(schema_name).map_err(|_| ContractError::new(&place, "is not a Rust name"))?,
            description: schema.get("description").and_then(Value::as_str).unwrap_or_default().into(),
            codes,
            ends,
        })
    }

    fn tokens(&self) -> TokenStream {
        let Self { name, description, .. } = self;
        let open = format_ident!("{OPEN_VARIANT}");
        let column = |of: fn(&Code) -> TokenStream| self.codes.iter().map(of).collect::<Vec<_>>();
        let variants = column(|code| {
            let name = &code.name;
            quote!(#name)
        });
        let numbers = column(|code| {
            let number = code.number;
            quote!(#number)
        });
        let names = column(|code| {
            let name = code.name.to_string();
            quote!(#name)
        });
        let texts = column(|code| {
            let text = &code.description;
            quote!(#text)
        });
        let texts_zh = column(|code| {
            let text = &code.description_zh;
            quote!(#text)
        });
        let docs =
            self.codes.iter().map(|code| format!("{}: {} ({})", code.number, code.description, code.description_zh));
        let schema_name = name.to_string();
        let example = self.codes.first().into_iter().map(|Code { number, name: first, .. }| {
            format!(
                "\n```\nuse nebula_explorer::{name};\n\nassert_eq!({name}::from({number}).name(), Some(\"{first}\"));\n\
                 assert_eq!({name}::{open}(-1).number(), -1);\n```"
            )
        });
        let is_terminal = self.ends.as_ref().map(|ends| {
            let terminal = self.codes.iter().filter(|code| ends.contains(&code.number)).map(|code| &code.name);
            quote! {
                /// Whether this is a terminal value, which no other follows. A number that the contract does not list is not.
                pub const fn is_terminal(self) -> bool {
                    matches!(self, #(Self::#terminal)|*)
                }
            }
        });
        quote! {
            #[doc = #description]
            #(#[doc = #example])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub enum #name {
                #(#[doc = #docs] #variants,)*
                /// A number that the contract does not list.
                #open(i64),
            }

            impl #name {
                /// Every value that the contract lists.
                pub const ALL: &'static [Self] = &[#(Self::#variants),*];

                /// The number on the wire.
                pub const fn number(self) -> i64 {
                    match self {
                        #(Self::#variants => #numbers,)*
                        Self::#open(number) => number,
                    }
                }

                /// The name in the contract; `None` for a number that it does not list.
                pub const fn name(self) -> Option<&'static str> {
                    match self {
                        #(Self::#variants => Some(#names),)*
                        Self::#open(_) => None,
                    }
                }

                /// The description in English; `None` for a number that the contract does not list.
                pub const fn description(self) -> Option<&'static str> {
                    match self {
                        #(Self::#variants => Some(#texts),)*
                        Self::#open(_) => None,
                    }
                }

                /// The description in Chinese; `None` for a number that the contract does not list.
                pub const fn description_zh(self) -> Option<&'static str> {
                    match self {
                        #(Self::#variants => Some(#texts_zh),)*
                        Self::#open(_) => None,
                    }
                }

                #is_terminal
            }

            impl From<i64> for #name {
                fn from(number: i64) -> Self {
                    match number {
                        #(#numbers => Self::#variants,)*
                        number => Self::#open(number),
                    }
                }
            }

            /// The name; the number if the contract lists no name.
            impl ::std::fmt::Display for #name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    match self.name() {
                        Some(name) => f.pad(name),
                        None => f.pad(&self.number().to_string()),
                    }
                }
            }

            impl ::serde::Serialize for #name {
                fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_i64(self.number())
                }
            }

            impl<'de> ::serde::Deserialize<'de> for #name {
                fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    crate::contract::wire::integer(deserializer).map(Self::from)
                }
            }

            /// An integer, because numbers that the contract does not list are accepted too.
            impl ::schemars::JsonSchema for #name {
                fn schema_name() -> ::std::borrow::Cow<'static, str> {
                    #schema_name.into()
                }

                fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                    ::schemars::json_schema!({ "type": "integer", "format": "int64", "description": #description })
                }
            }
        }
    }
}

fn integers(schema: &Value, key: &str) -> Option<Vec<i64>> {
    schema.get(key)?.as_array()?.iter().map(Value::as_i64).collect()
}
