//! Letters to people.

mod folder;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::http::uri::Authority;
use chrono::{DateTime, Utc};
use domain::EmailAddress;
use eventlog::Spellings;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::Mailbox,
    message::{
        Body,
        header::{ContentTransferEncoding, ContentType},
    },
};
use url::Url;

use self::folder::{Folder, written_at};
use crate::front::is_loopback;

/// By which way letters go out. Clones share it.
#[derive(Clone)]
pub struct Mail {
    /// Nothing: the usual sender.
    from: Option<Mailbox>,
    way: Way,
    /// Where letters went before they went out as they do, and may lie still.
    before: Option<Arc<Folder>>,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(Arc<Folder>),
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
    /// The mail server. What it says may repeat the address, and is written nowhere.
    #[error("{}", without_words(.0))]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The folder.
    #[error("the mail folder: {0}")]
    Folder(#[from] io::Error),
}

/// What went wrong with a mail server, without a word of its own.
fn without_words(error: &lettre::transport::smtp::Error) -> String {
    let what = match () {
        () if error.is_timeout() => "it did not answer in time",
        () if error.is_tls() => "no encrypted connection could be made",
        () if error.is_permanent() => "it refused the letter",
        () if error.is_transient() => "it refused the letter for now",
        () if error.is_response() => "it answered what is no answer",
        () if error.is_client() => "the letter can't be given to it",
        () => "it could not be reached, or the connection broke off",
    };
    let code = error.status().map(|code| format!(" ({code})")).unwrap_or_default();
    format!("the mail server: {what}{code}")
}

/// Why nothing is sent over a mail server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadMailServer {
    /// Links that sign people in, and the password, could be read on the way.
    #[error("it is without TLS, so that links that sign people in could be read on the way")]
    Unsealed,
    /// Its URL is none.
    #[error("it can't be read: {0}")]
    Unreadable(#[from] lettre::transport::smtp::Error),
}

/// Whether a mail server is asked over TLS and not otherwise, or is on this machine.
fn is_sealed(url: &str) -> bool {
    // Read as whoever connects reads it: of several words about TLS the first one counts.
    let Ok(url) = url.parse::<Url>() else { return false };
    let requires =
        url.query_pairs().find(|(name, _)| name == "tls").is_some_and(|(_, how)| how == "required");
    // Without who signs in there.
    let is_here = url.host_str().and_then(|host| Authority::try_from(host).ok());
    url.scheme() == "smtps" || requires || is_here.is_some_and(|it| is_loopback(&it))
}

impl Mail {
    const fn by(way: Way) -> Self {
        Self { from: None, way, before: None }
    }

    fn in_folder(folder: Folder) -> Self {
        Self::by(Way::Folder(Arc::new(folder)))
    }

    /// Into a folder, each letter a file: what a mail program reads.
    pub fn folder(path: PathBuf) -> Self {
        Self::in_folder(Folder { path, is_among_all: false })
    }

    /// The same in the temporary folder that everybody on the machine may write to.
    pub(crate) fn among_all(name: &str) -> Self {
        let path = std::env::temp_dir().join(name);
        Self::in_folder(Folder { path, is_among_all: true })
    }

    /// Onto the terminal.
    pub(crate) fn terminal() -> Self {
        Self::by(Way::Terminal)
    }

    /// Over a mail server, by its URL: with TLS, unless the server is on this machine.
    pub(crate) fn smtp(url: &str) -> Result<Self, BadMailServer> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
        if !is_sealed(url) {
            return Err(BadMailServer::Unsealed);
        }
        let transport = transport.build();
        Ok(Self::by(Way::Smtp(transport)))
    }

    /// From this sender.
    pub(crate) fn from(self, from: Mailbox) -> Self {
        Self { from: Some(from), ..self }
    }

    /// Where letters went out by another way before: whom they name is looked for there, too.
    pub(crate) fn after(self, usual: &Self) -> Self {
        let Way::Folder(folder) = &usual.way else { return self };
        Self { before: Some(Arc::clone(folder)), ..self }
    }

