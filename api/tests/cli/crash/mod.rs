//! Killed at any moment and between any two steps, the service ends what it began, as if nothing had happened.

mod moments;
pub mod outcome;
mod places;

use std::{
    os::unix::process::ExitStatusExt,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use eventlog::faults::DIE_AT;
use serde_json::Value;

use crate::support::{Office, Server, Way, server::Answer};

/// How a server dies.
#[derive(Debug, Clone, Copy)]
pub enum Death {
    /// When it comes to a place for the so manieth time, which it does.
    At(&'static str, u64),
    /// The same, if it comes there before all is done.
    Perhaps(&'static str, u64),
    /// Killed so long after it began to be asked.
    After(Duration),
}

/// What a server may need at most for what it does here, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_mins(5);

/// A license of Ada's, and a class to be added to it.
pub struct School {
    pub office: Office,
    license: String,
    class: String,
    /// What else the server is told.
    options: Vec<&'static str>,
    /// Whether another node is there all the time, and finishes what those that die have begun.
    accompanied: bool,
}

impl School {
    /// With fewer seats than there are people.
    pub fn new(rows: u32) -> Self {
        Self::within(Office::new(), rows)
    }

    pub fn within(office: Office, rows: u32) -> Self {
        let (license, _) = office.license(u64::from(rows) * 9 / 10);
        Self {
            office,
            license,
            class: class(rows),
            options: Vec::new(),
            accompanied: crate::ENGINE == "postgres",
        }
    }

    /// Another one to which the same has happened. Nobody may be at work at this one.
    fn copied(&self) -> Self {
        let Self { office, license, class, options, accompanied } = self;
        let (license, class, options) = (license.clone(), class.clone(), options.clone());
        Self { office: office.copied(), license, class, options, accompanied: *accompanied }
    }

    pub fn serve(&self) -> Server {
        Server::started(&mut self.serve_command()).expect("it serves")
    }

    fn serve_command(&self) -> Command {
        let mut command = self.office.serve_command();
        command.args(&self.options);
        command
    }

    fn imports(&self) -> String {
        format!("/api/v1/licenses/{}/imports", self.license)
    }

    /// Begins to add the class; its address. Asked again it is the same import.
    pub fn adds(&self, server: &Way) -> Option<String> {
        self.uploads(server, "class", &self.class)
    }

    fn uploads(&self, server: &Way, key: &str, file: &str) -> Option<String> {
        let headers = [&format!("Idempotency-Key: {key}"), "Content-Type: text/csv"];
        self.begun(&server.ask("POST", &self.imports(), &headers, file.as_bytes())?)
    }

    /// Begins to undo an import; the undoing's address. Asked again it is the same one.
    fn undoes(&self, server: &Way, import: &str) -> Option<String> {
        self.begun(&server.ask("POST", &format!("{import}/undo"), &[], b"")?)
    }

    fn begun(&self, answer: &Answer) -> Option<String> {
        let value = answer.json()?;
        assert!(matches!(answer.status, 200 | 202), "{answer:?}");
        Some(format!("{}/{}", self.imports(), value["import_id"].as_str().unwrap()))
    }

    /// Orders something, while servers die; a last one, or the one that was there all the time, lives until it is done. What was not acknowledged is ordered
    /// again. Its address, and how many died before it was done.
    pub fn carried_out(
        &self,
        deaths: &[Death],
        order: impl Fn(&Way) -> Option<String> + Sync,
    ) -> (Server, String, usize) {
        let (mut at, mut died) = (None, 0);
        let other = self.accompanied.then(|| self.serve());
        for death in deaths {
            let mut command = self.serve_command();
            if let Death::At(place, times) | Death::Perhaps(place, times) = death {
                command.env(DIE_AT, format!("{place}:{times}"));
            }
            // It may have died before it could be asked anything.
            let Some(mut server) = Server::started(&mut command) else {
                died += 1;
                continue;
            };
            let way = server.way();
            let known = at.clone();
            at = std::thread::scope(|scope| {
                let asking = scope.spawn(|| known.or_else(|| order(&way)));
                if let Death::After(time) = death {
                    sleep(*time);
                    server.child.kill().unwrap();
                }
                asking.join().unwrap()
            });
            died += usize::from(dies(&mut server, *death, at.as_deref()));
        }
        let server = other.unwrap_or_else(|| self.serve());
        let at = at.or_else(|| order(&server.way())).expect("it begins");
        let start = Instant::now();
        while !is_over(&server.way(), &at).expect("it lives") {
            assert!(start.elapsed() < PATIENCE, "it does not end");
            sleep(Duration::from_millis(50));
        }
        (server, at, died)
    }
}

/// Waits for a server's death. Whether it came before it was seen that all was done.
fn dies(server: &mut Server, death: Death, at: Option<&str>) -> bool {
    let (start, mut over) = (Instant::now(), false);
    loop {
        if let Some(status) = server.child.try_wait().unwrap() {
            assert!(matches!(status.signal(), Some(6 | 9)), "it ended otherwise: {status}");
            return !over;
        }
        assert!(start.elapsed() < PATIENCE, "it never died: {death:?}");
        if !over && at.is_some_and(|at| is_over(&server.way(), at) == Some(true)) {
            over = !matches!(death, Death::At(..));
            if matches!(death, Death::Perhaps(..)) {
                // What comes after its end takes a moment.
                sleep(Duration::from_millis(100));
                // It may have died just now.
                let _ = server.child.kill();
            }
        }
        sleep(Duration::from_millis(5));
    }
}

/// Whether an import has ended. Nothing: nobody answers.
fn is_over(server: &Way, at: &str) -> Option<bool> {
    let shown: Value = server.ask("GET", at, &[], b"")?.json()?;
    Some(shown["phase"].as_str()? != "running")
}

/// Good rows; some twice, some that name nobody, some guests.
fn class(rows: u32) -> String {
    let row = |n: u32| match n % 50 {
        7 => format!("nobody;row {n};\"7b\"\n"),
        9 => format!("p{:06}@school.example;again\n", n - 1),
        11 => format!("p{n:06}@else.example;\"a; guest\"\n"),
        _ => format!("p{n:06}@school.example;Pupil {n}\n"),
    };
    format!("Email;Name;Class\n{}", (0..rows).map(row).collect::<String>())
}
