//! The table of settings.

use clap::{ValueEnum, ValueHint};

/// A setting. To add one, add a variant here and its row in [`Setting::row`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Setting {
    Profile,
    Url,
    Graph,
    User,
    CaCert,
    ClientCert,
    ClientKey,
    AccountEncoding,
    Header,
    HeaderFile,
    RequestTimeout,
    MaxResponse,
}

/// What there is to know about a setting.
struct Row {
    /// Its flag without the dashes. The variable and the name in profiles follow from it.
    flag: &'static str,
    /// Its value in help texts.
    placeholder: &'static str,
    /// For the completions of shells.
    hint: ValueHint,
    /// Its possible values; empty if any text is accepted.
    allowed: &'static [&'static str],
    /// For help texts and as the prompt of `login`.
    help: &'static str,
}

/// The name of [`AccountEncoding::JsonArray`](nebula_explorer::AccountEncoding::JsonArray).
pub const JSON_ARRAY: &str = "json-array";
/// The name of [`AccountEncoding::Colon`](nebula_explorer::AccountEncoding::Colon).
pub const COLON: &str = "colon";

impl Setting {
    fn row(self) -> Row {
        match self {
            Self::Profile => Row {
                flag: "profile",
                placeholder: "NAME",
                hint: ValueHint::Other,
                allowed: &[],
                help: "Profile to use, `default` if not set",
            },
            Self::Url => Row {
                flag: "url",
                placeholder: "URL",
                hint: ValueHint::Url,
                allowed: &[],
                help: "Address of Explorer, such as http://localhost:7002",
            },
            Self::Graph => Row {
                flag: "graph",
                placeholder: "ADDRESS:PORT",
                hint: ValueHint::Other,
                allowed: &[],
                help: "Address and port of the graph service, as Explorer reaches it",
            },
            Self::User => {
                Row { flag: "user", placeholder: "NAME", hint: ValueHint::Username, allowed: &[], help: "User name" }
            }
            Self::CaCert => Row {
                flag: "ca-cert",
                placeholder: "FILE",
                hint: ValueHint::FilePath,
                allowed: &[],
                help: "File with additional trusted certificate authorities, in PEM",
            },
            Self::AccountEncoding => Row {
                flag: "account-encoding",
                placeholder: "ENCODING",
                hint: ValueHint::Other,
                allowed: &[JSON_ARRAY, COLON],
                help: "Encoding of the account, `json-array` if not set; Explorer 3.1 and 3.2 need `colon`",
            },
            Self::ClientCert => Row {
                flag: "client-cert",
                placeholder: "FILE",
                hint: ValueHint::FilePath,
                allowed: &[],
                help: "File with a client certificate and those that issued it, in PEM",
            },
            Self::ClientKey => Row {
                flag: "client-key",
                placeholder: "FILE",
                hint: ValueHint::FilePath,
                allowed: &[],
                help: "File with the private key of the client certificate, in PEM, unless that file contains it",
            },
            Self::Header => Row {
                flag: "header",
                placeholder: "NAME: VALUE",
                hint: ValueHint::Other,
                allowed: &[],
                help: "Header for every request, such as one that a gateway requires; can be repeated, one per line in the variable",
            },
            Self::HeaderFile => Row {
                flag: "header-file",
                placeholder: "FILE",
                hint: ValueHint::FilePath,
                allowed: &[],
                help: "File with headers, one per line, which other users cannot see as they can see arguments",
            },
            Self::RequestTimeout => Row {
                flag: "request-timeout",
                placeholder: "DURATION",
                hint: ValueHint::Other,
                allowed: &[],
                help: "How long the server may be silent, such as 90s, `30s` if not set",
            },
            Self::MaxResponse => Row {
                flag: "max-response",
                placeholder: "SIZE",
                hint: ValueHint::Other,
                allowed: &[],
                help: "Maximum size of a response, such as 256M, `64M` if not set",
            },
        }
    }

    /// All settings, in the order of help texts and of the output of `status`.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::value_variants().iter().copied()
    }

    /// The settings without which there is no session. A stored token is sent only if all of them are as in its profile.
    pub fn of_session() -> impl Iterator<Item = Self> {
        [Self::Url, Self::Graph, Self::User].into_iter()
    }

    /// Profiles contain no secrets.
    pub fn is_stored_in_profile(self) -> bool {
        self != Self::Profile && !self.is_secret()
    }

    /// Whether its value must not be shown. It is also the one that can be repeated.
    pub fn is_secret(self) -> bool {
        self == Self::Header
    }

    pub fn is_path(self) -> bool {
        self.row().hint == ValueHint::FilePath
    }

    /// Its name on the command line, without dashes in front.
    pub fn long(self) -> &'static str {
        self.row().flag
    }

    pub fn flag(self) -> String {
        format!("--{}", self.long())
    }

    pub fn variable(self) -> String {
        format!("NEBULA_EXPLORER_{}", self.name().to_uppercase())
    }

    /// Its name in profiles and in the output of `status`.
    pub fn name(self) -> String {
        self.long().replace('-', "_")
    }

    pub fn placeholder(self) -> &'static str {
        self.row().placeholder
    }

    pub fn hint(self) -> ValueHint {
        self.row().hint
    }

    pub fn allowed(self) -> &'static [&'static str] {
        self.row().allowed
    }

    pub fn help(self) -> &'static str {
        self.row().help
    }
}

/// The password, which has no flag with a value: other users can see the arguments of a process.
pub const PASSWORD_VARIABLE: &str = "NEBULA_EXPLORER_PASSWORD";
/// Where `login` stores secrets.
pub const SECRETS_VARIABLE: &str = "NEBULA_EXPLORER_SECRETS";
/// Set to any value, tokens are not kept between commands without a profile.
pub const NO_CACHE_VARIABLE: &str = "NEBULA_EXPLORER_NO_CACHE";
/// The directory of tokens that are kept without a profile.
pub const CACHE_DIR_VARIABLE: &str = "NEBULA_EXPLORER_CACHE_DIR";
/// The address of the store of submissions, which may contain a password.
pub const STORE_VARIABLE: &str = "NEBULA_EXPLORER_STORE";
/// The directory of the store of submissions, unless it has an address.
pub const STATE_DIR_VARIABLE: &str = "NEBULA_EXPLORER_STATE_DIR";
/// The directory of profiles and secrets.
pub const CONFIG_DIR_VARIABLE: &str = "NEBULA_EXPLORER_CONFIG_DIR";

/// The value of a variable. An empty one counts as not set.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
