//! The algorithms, behind one trait.
//!
//! In: names, bytes. Out: digests. The one invariant: a digest leaves its hasher as it was, so that more bytes may follow.

use sha2::digest::core_api::BlockSizeUser;
use sha2::digest::{Digest, ExtendableOutput, Update, XofReader};

/// What takes bytes and tells their digest so far.
pub(crate) trait Hasher: Send {
    fn update(&mut self, bytes: &[u8]);
    /// The digest; only algorithms without a size of their own look at the length.
    fn digest(&self, length: Option<usize>) -> Vec<u8>;
    fn duplicate(&self) -> Box<dyn Hasher>;
    fn digest_size(&self) -> usize;
    fn block_size(&self) -> usize;
}

/// A hasher, its canonical name, and whether digests have the length that is asked for.
pub(super) struct Made {
    pub name: &'static str,
    pub hasher: Box<dyn Hasher>,
    pub any_length: bool,
}

/// What `make` knows.
pub(super) const NAMES: [&str; 19] = [
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "sha512_224",
    "sha512_256",
    "sha3_224",
    "sha3_256",
    "sha3_384",
    "sha3_512",
    "shake_128",
    "shake_256",
    "blake2b",
    "blake2s",
    "md5-sha1",
    "ripemd160",
    "sm3",
];

/// A hasher by name, in capitals or not.
pub(super) fn make(name: &str) -> Option<Made> {
    let lower = name.to_ascii_lowercase().replace("sha512/", "sha512_");
    let name = *NAMES.iter().find(|known| **known == lower)?;
    let hasher: Box<dyn Hasher> = match name {
        "md5" => Box::new(Fixed(md5::Md5::new())),
        "sha1" => Box::new(Fixed(sha1::Sha1::new())),
        "sha224" => Box::new(Fixed(sha2::Sha224::new())),
        "sha256" => Box::new(Fixed(sha2::Sha256::new())),
        "sha384" => Box::new(Fixed(sha2::Sha384::new())),
        "sha512" => Box::new(Fixed(sha2::Sha512::new())),
        "sha512_224" => Box::new(Fixed(sha2::Sha512_224::new())),
        "sha512_256" => Box::new(Fixed(sha2::Sha512_256::new())),
        "sha3_224" => Box::new(Fixed(sha3::Sha3_224::new())),
        "sha3_256" => Box::new(Fixed(sha3::Sha3_256::new())),
        "sha3_384" => Box::new(Fixed(sha3::Sha3_384::new())),
        "sha3_512" => Box::new(Fixed(sha3::Sha3_512::new())),
        "shake_128" => Box::new(Shake(sha3::Shake128::default(), 168)),
        "shake_256" => Box::new(Shake(sha3::Shake256::default(), 136)),
        "blake2b" => Box::new(blake2b_simd::State::new()),
        "blake2s" => Box::new(blake2s_simd::State::new()),
        "ripemd160" => Box::new(Fixed(ripemd::Ripemd160::new())),
        "sm3" => Box::new(Fixed(sm3::Sm3::new())),
        _ => Box::new(Both(md5::Md5::new(), sha1::Sha1::new())),
    };
    Some(Made { name, hasher, any_length: name.starts_with("shake") })
}

/// An algorithm whose digests have one length.
struct Fixed<D>(D);

impl<D: Digest + BlockSizeUser + Clone + Send + 'static> Hasher for Fixed<D> {
    fn update(&mut self, bytes: &[u8]) {
        Digest::update(&mut self.0, bytes);
    }

    fn digest(&self, _: Option<usize>) -> Vec<u8> {
        self.0.clone().finalize().to_vec()
    }

    fn duplicate(&self) -> Box<dyn Hasher> {
        Box::new(Fixed(self.0.clone()))
    }

    fn digest_size(&self) -> usize {
        <D as Digest>::output_size()
    }

    fn block_size(&self) -> usize {
        D::block_size()
    }
}

/// An algorithm for digests of any length, and its rate.
struct Shake<D>(D, usize);

impl<D: Update + ExtendableOutput + Clone + Send + 'static> Hasher for Shake<D> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn digest(&self, length: Option<usize>) -> Vec<u8> {
        let mut digest = vec![0; length.unwrap_or(0)];
        self.0.clone().finalize_xof().read(&mut digest);
        digest
    }

    fn duplicate(&self) -> Box<dyn Hasher> {
        Box::new(Shake(self.0.clone(), self.1))
    }

    fn digest_size(&self) -> usize {
        0
    }

    fn block_size(&self) -> usize {
        self.1
    }
}

/// OpenSSL's "md5-sha1": one digest after the other.
struct Both(md5::Md5, sha1::Sha1);

impl Hasher for Both {
    fn update(&mut self, bytes: &[u8]) {
        Digest::update(&mut self.0, bytes);
        Digest::update(&mut self.1, bytes);
    }

    fn digest(&self, _: Option<usize>) -> Vec<u8> {
        [self.0.clone().finalize().to_vec(), self.1.clone().finalize().to_vec()].concat()
    }

    fn duplicate(&self) -> Box<dyn Hasher> {
        Box::new(Both(self.0.clone(), self.1.clone()))
    }

    fn digest_size(&self) -> usize {
        36
    }

    fn block_size(&self) -> usize {
        64
    }
}

/// The BLAKE2 crates have the same interface without a trait.
macro_rules! blake {
    ($crate_name:ident, $block:expr) => {
        impl Hasher for $crate_name::State {
            fn update(&mut self, bytes: &[u8]) {
                $crate_name::State::update(self, bytes);
            }

            fn digest(&self, _: Option<usize>) -> Vec<u8> {
                self.finalize().as_bytes().to_vec()
            }

            fn duplicate(&self) -> Box<dyn Hasher> {
                Box::new(self.clone())
            }

            fn digest_size(&self) -> usize {
                self.finalize().as_bytes().len()
            }

            fn block_size(&self) -> usize {
                $block
            }
        }
    };
}

blake!(blake2b_simd, 128);
blake!(blake2s_simd, 64);
