//! This test program as another process, which can be killed.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
};

use eventlog::{Database, LogError, faults::DIE_AT};

const DATABASE: &str = "SEATBOOK_TEST_DATABASE";
const ROLE: &str = "SEATBOOK_TEST_ROLE";

/// A process of this program. Killed when it goes out of scope.
pub struct Other {
    child: Child,
    lines: Receiver<String>,
    // Closed when the parent ends, however it ends; then the child ends too.
    _input: ChildStdin,
}

impl Other {
    pub fn start(role: &str, database: &Path) -> Self {
        Self::start_with(role, database, None)
    }

    /// One that dies at a place: `name`, or `name:times`.
    pub fn start_to_die(role: &str, database: &Path, place: &str) -> Self {
        Self::start_with(role, database, Some((DIE_AT, place)))
    }

    fn start_with(role: &str, database: &Path, variable: Option<(&str, &str)>) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child::another_process_can_be_started", "--exact", "--nocapture"])
            .env(ROLE, role)
            .env(DATABASE, database)
            .envs(variable)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let input = child.stdin.take().unwrap();
        let (send, lines) = channel();
        // Read all the time, or a full pipe would stop the other process.
        std::thread::spawn(move || {
            let mut line = String::new();
            while output.read_line(&mut line).is_ok_and(|n| n > 0) {
                // It was killed in the middle of a line that does not end.
                if let Some(whole) = line.strip_suffix('\n') {
                    let _ = send.send(whole.to_owned());
                }
                line.clear();
            }
        });
        Self { child, lines, _input: input }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The rest of the first line that begins with this word.
    pub fn says(&self, word: &str) -> String {
        let said = self.lines.iter().find_map(|line| Some(line.strip_prefix(word)?.trim().to_owned()));
        said.unwrap_or_else(|| panic!("the other process ended without saying '{word}'"))
    }

    /// Waits until it has died, and returns what else it had said, whole lines only.
    pub fn died(mut self) -> Vec<String> {
        let said = self.lines.iter().collect();
        assert!(!self.child.wait().unwrap().success(), "it ended by itself");
        said
    }

    /// Kills it (SIGKILL) and returns what else it had said, whole lines only.
    pub fn killed(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.lines.iter().collect()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Without a role there is nothing to do: other tests start this one in a process of its own.
#[test]
fn another_process_can_be_started() {
    let (Ok(role), Some(path)) = (std::env::var(ROLE), std::env::var_os(DATABASE)) else { return };
    // The test program has begun a line.
    println!();
    match (role.as_str(), Database::open(Path::new(&path))) {
        ("holder", Ok(_database)) => {
            println!("open");
            until_the_parent_ends();
        }
        ("writer", Ok(database)) => {
            println!("open");
            std::thread::spawn(|| {
                until_the_parent_ends();
                std::process::exit(1);
            });
            crate::crash::write_for_ever(&database);
        }
        (_, Err(LogError::InUse { pid, .. })) => println!("in use by {pid}"),
        (_, Err(other)) => println!("failed: {other}"),
        (other, Ok(_)) => panic!("no role {other}"),
    }
}

fn until_the_parent_ends() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
