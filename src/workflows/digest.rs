//! The digest of an input, by which a key recognizes its request.

use serde::Serialize;

/// The digest of the value as JSON, in hexadecimal. It recognizes mistakes, not attacks: whoever chooses the input also chooses
/// the key. Maps must be sorted.
pub(crate) fn digest(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(format!("{:032x}", fnv1a(&serde_json::to_vec(value)?)))
}

/// The 128-bit FNV-1a hash (RFC 9923).
fn fnv1a(bytes: &[u8]) -> u128 {
    const OFFSET_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET_BASIS, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    #[test]
    fn hash_is_the_published_one() {
        assert_eq!(super::fnv1a(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
