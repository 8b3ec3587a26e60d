//! Letters that are kept as files.

use std::{
    fs::DirEntry,
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

/// Where letters lie as files.
pub(super) struct Folder {
    pub path: PathBuf,
    /// Whether anybody on this machine could have made it, as in the temporary folder of all: then letters go there only where it
    /// is ours alone.
    pub is_among_all: bool,
}

impl Folder {
    /// Deletes the letters of which something is so; how many there were. What is no file of its own is no letter of ours.
    pub(super) fn delete(&self, is_so: impl Fn(&Path) -> io::Result<bool>) -> io::Result<usize> {
        let letters = || {
            // Whatever else stands there: nobody holds an erasure up by it, who could have put it there.
            if self.is_among_all && !is_ours(&self.path, 0o022)? {
                return Ok(None);
            }
            std::fs::read_dir(&self.path).map(Some)
        };
        let letters = match letters() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            letters => letters?.into_iter().flatten(),
        };
        let delete = |letter: io::Result<DirEntry>| {
            let letter = letter?;
            let path = letter.path();
            let is_letter = path.extension().is_some_and(|extension| extension == "eml");
            let gone = is_letter && letter.file_type()?.is_file() && is_so(&path)?;
            if gone {
                std::fs::remove_file(path)?;
            }
            Ok::<_, io::Error>(usize::from(gone))
        };
        let (mut gone, mut failed) = (0, None);
        for letter in letters {
            match delete(letter) {
                Ok(one) => gone += one,
                // Somebody else deletes, too.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // The others go all the same.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(gone), Err)
    }

    /// In the order of sending, for the owner of the folder alone: who has a letter can sign in by it.
    pub(super) async fn keep(&self, letter: Vec<u8>) -> io::Result<()> {
        let made = tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path).await;
        if self.is_among_all && is_ours(&self.path, 0o077).is_ok_and(|ours| !ours) {
            let (folder, hint) = (self.path.display(), "name another one with SEATBOOK_MAIL_FOLDER");
            return Err(io::Error::other(format!("{folder} is not a folder of this user alone: {hint}")));
        }
        made?;
        let path = self.path.join(format!("{}.eml", Uuid::now_v7()));
        let mut file =
            tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await?;
        let written = async {
            file.write_all(&letter).await?;
            file.flush().await
        };
        let written = written.await;
        if written.is_err() {
            // On a full disk: half a letter is none, and it is tried again.
            drop(tokio::fs::remove_file(&path).await);
        }
        written
    }
}

/// Whether a folder is one, and belongs to whoever runs this, and others may do none of these with it.
fn is_ours(folder: &Path, others: u32) -> io::Result<bool> {
    let folder = std::fs::symlink_metadata(folder)?;
    // Whose this process is; where that is not told, whose a file is that we make.
    let us = std::fs::metadata("/proc/self").or_else(|_| tempfile::tempfile()?.metadata())?.uid();
    Ok(folder.is_dir() && folder.uid() == us && folder.mode() & others == 0)
}

/// When a letter of ours was written: its name says so. Others in the folder are nobody's business.
pub(super) fn written_at(letter: &Path) -> Option<DateTime<Utc>> {
    let name: Uuid = letter.file_stem()?.to_str()?.parse().ok()?;
    let (seconds, nanos) = name.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use domain::EmailAddress;
    use eventlog::Spellings;

    use super::*;
    use crate::mail::{Letter, Mail};

    #[tokio::test]
    async fn letters_are_deleted_by_several_at_once_and_one_that_cannot_be_read_keeps_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let mail = Mail::folder(folder.path().to_owned());
        for who in 0..200 {
            let to = EmailAddress::parse(&format!("pupil{who}@school.example")).unwrap();
            mail.send(Letter { to, subject: "Hello".to_owned(), text: "A line.\n".to_owned() })
                .await
                .unwrap();
        }
        let tasks: Vec<_> = (0..8)
            .map(|part| {
                let mail = mail.clone();
                tokio::spawn(async move {
                    for who in (part..200).step_by(8) {
                        let address = format!("pupil{who}@school.example");
                        assert_eq!(mail.forget(&Spellings::of([address.as_str()])).await.unwrap(), 1);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        for name in ["0.eml", "2.eml"] {
            std::fs::write(folder.path().join(name), "To: ada@school.example").unwrap();
        }
        let at = folder.path().to_owned();
        let forgotten = Folder { path: at.clone(), is_among_all: false }.delete(|letter| {
            if letter.ends_with("0.eml") { Err(io::Error::other("unread")) } else { Ok(true) }
        });
        assert!(forgotten.is_err() && at.join("0.eml").exists() && !at.join("2.eml").exists());
    }

    #[tokio::test]
    async fn in_a_folder_that_anybody_could_have_made_nothing_is_kept_unless_it_is_ours_alone() {
        let letter = || {
            let to = EmailAddress::parse("ada@school.example").unwrap();
            Letter { to, subject: "Hello".to_owned(), text: "A line.\n".to_owned() }
        };
        let folder = tempfile::tempdir().unwrap();
        let at = |path: PathBuf| Mail::in_folder(Folder { path, is_among_all: true });
        at(folder.path().join("ours")).send(letter()).await.unwrap();
        let open = folder.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
        let led = folder.path().join("led");
        std::os::unix::fs::symlink(folder.path().join("ours"), &led).unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        for path in [open, led, file] {
            let refused = at(path.clone()).send(letter()).await.unwrap_err().to_string();
            assert!(refused.contains("is not a folder of this user alone"), "{refused}");
            let forgotten = at(path).forget(&Spellings::of(["ada@school.example"])).await.unwrap();
            assert_eq!(forgotten, 0);
        }
    }
}
