//! Why a proxy refuses to connect to the server: the HTTP client does not pass on the proxy's response, so it is asked once more.

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::{ProxyInUse, ProxyRefusal};
use crate::transport::page;
use crate::transport::redact::Redactor;

/// How long the proxy may take to refuse once more.
const LIMIT: Duration = Duration::from_secs(2);

/// How much of its response is read.
const MAX_BYTES: usize = 16 * 1024;

/// The header with which Squid says what is wrong.
const PROXY_ERROR: &str = "x-squid-error";

/// The proxy's refusal to connect to an address; `None` if it is not asked to, cannot be reached, or connects.
pub(crate) async fn refusal(proxy: &ProxyInUse, address: &Url) -> Option<ProxyRefusal> {
    let url = Url::parse(&proxy.url).ok().filter(|url| url.scheme() == "http" && address.scheme() == "https")?;
    let response = timeout(LIMIT, ask(&url, proxy, address)).await.ok()??;
    refusal_in(&response, proxy)
}

async fn ask(url: &Url, proxy: &ProxyInUse, address: &Url) -> Option<Vec<u8>> {
    let target = format!("{}:{}", address.host_str()?, address.port_or_known_default()?);
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n").into_bytes();
    if let Some(authorization) = &proxy.authorization {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    let host = url.host_str()?.trim_matches(['[', ']']);
    let mut stream = TcpStream::connect((host, url.port_or_known_default()?)).await.ok()?;
    stream.write_all(&request).await.ok()?;
    let mut response = Vec::new();
    while response.len() < MAX_BYTES && !is_complete(&response) {
        if stream.read_buf(&mut response).await.ok()? == 0 {
            break;
        }
    }
    Some(response)
}

/// Whether nothing more is needed: the title of a page, or the head of a success, which nothing follows.
fn is_complete(response: &[u8]) -> bool {
    let text = String::from_utf8_lossy(response);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    status(head).is_none_or(|status| status < 300) || page::title(body).is_some()
}

fn refusal_in(response: &[u8], proxy: &ProxyInUse) -> Option<ProxyRefusal> {
    let text = String::from_utf8_lossy(response);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = status(head).filter(|status| *status >= 300)?;
    let header = |line: &str| {
        Some(line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case(PROXY_ERROR))?.1.trim().into())
    };
    let error: Option<String> = head.lines().find_map(header);
    let redactor = redactor(proxy);
    let shown = |text: String| page::shortened(&redactor.redact(&text), page::PAGE_CHARS);
    Some(ProxyRefusal { status, title: page::title(body).map(shown), error: error.map(shown) })
}

/// The status in the first line of a response.
fn status(head: &str) -> Option<u16> {
    head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.trim().parse().ok()
}

/// A proxy may repeat the account with which it was asked.
fn redactor(proxy: &ProxyInUse) -> Redactor {
    let authorization = proxy.authorization.as_ref().and_then(|value| value.to_str().ok());
    let encoded = authorization.and_then(|text| text.split_once(' ')).map(|(_, encoded)| SecretString::from(encoded));
    Redactor::new(&encoded.into_iter().collect::<Vec<_>>())
}
