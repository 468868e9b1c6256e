//! TLS: the platform's certificate authorities and the caller's, and certificates that are trusted as they are.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::{ConnectFailure, Error};

/// The TLS of one HTTP client.
pub(crate) fn config(
    certificate_authorities: &[u8],
    client_certificate: Option<&SecretString>,
) -> Result<ClientConfig, Error> {
    let given = certificates(certificate_authorities, "the certificate authorities")?;
    if given.is_empty() && !certificate_authorities.is_empty() {
        return Err(Error::InvalidInput("there is no certificate in PEM among the certificate authorities".into()));
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(given.iter().cloned(), Arc::clone(&provider))
        .map_err(|error| Error::InvalidInput(format!("a certificate authority cannot be used: {error}")))?;
    let setup =
        |error: rustls::Error| Error::ClientSetup { problem: "TLS cannot be set up".into(), source: Arc::new(error) };
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(TrustsGiven { platform: verifier, given }));
    let Some(identity) = client_certificate else { return Ok(config.with_no_client_auth()) };
    let pem = identity.expose_secret().as_bytes();
    let chain = certificates(pem, "the client certificate")?;
    let key = PrivateKeyDer::from_pem_slice(pem)
        .map_err(|error| Error::InvalidInput(format!("the client certificate has no usable private key: {error}")))?;
    config
        .with_client_auth_cert(chain, key)
        .map_err(|error| Error::InvalidInput(format!("the client certificate cannot be used: {error}")))
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    CertificateDer::pem_slice_iter(pem)
        .enumerate()
        .map(|(at, certificate)| {
            let number = at + 1;
            certificate
                .map_err(|error| Error::InvalidInput(format!("{what}: certificate {number} is invalid: {error}")))
        })
        .collect()
}

/// Verifies as the platform does, and also trusts a given certificate as that of the server itself: `openssl req -x509` creates
/// certificates that are an authority and a server's at once, which the platform rejects.
#[derive(Debug)]
struct TrustsGiven {
    platform: Verifier,
    given: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for TrustsGiven {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.platform.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let error = match verified {
            Err(rustls::Error::InvalidCertificate(error)) if self.given.contains(end_entity) => error,
            verified => return verified,
        };
        match error {
            // Its validity in time is checked before these.
            CertificateError::Other(_) | CertificateError::UnknownIssuer => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            error => Err(error.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.platform.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.platform.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.platform.supported_verify_schemes()
    }
}

/// What is wrong with TLS, if that is the cause of an error.
pub(crate) fn failure(error: &(dyn std::error::Error + 'static)) -> Option<ConnectFailure> {
    match std::iter::successors(Some(error), |error| error.source()).find_map(rustls_error)? {
        rustls::Error::InvalidCertificate(problem) => {
            Some(ConnectFailure::Certificate { problem: problem.to_string() })
        }
        rustls::Error::InvalidMessage(_) => Some(ConnectFailure::NotTls),
        _ => None,
    }
}

/// rustls hands its errors on inside of those of input and output, which may be inside of others.
fn rustls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(error);
    }
    rustls_error(error.downcast_ref::<std::io::Error>()?.get_ref()?)
}
