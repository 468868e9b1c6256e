//! Secrets in texts.

use secrecy::{ExposeSecret as _, SecretString};

/// Replaces secrets in a text; `None` if there are none in it.
pub(crate) fn redact(text: &str, secrets: impl Iterator<Item = SecretString>) -> Option<String> {
    let mut redacted = None::<String>;
    for secret in secrets {
        let secret = secret.expose_secret();
        let text = redacted.as_deref().unwrap_or(text);
        // A password of one or two letters is found in every text and hidden in none.
        if secret.len() > 2 && text.contains(secret) {
            redacted = Some(text.replace(secret, "[redacted]"));
        }
    }
    redacted
}
