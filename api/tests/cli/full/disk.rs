//! A small file system, which an ordinary user may mount in a namespace of their own.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
    process::Command,
};

use crate::support::holds;

const SMALL_DISK: &str = "SEATBOOK_TEST_SMALL_DISK";

/// A file system that has room for little.
pub struct Disk(pub PathBuf);

/// Runs a test where such a disk is: in a process of its own, which alone sees it. Where that is not allowed, it says
/// so, and nothing is tested.
pub fn on_a_small_disk(test: &str, body: impl FnOnce(&Disk)) {
    if let Some(folder) = std::env::var_os(SMALL_DISK) {
        return body(&Disk(folder.into()));
    }
    let folder = tempfile::tempdir().unwrap();
    let inside = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", script]).arg(folder.path()).env(SMALL_DISK, folder.path());
        command
    };
    let mount = "mount -t tmpfs -o size=48m tmpfs \"$0\"";
    if !inside(mount).output().is_ok_and(|ran| ran.status.success()) {
        // Past the harness, which keeps what a test prints to itself.
        writeln!(io::stderr(), "skipped: {test}: nobody may mount a small disk here (unshare -rm)").unwrap();
        return;
    }
    let mut command = inside(&format!("{mount} && exec \"$@\""));
    command.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    let ran = command.output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(ran.status.success(), "{}{}", said(&ran.stdout), said(&ran.stderr));
    holds(&said(&ran.stdout), &["1 passed"]);
}

impl Disk {
    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Fills it up but for so many KiB.
    pub fn fill_but(&self, kib: u64) {
        let mut file = File::create(self.ballast()).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        let length = file.metadata().unwrap().len();
        file.set_len(length - (kib << 10)).unwrap();
    }

    pub fn free(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}
