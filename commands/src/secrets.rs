//! What the texts of license keys are sealed with: secrets that are not in the database.
//!
//! A sealed text names the secret that it was sealed with, so that another one can take its place: the first of several
//! seals, all of them open. The key's id is sealed with it: a text that was moved to another key does not open.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use domain::{KeyId, LicenseKey};
use eventlog::files;
use sha2::{Digest, Sha256};

/// The form of a sealed text: this, the secret's name, the nonce, and what was sealed.
const FORM: u8 = 1;

/// Fewer characters than this are guessed.
const SHORTEST: usize = 32;

/// Secrets, or none. No `Debug`: holds them.
#[derive(Clone, Default)]
pub struct Secrets(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    None,
    Given(Arc<[Secret]>),
    Beside(Arc<Beside>),
}

/// A file that is made when something is sealed for the first time.
struct Beside {
    path: PathBuf,
    read: OnceLock<Vec<Secret>>,
}

struct Secret {
    name: [u8; 4],
    cipher: XChaCha20Poly1305,
}

/// Why there are no secrets where there should be some. Says nothing of what they are.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Nothing to seal with.
    #[error("holds no secret")]
    Empty,
    /// One that could be guessed.
    #[error("line {0} is a secret of fewer than {SHORTEST} characters")]
    Short(usize),
    /// A file that can't be read or made.
    #[error("the secret of license keys, {}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl Secrets {
    /// Secrets as they are configured, one on each line: the first seals, all of them open.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        Ok(Self(Source::Given(read(text)?.into())))
    }

    /// Those in a file, which is made, readable by its owner alone, when something is sealed for the first time.
    pub fn beside(path: PathBuf) -> Self {
        Self(Source::Beside(Arc::new(Beside { path, read: OnceLock::new() })))
    }

    /// Whether keys are kept, so that they can be shown again.
    pub fn keep(&self) -> bool {
        !matches!(self.0, Source::None)
    }

    /// Seals a key's text; nothing where there is no secret.
    pub(crate) fn seal(&self, id: KeyId, key: &LicenseKey) -> Result<Option<Vec<u8>>, SecretError> {
        let secrets = match &self.0 {
            Source::None => return Ok(None),
            Source::Given(secrets) => secrets,
            Source::Beside(file) => file.read_or_make()?,
        };
        let secret = secrets.first().ok_or(SecretError::Empty)?;
        let nonce: [u8; 24] = rand::random();
        let text = key.reveal();
        let what = Payload { msg: text.as_bytes(), aad: id.0.as_bytes() };
        // It fails for texts of many gigabytes only.
        let sealed = secret.cipher.encrypt(&XNonce::from(nonce), what).ok();
        Ok(sealed.map(|sealed| [&[FORM], secret.name.as_slice(), &nonce, &sealed].concat()))
    }

    /// Opens what was sealed for a key; nothing where no secret fits.
    pub(crate) fn open(&self, id: KeyId, sealed: &[u8]) -> Result<Option<LicenseKey>, SecretError> {
        let secrets = match &self.0 {
            Source::None => return Ok(None),
            Source::Given(secrets) => secrets,
            Source::Beside(file) => file.read()?,
        };
        Ok(secrets.iter().find_map(|secret| secret.open(id, sealed)))
    }
}

impl Secret {
    /// Of any text: what seals is a digest of it, for this purpose alone.
    fn of(text: &str) -> Self {
        let digest = |purpose: &str| -> [u8; 32] {
            Sha256::new().chain_update(purpose).chain_update([0]).chain_update(text).finalize().into()
        };
        let [a, b, c, d, ..] = digest("seatbook: names a secret of license keys");
        let cipher = XChaCha20Poly1305::new(&digest("seatbook: seals license keys").into());
        Self { name: [a, b, c, d], cipher }
    }

    fn open(&self, id: KeyId, sealed: &[u8]) -> Option<LicenseKey> {
        let rest = sealed.strip_prefix(&[FORM])?.strip_prefix(&self.name)?;
        let (nonce, msg) = rest.split_first_chunk::<24>()?;
        let text = self.cipher.decrypt(&XNonce::from(*nonce), Payload { msg, aad: id.0.as_bytes() }).ok()?;
        LicenseKey::parse(str::from_utf8(&text).ok()?).ok()
    }
}

impl Beside {
    /// What the file holds; nothing where it is not there.
    fn read(&self) -> Result<&[Secret], SecretError> {
        if let Some(secrets) = self.read.get() {
            return Ok(secrets);
        }
        let Some(text) = files::read(&self.path).map_err(|error| self.failed(error))? else { return Ok(&[]) };
        let secrets = read(&text).map_err(|error| self.failed(io::Error::other(error)))?;
        Ok(self.read.get_or_init(|| secrets))
    }

