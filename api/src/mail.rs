//! Letters to people.

use std::{io, path::PathBuf, sync::Arc};

use domain::EmailAddress;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::Mailbox,
    message::header::ContentType,
};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

/// By which way letters go out. Clones share it.
#[derive(Clone)]
pub struct Mail {
    /// Nothing: the usual sender.
    from: Option<Mailbox>,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(Arc<PathBuf>),
    Terminal,
}

/// Who writes, unless somebody says otherwise.
const USUAL_SENDER: &str = "Seatbook <seatbook@localhost>";

/// A letter. No `Debug`: holds an address, and often a secret.
pub(crate) struct Letter {
    pub to: EmailAddress,
    pub subject: String,
    pub text: String,
}

/// Why a letter did not go out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MailError {
    /// The address can't be written to by mail as it is sent here.
    #[error("the address can't be used for mail")]
    Address,
    /// The letter can't be written.
    #[error("the letter can't be made: {0}")]
    Letter(#[from] lettre::error::Error),
    /// The mail server.
    #[error("the mail server: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The folder.
    #[error("the mail folder: {0}")]
    Folder(#[from] io::Error),
}

impl Mail {
    /// Into a folder, each letter a file: what a mail program reads.
    pub fn folder(path: PathBuf) -> Self {
        Self { from: None, way: Way::Folder(Arc::new(path)) }
    }

    /// Onto the terminal.
    pub(crate) fn terminal() -> Self {
        Self { from: None, way: Way::Terminal }
    }

    /// Over a mail server, by its URL.
    pub(crate) fn smtp(url: &str) -> Result<Self, lettre::transport::smtp::Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.build();
        Ok(Self { from: None, way: Way::Smtp(transport) })
    }

    /// From this sender.
    pub(crate) fn from(self, from: Mailbox) -> Self {
        Self { from: Some(from), ..self }
    }

    /// Sends a letter. In a folder or on a terminal it has arrived then; a mail server has taken it.
    pub(crate) async fn send(&self, letter: Letter) -> Result<(), MailError> {
        let Letter { to, subject, text } = letter;
        if let Way::Terminal = self.way {
            eprintln!("\nA letter to {}: {subject}\n{text}", crate::visible::visible(to.as_spelled()));
            return Ok(());
        }
        let address: Address = to.as_spelled().parse().map_err(|_| MailError::Address)?;
        let from = match &self.from {
            Some(from) => from.clone(),
            None => USUAL_SENDER.parse().map_err(|_| MailError::Address)?,
        };
        let message = Message::builder()
            .from(from)
            .to(Mailbox::new(None, address))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(text)?;
        match &self.way {
            Way::Smtp(transport) => transport.send(message).await.map(drop)?,
            Way::Folder(folder) => keep(folder.as_ref().clone(), message.formatted()).await?,
            Way::Terminal => {}
        }
        Ok(())
    }
}

/// In the order of sending, for the owner of the folder alone: who has a letter can sign in by it.
async fn keep(folder: PathBuf, letter: Vec<u8>) -> io::Result<()> {
    tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).await?;
    let path = folder.join(format!("{}.eml", Uuid::now_v7()));
    let mut file = tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).await?;
    file.write_all(&letter).await?;
    file.flush().await
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn in_a_folder_a_letter_is_a_file_of_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let mail = Mail::folder(folder.path().join("mail"));
        let to = EmailAddress::parse("Ada@school.example").unwrap();
        let letter =
            Letter { to, subject: "Hello".to_owned(), text: "A line.\nhttp://x.example/#y\n".to_owned() };
        mail.send(letter).await.unwrap();
        let file = std::fs::read_dir(folder.path().join("mail")).unwrap().next().unwrap().unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(file.path()).unwrap();
        for part in ["To: Ada@school.example", "Subject: Hello", "http://x.example/#y"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