    /// The folders in which letters lie.
    fn folders(&self) -> Vec<Arc<Folder>> {
        let now = if let Way::Folder(folder) = &self.way { Some(folder) } else { None };
        now.into_iter().chain(&self.before).map(Arc::clone).collect()
    }

    /// Deletes the letters that are kept here and of which something is so; how many there were.
    async fn delete(&self, is_so: impl Fn(&Path) -> io::Result<bool> + Send + 'static) -> io::Result<usize> {
        let folders = self.folders();
        let delete = move || {
            let gone: Vec<io::Result<usize>> = folders.iter().map(|folder| folder.delete(&is_so)).collect();
            gone.into_iter().sum()
        };
        tokio::task::spawn_blocking(delete).await?
    }

    /// Whether letters stay on this machine, as files.
    pub(crate) fn is_kept_here(&self) -> bool {
        matches!(self.way, Way::Folder(_))
    }

    /// Deletes the letters that are kept here and hold one of these spellings; how many there were.
    pub(crate) async fn forget(&self, spellings: &Spellings) -> io::Result<usize> {
        let spellings = spellings.clone();
        self.delete(move |letter| Ok(spellings.stand_in(&String::from_utf8_lossy(&std::fs::read(letter)?))))
            .await
    }

    /// Deletes the letters that are kept here and were written before a time; how many there were.
    pub(crate) async fn forget_before(&self, time: DateTime<Utc>) -> io::Result<usize> {
        self.delete(move |letter| Ok(written_at(letter).is_some_and(|at| at < time))).await
    }

    fn body(&self, text: String) -> Body {
        match self.way {
            Way::Folder(_) => as_it_is(&text),
            Way::Smtp(_) | Way::Terminal => Body::new(text),
        }
    }

    /// Sends a letter. In a folder or on a terminal it has arrived then; a mail server has taken it.
    pub(crate) async fn send(&self, letter: Letter) -> Result<(), MailError> {
        let Letter { to, subject, text } = letter;
        if let Way::Terminal = self.way {
            eprintln!("\nA letter to {}: {subject}\n{text}", crate::visible::visible(to.as_spelled()));
            return Ok(());
        }
        let address: Address = to.mailbox().parse().map_err(|_| MailError::Address)?;
        let from = match &self.from {
            Some(from) => from.clone(),
            None => USUAL_SENDER.parse().map_err(|_| MailError::Address)?,
        };
        let message = Message::builder()
            .from(from)
            .to(Mailbox::new(None, address))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(self.body(text))?;
        match &self.way {
            Way::Smtp(transport) => transport.send(message).await.map(drop)?,
            Way::Folder(folder) => folder.keep(message.formatted()).await?,
            Way::Terminal => {}
        }
        Ok(())
    }
}

