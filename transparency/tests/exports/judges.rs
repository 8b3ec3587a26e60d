//! Our verifier, and the independent one in Python.

use std::{path::PathBuf, process::Command};

use serde::Deserialize;
use transparency::Verifier;

use crate::history::key;

type Found = Vec<(Option<u64>, String)>;

pub fn ours(lines: &[String], earlier: Option<&str>) -> Found {
    let key = key().public().clone();
    let earlier = earlier.map(|note| key.open(note).expect("a checkpoint"));
    let judge = |give: &dyn Fn(&mut Verifier)| {
        let mut verifier = Verifier::new(key.clone(), earlier.clone());
        give(&mut verifier);
        let findings = verifier.end().findings;
        findings.into_iter().map(|finding| (finding.position, finding.what)).collect::<Found>()
    };
    let by_lines = judge(&|verifier| lines.iter().for_each(|line| verifier.piece(line.as_bytes())));
    // However it comes, the same is found.
    let by_pieces =
        judge(&|verifier| lines.concat().as_bytes().chunks(977).for_each(|piece| verifier.piece(piece)));
    assert_eq!(by_lines, by_pieces);
    by_lines
}

#[derive(Deserialize)]
struct Said {
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    position: Option<u64>,
    what: String,
}

/// Where `SEATBOOK_TEST_PYTHON` names one with `cryptography`, that; otherwise `python3`.
pub fn theirs(lines: &[String], earlier: Option<&str>) -> Found {
    let folder = tempfile::tempdir().expect("a file");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/verify/verify.py");
    let python = std::env::var("SEATBOOK_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(python);
    command.arg(script).arg(file("export", &lines.concat())).arg("--json");
    command.args(["--key", &key().public().to_string()]);
    if let Some(note) = earlier {
        command.arg("--checkpoint").arg(file("checkpoint", note));
    }
    let output = command.output().expect("python3");
    let told = String::from_utf8_lossy(&output.stderr);
    let said: Said = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error} (`./check` installs what Python needs): {told}"));
    assert_eq!(output.status.code(), Some(i32::from(!said.findings.is_empty())));
    said.findings.into_iter().map(|finding| (finding.position, finding.what)).collect()
}
