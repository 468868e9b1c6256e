//! HTTPS with a private certificate authority.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;

use nebula_explorer_emulator::Emulator;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use support::{Ended, PASSWORD, Server};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// A TLS proxy for an emulator.
struct TlsProxy {
    url: String,
    /// The authority of its certificate, in PEM.
    authority: String,
    /// A certificate for a client, of the same authority, and its key.
    client: (String, String),
}

/// Starts a proxy, which may demand a certificate from its clients.
async fn tls_proxy(emulator: SocketAddr, demands_certificate: bool) -> TlsProxy {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_string()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let client_key = KeyPair::generate().unwrap();
    let client = CertificateParams::new(["client".to_string()]).unwrap().signed_by(&client_key, &authority).unwrap();
    // Explicit, because the features of other crates decide which providers there are.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let config = if demands_certificate {
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).unwrap();
        config.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(),
        )
    } else {
        config.with_no_client_auth()
    };
    let config = config.with_single_cert(vec![certificate.der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Fails for a client that does not trust the certificate.
                let Ok(mut connection) = acceptor.accept(connection).await else { return };
                let mut inner = TcpStream::connect(emulator).await.unwrap();
                let _ = copy_bidirectional(&mut connection, &mut inner).await;
            });
        }
    });
    TlsProxy {
        url: format!("https://localhost:{port}"),
        authority: authority.pem(),
        client: (client.pem(), client_key.serialize_pem()),
    }
}

#[test]
fn a_private_authority_is_trusted_and_stored_in_the_profile() {
    let server = Server::start(Emulator::builder());
    let TlsProxy { url, authority, .. } = server.runtime.block_on(tls_proxy(server.emulator.address(), false));
    let file = server.directory.path().join("authority.pem");
    std::fs::write(&file, authority).unwrap();
    let login = |more: &[&str]| {
        let account = ["login", "--url", &url, "--graph", "127.0.0.1:9669", "--user", "root"];
        let mut command = server.unconfigured(&[&account, more].concat());
        Ended::of(command.env("NEBULA_EXPLORER_PASSWORD", PASSWORD).current_dir(server.directory.path()))
    };
    let untrusted = login(&[]);
    assert!(untrusted.code == 5 && untrusted.stderr.contains("with --ca-cert FILE"), "{untrusted:?}");
    assert!(!untrusted.stderr.contains("attempts"), "it is not retried: {untrusted:?}");
    assert_eq!(login(&["--ca-cert", "nowhere.pem"]).code, 2);
    let trusted = login(&["--ca-cert", "authority.pem"]);
    assert_eq!(trusted.code, 0, "{trusted:?}");
    let listed = server.run_with_profile(&["jobs", "list"]);
    assert_eq!(listed.code, 0, "{listed:?}");
}

#[test]
fn a_client_certificate_is_presented_and_stored_in_the_profile() {
    let server = Server::start(Emulator::builder());
    let proxy = server.runtime.block_on(tls_proxy(server.emulator.address(), true));
    let (certificate, key) = &proxy.client;
    let both = format!("{certificate}{key}");
    for (name, text) in
        [("ca.pem", &proxy.authority), ("client.pem", certificate), ("key.pem", key), ("both.pem", &both)]
    {
        std::fs::write(server.directory.path().join(name), text).unwrap();
    }
    let login = |more: &[&str]| {
        let account =
            ["login", "--url", &proxy.url, "--graph", "127.0.0.1:9669", "--user", "root", "--ca-cert", "ca.pem"];
        let mut command = server.unconfigured(&[&account, more].concat());
        Ended::of(command.env("NEBULA_EXPLORER_PASSWORD", PASSWORD).current_dir(server.directory.path()))
    };
    assert_eq!(login(&[]).code, 5);
    for certificate in [&["--client-cert", "both.pem"][..], &["--client-cert", "client.pem", "--client-key", "key.pem"]]
    {
        let accepted = login(certificate);
        assert_eq!(accepted.code, 0, "{accepted:?}");
        let listed = server.run_with_profile(&["jobs", "list"]);
        assert_eq!(listed.code, 0, "{listed:?}");
    }
}
