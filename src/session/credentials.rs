//! The account to sign in with, in one of the two encodings that servers accept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

/// What a client signs in with: an account, a token that the caller already has, or both.
///
/// `Debug` shows neither the password nor the token.
///
/// ```
/// use nebula_explorer::Credentials;
///
/// let account = Credentials::account("root", "nebula");
/// assert!(!format!("{account:?}").contains("nebula"));
/// ```
#[derive(Clone, Default)]
pub struct Credentials {
    account: Option<Account>,
    pub(crate) token: Option<SecretString>,
    pub(crate) other_cookies: Vec<String>,
}

#[derive(Clone)]
struct Account {
    user: String,
    password: SecretString,
    encoding: AccountEncoding,
}

/// How an account is encoded in the header `Authorization`, before base64.
///
/// ```
/// use nebula_explorer::{AccountEncoding, Credentials};
///
/// let for_explorer_3_2 = Credentials::account("root", "nebula").encoding(AccountEncoding::Colon);
/// # let _ = for_explorer_3_2;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountEncoding {
    /// `["<user>","<password>"]`: Explorer 3.3 and later.
    #[default]
    JsonArray,
    /// `<user>:<password>`: Explorer 3.1 and 3.2.
    Colon,
}

impl Credentials {
    /// An account of the graph service. The SDK signs in with it on the first call, and again when the session ends.
    pub fn account(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        let account = Account { user: user.into(), password: password.into(), encoding: AccountEncoding::default() };
        Self { account: Some(account), ..Self::default() }
    }

    /// A token that the caller already has: the value of the session's cookie. The SDK cannot sign in again when it expires.
    pub fn token(token: impl Into<SecretString>) -> Self {
        Self { token: Some(token.into()), ..Self::default() }
    }

    /// Starts with this token and signs in with the account only if the server rejects the token.
    pub fn with_token(mut self, token: impl Into<SecretString>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// The other cookies of the session, as [`Token::other_cookies`](crate::Token::other_cookies) returned them: a load balancer
    /// needs its own to find the server that the token is valid on.
    pub fn with_cookies(mut self, cookies: impl IntoIterator<Item = String>) -> Self {
        self.other_cookies = cookies.into_iter().collect();
        self
    }

    /// How the account is encoded. Explorer 3.1 and 3.2 need [`AccountEncoding::Colon`].
    pub fn encoding(mut self, encoding: AccountEncoding) -> Self {
        if let Some(account) = &mut self.account {
            account.encoding = encoding;
        }
        self
    }

    pub(crate) fn has_account(&self) -> bool {
        self.account.is_some()
    }

    /// The account in base64; `None` where there is only a token.
    pub(crate) fn bearer(&self) -> Option<SecretString> {
        let Account { user, password, encoding } = self.account.as_ref()?;
        let password = password.expose_secret();
        let plain = match encoding {
            AccountEncoding::JsonArray => serde_json::json!([user, password]).to_string(),
            AccountEncoding::Colon => format!("{user}:{password}"),
        };
        Some(STANDARD.encode(plain).into())
    }

    /// Its secrets, to redact them.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = SecretString> {
        let password = self.account.as_ref().map(|account| account.password.clone());
        [password, self.bearer(), self.token.clone()].into_iter().flatten()
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.account.as_ref().map(|account| &account.user))
            .field("encoding", &self.account.as_ref().map(|account| account.encoding))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_of_an_account_are_as_documented() {
        let account = Credentials::account("root", "123");
        let bearer = |credentials: Credentials| credentials.bearer().map(|secret| secret.expose_secret().to_string());
        assert_eq!(bearer(account.clone()).as_deref(), Some("WyJyb290IiwiMTIzIl0="));
        assert_eq!(bearer(account.encoding(AccountEncoding::Colon)).as_deref(), Some("cm9vdDoxMjM="));
        assert_eq!(bearer(Credentials::token("t")), None);
    }
}
