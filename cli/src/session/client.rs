//! A client for the settings.

use nebula_explorer::reqwest::Url;
use nebula_explorer::{Credentials, Explorer, ExplorerBuilder, SecretString};

use crate::error::CliError;
use crate::output::stderr::note;
use crate::quantity;
use crate::session::headers::headers;
use crate::session::pem;
use crate::session::settings::{COLON, Setting};
use crate::session::values::Values;

pub fn builder(values: &Values, credentials: Credentials) -> Result<ExplorerBuilder, CliError> {
    let (address, port) = values.graph()?;
    let url = values.required(Setting::Url)?;
    warn_if_unencrypted(url);
    check_user(values)?;
    let credentials = credentials.encoding(values.encoding());
    let mut builder = Explorer::builder(url).graph(address, port).credentials(credentials);
    if let Some(path) = values.get(Setting::CaCert) {
        builder = builder.certificate_authorities(pem::read(path)?);
    }
    if let Some(certificate) = client_certificate(values)? {
        builder = builder.client_certificate(certificate);
    }
    if let Some(timeout) = values.parsed(Setting::RequestTimeout, quantity::time_limit)? {
        builder = builder.request_timeout(timeout);
    }
    if let Some(bytes) = values.parsed(Setting::MaxResponse, quantity::size)? {
        builder = builder.max_response_bytes(bytes);
    }
    for (name, value) in headers(values)? {
        builder = builder.header(name, value);
    }
    Ok(builder)
}

/// Warns about an address to which credentials travel unencrypted. What is no URL is left to the SDK.
fn warn_if_unencrypted(text: &str) {
    if let Ok(url) = Url::parse(text)
        && url.scheme() == "http"
        && !is_loopback(&url)
    {
        note(format!(
            "warning: the account and the token travel unencrypted to {}: use https:// where the server has it",
            url.host_str().unwrap_or_default()
        ));
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_local_name = host == "localhost" || host.ends_with(".localhost");
    is_local_name || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

fn check_user(values: &Values) -> Result<(), CliError> {
    let is_colon = values.get(Setting::AccountEncoding) == Some(COLON);
    if is_colon && values.get(Setting::User).is_some_and(|user| user.contains(':')) {
        return Err(CliError::Usage(format!(
            "the user name contains a colon, which the encoding `{COLON}` cannot express"
        )));
    }
    Ok(())
}

/// The certificate and its key, which may be in one file.
fn client_certificate(values: &Values) -> Result<Option<SecretString>, CliError> {
    let Some(certificate) = values.get(Setting::ClientCert) else {
        return match values.has(Setting::ClientKey) {
            true => {
                Err(CliError::Usage(format!("{} requires {}", Setting::ClientKey.flag(), Setting::ClientCert.flag())))
            }
            false => Ok(None),
        };
    };
    let mut pem = pem::read(certificate)?;
    if let Some(key) = values.get(Setting::ClientKey) {
        pem.push(b'\n');
        pem.extend(pem::read(key)?);
    }
    let pem = String::from_utf8(pem);
    pem.map(|pem| Some(pem.into())).map_err(|_| CliError::Usage(format!("{certificate}: the text is not UTF-8")))
}
