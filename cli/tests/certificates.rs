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
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A TLS proxy for an emulator, with a certificate of a new authority. Returns its address and the authority in PEM.
async fn tls_proxy(emulator: SocketAddr) -> (String, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_string()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key);
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
    (format!("https://localhost:{port}"), authority.pem())
}

#[test]
fn a_private_authority_is_trusted_and_stored_in_the_profile() {
    let server = Server::start(Emulator::builder());
    let (url, authority) = server.runtime.block_on(tls_proxy(server.emulator.address()));
    let file = server.directory.path().join("authority.pem");
    std::fs::write(&file, authority).unwrap();
    let login = |more: &[&str]| {
        let account = ["login", "--url", &url, "--graph", "127.0.0.1:9669", "--user", "root"];
        let mut command = server.unconfigured(&[&account, more].concat());
        Ended::of(command.env("NEBULA_EXPLORER_PASSWORD", PASSWORD).current_dir(server.directory.path()))
    };
    let untrusted = login(&[]);
    assert!(untrusted.code == 5 && untrusted.stderr.contains("ertificate"), "{untrusted:?}");
    assert_eq!(login(&["--ca-cert", "nowhere.pem"]).code, 2);
    let trusted = login(&["--ca-cert", "authority.pem"]);
    assert_eq!(trusted.code, 0, "{trusted:?}");
    let listed = server.run_with_profile(&["jobs", "list"]);
    assert_eq!(listed.code, 0, "{listed:?}");
}
