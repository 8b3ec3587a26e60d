//! Chromium's driver: one for all tests of the process.

use std::{
    env,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

/// Ends the driver and its browsers once nobody holds the pipe to it any more, however the tests end.
const UNTIL_THEN: &str = "\"$0\" --port=0 & cat >/dev/null; kill -TERM 0";

struct Driver {
    address: String,
    /// Holds the pipe.
    _process: Child,
}

/// Where it listens.
pub fn address() -> &'static str {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    &DRIVER.get_or_init(Driver::start).address
}

impl Driver {
    fn start() -> Self {
        let mut process = Command::new("sh")
            .args(["-c", UNTIL_THEN, &program()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("a shell");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let port = line.split_once("started successfully on port ")?.1;
            Some(port.trim_end_matches('.').to_owned())
        });
        let port = port.expect("chromedriver says on which port it listens");
        Self { address: format!("http://127.0.0.1:{port}"), _process: process }
    }
}

fn program() -> String {
    let named = env::var("SEATBOOK_TEST_CHROMEDRIVER").ok();
    let path = env::var("PATH").unwrap_or_default();
    let places = path.split(':').map(|folder| format!("{folder}/chromedriver"));
    let places = named.into_iter().chain(places).chain(["/usr/lib/chromium/chromedriver".to_owned()]);
    places.into_iter().find(|place| Path::new(place).is_file()).expect(
        "chromedriver is there: install Debian's chromium and chromium-driver, as ./check does, or name it in \
         SEATBOOK_TEST_CHROMEDRIVER",
    )
}