    fn read_or_make(&self) -> Result<&[Secret], SecretError> {
        match self.read()? {
            [] => {
                make(&self.path).map_err(|error| self.failed(error))?;
                self.read()
            }
            secrets => Ok(secrets),
        }
    }

    fn failed(&self, error: io::Error) -> SecretError {
        SecretError::File { path: self.path.clone(), error }
    }
}

/// Whole, or not at all: what is sealed with half of a secret nobody opens. Somebody else's stays.
fn make(path: &Path) -> io::Result<()> {
    let secret: [u8; 32] = rand::random();
    let digits: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    files::make(path, &format!("{digits}\n")).map(drop)
}

fn read(text: &str) -> Result<Vec<Secret>, SecretError> {
    let lines = text.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty());
    let secret = |(line, number): (&str, usize)| match line.chars().count() {
        length if length < SHORTEST => Err(SecretError::Short(number)),
        _ => Ok(Secret::of(line)),
    };
    let secrets = lines.map(secret).collect::<Result<Vec<_>, _>>()?;
    if secrets.is_empty() { Err(SecretError::Empty) } else { Ok(secrets) }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use uuid::Uuid;

    use super::*;

    const OLD: &str = "an old secret of thirty-two signs";
    const NEW: &str = "a new secret of forty-one characters here";

    const ID: KeyId = KeyId(Uuid::from_u128(7));

    fn key() -> LicenseKey {
        LicenseKey::new([0x5A; 15])
    }

    fn opened(secrets: &Secrets, id: KeyId, sealed: &[u8]) -> Option<String> {
        secrets.open(id, sealed).unwrap().map(|key| key.reveal())
    }

    #[test]
    fn a_sealed_key_opens_with_its_secret_and_no_other() {
        let old = Secrets::parse(OLD).unwrap();
        let sealed = old.seal(ID, &key()).unwrap().unwrap();
        assert_eq!(opened(&old, ID, &sealed), Some(key().reveal()));
        assert_eq!(opened(&Secrets::parse(NEW).unwrap(), ID, &sealed), None);
        assert_eq!(opened(&Secrets::default(), ID, &sealed), None);
        assert_ne!(old.seal(ID, &key()).unwrap().unwrap(), sealed, "each time with another nonce");
        let text = key().reveal();
        assert!(!sealed.windows(5).any(|bytes| text.as_bytes().starts_with(bytes)));
    }

    #[test]
    fn the_first_of_several_secrets_seals_and_all_of_them_open() {
        let both = Secrets::parse(&format!("{NEW}\n\n  {OLD}\n")).unwrap();
        let (old, new) = (Secrets::parse(OLD).unwrap(), Secrets::parse(NEW).unwrap());
        let before = old.seal(ID, &key()).unwrap().unwrap();
        let after = both.seal(ID, &key()).unwrap().unwrap();
        assert!(opened(&both, ID, &before).is_some() && opened(&both, ID, &after).is_some());
        assert_eq!((opened(&new, ID, &before), opened(&old, ID, &after)), (None, None));
        assert!(opened(&new, ID, &after).is_some());
    }

    #[test]
    fn what_was_changed_or_belongs_to_another_key_does_not_open() {
        let secrets = Secrets::parse(OLD).unwrap();
        let sealed = secrets.seal(ID, &key()).unwrap().unwrap();
        assert_eq!(opened(&secrets, KeyId(Uuid::from_u128(8)), &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&secrets, ID, &changed), None, "byte {at}");
            assert_eq!(opened(&secrets, ID, &sealed[..at]), None, "{at} bytes");
        }
    }

    #[test]
    fn a_secret_that_could_be_guessed_is_refused_and_not_repeated() {
        for (text, said) in [("", "no secret"), (" \n", "no secret"), ("a password", "line 1")] {
            let error = Secrets::parse(text).err().unwrap().to_string();
            assert!(error.contains(said) && !error.contains("password"), "{error}");
        }
        let second = format!("{OLD}\nshort");
        assert!(Secrets::parse(&second).err().unwrap().to_string().contains("line 2"));
    }

    #[test]
    fn a_secret_beside_the_database_is_made_when_it_is_needed_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seatbook.db-secret");
        let secrets = Secrets::beside(path.clone());
        assert_eq!(opened(&secrets, ID, &[FORM; 74]), None);
        assert!(!path.exists(), "looking makes nothing");
        let sealed = secrets.seal(ID, &key()).unwrap().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let again = Secrets::beside(path.clone());
        assert_eq!(opened(&again, ID, &sealed), Some(key().reveal()));
        again.seal(ID, &key()).unwrap().unwrap();
        assert!(opened(&secrets, ID, &sealed).is_some());
        fs::remove_file(&path).unwrap();
        assert_eq!(opened(&Secrets::beside(path.clone()), ID, &sealed), None);
        fs::write(&path, "short").unwrap();
        assert!(Secrets::beside(path).seal(ID, &key()).is_err());
    }
}