/// As it lies in a folder: people read it there, and whom it names is looked for when somebody is erased.
fn as_it_is(text: &str) -> Body {
    let lines = text.replace('\n', "\r\n").into_bytes();
    Body::dangerous_pre_encoded(lines, ContentTransferEncoding::EightBit)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A mail server that refuses whoever a letter is to, and says whom, as many do.
    async fn one_that_refuses() -> std::net::SocketAddr {
        use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 here\r\n").await.unwrap();
            while let Ok(Some(line)) = lines.next_line().await {
                let answer = match line.strip_prefix("RCPT TO:") {
                    Some(whom) => format!("550 5.1.1 {whom}: Recipient address rejected\r\n"),
                    None => "250 fine\r\n".to_owned(),
                };
                write.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        at
    }

    #[test]
    fn a_mail_server_elsewhere_is_asked_over_tls_only() {
        for url in [
            "smtp://user:secret@mail.example.org",
            "smtp://mail.example.org:587?tls=opportunistic",
            "smtp://mail.example.org:587?tls=opportunistic&tls=required",
            "smtp://127.0.0.1.example.org",
            "SMTP://mail.example.org",
        ] {
            assert!(!is_sealed(url), "{url}");
        }
        for url in [
            "smtps://user:secret@mail.example.org",
            "smtp://mail.example.org:587?tls=required",
            "smtp://user:pa^ss|w\u{f6}rd@mail.example.org:587?tls=required",
            "smtp://user:secret@127.0.0.1:2525",
            "smtp://[::1]:2525",
            "smtp://localhost",
        ] {
            assert!(is_sealed(url), "{url}");
        }
    }

    #[tokio::test]
    async fn what_a_mail_server_says_of_somebody_is_not_repeated() {
        let mail = Mail::smtp(&format!("smtp://{}", one_that_refuses().await)).unwrap();
        let to = EmailAddress::parse("secret.pupil@school.example").unwrap();
        let letter = Letter { to, subject: "Hello".to_owned(), text: "A line.\n".to_owned() };
        let error = mail.send(letter).await.unwrap_err();
        assert_eq!(error.to_string(), "the mail server: it refused the letter (550)");
    }

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
        let in_days = |days| Utc::now() + chrono::TimeDelta::days(days);
        assert_eq!(mail.forget_before(in_days(-1)).await.unwrap(), 0, "it was not written then");
        for (who, gone) in [("bob@school.example", 0), ("ada@school.example", 1), ("ada@school.example", 0)] {
            assert_eq!(mail.forget(&Spellings::of([who])).await.unwrap(), gone, "{who}");
        }
        let to = EmailAddress::parse("Ada@m\u{fc}nchen.example").unwrap();
        mail.send(Letter { to, subject: "Hello".to_owned(), text: "A line.\n".to_owned() }).await.unwrap();
        let file = std::fs::read_dir(folder.path().join("mail")).unwrap().next().unwrap().unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(text.contains("To: Ada@xn--mnchen-3ya.example"), "as every server takes it: {text}");
        std::fs::write(folder.path().join("mail/kept.eml"), "somebody's own").unwrap();
        assert_eq!(mail.forget_before(in_days(1)).await.unwrap(), 1);
        // Whom its text names is found, whatever else stands there, and however long the line is.
        let text = format!(
            "dana.of.greenfield@school.example invites you to:\n\nZo\u{eb}'s {}\n",
            "school ".repeat(20)
        );
        let to = EmailAddress::parse("ada@school.example").unwrap();
        mail.send(Letter { to, subject: "Hello".to_owned(), text }).await.unwrap();
        for (who, gone) in [("dana@school.example", 0), ("dana.of.greenfield@school.example", 1)] {
            assert_eq!(mail.forget(&Spellings::of([who])).await.unwrap(), gone, "{who}");
        }
    }

    #[tokio::test]
    async fn whom_letters_name_is_looked_for_also_where_they_went_before() {
        let folder = tempfile::tempdir().unwrap();
        let usual = Mail::folder(folder.path().join("usual"));
        let named = Mail::folder(folder.path().join("named")).after(&usual);
        for mail in [&usual, &named] {
            let to = EmailAddress::parse("ada@school.example").unwrap();
            mail.send(Letter { to, subject: "Hello".to_owned(), text: "A line.\n".to_owned() })
                .await
                .unwrap();
        }
        assert_eq!(named.forget(&Spellings::of(["ada@school.example"])).await.unwrap(), 2);
        assert_eq!(Mail::terminal().after(&usual).forget_before(Utc::now()).await.unwrap(), 0);
    }

    /// Whoever reads what is no file waits for ever.
    #[tokio::test]
    async fn what_is_no_file_is_no_letter() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("x.eml");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::os::unix::fs::symlink(&pipe, folder.path().join("y.eml")).unwrap();
        let mail = Mail::folder(folder.path().to_owned());
        assert_eq!(mail.forget(&Spellings::of(["ada@school.example"])).await.unwrap(), 0);
    }
}
