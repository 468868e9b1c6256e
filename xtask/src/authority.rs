//! A private certificate authority, and a certificate of it.

use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::Outcome;

/// The files that [`write_certificate`] writes.
pub const CERTIFICATE: &str = "server.pem";
pub const KEY: &str = "server.key";

/// Writes a certificate for these host names and its key, and returns the authority in PEM.
pub fn write_certificate(folder: &Path, names: &[&str]) -> Outcome<String> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
    let certificate = CertificateParams::new(names)?.signed_by(&key, &authority)?;
    fs::write(folder.join(CERTIFICATE), certificate.pem())?;
    fs::write(folder.join(KEY), key.serialize_pem())?;
    Ok(authority.pem())
}
