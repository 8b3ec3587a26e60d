//! Verifying an export offline, against hashing the very same bytes; and how large proofs are.

use std::{
    fs::File,
    io::{BufWriter, Read, Write},
    path::Path,
    time::{Duration, Instant},
};

use sha2::{Digest as _, Sha256};
use transparency::{
    Edge, InclusionProof, SigningKey, TileId, TileSource, Tree, Verifier,
    export::{BroughtIn, End, EventLine, FORMAT, Head, Line, PersonLine},
};

use crate::{
    Arguments,
    fixture::{Failed, Fixture},
    median, raw,
};

/// Events in a page.
const PAGE: usize = 10_000;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    let fixture = Fixture::invited(arguments, arguments.people).await?;
    let key = SigningKey::new("bench.example/log", [7; 32])?;
    let path = fixture.folder.path().join("all.jsonl");
    let tree = Kept::of(&fixture).await?;
    let events = tree.size;
    export(&fixture, &tree, &key, &path).await?;
    let bytes = std::fs::metadata(&path)?.len();
    println!("verify: {events} events in an export of {bytes} bytes, with {} people", arguments.people);
    let (mut ours, mut raw_hashing) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        raw_hashing.push(hash(&path)?.as_secs_f64());
        ours.push(verify(&path, &key)?.as_secs_f64());
    }
    let (ours, raw_hashing) = (median(ours), median(raw_hashing));
    let count = usize::try_from(events)?;
    println!(
        "verify: {ours:.2} s ({:.0} events a second), hashing the bytes {raw_hashing:.2} s: {:.1} times as long",
        raw::per_second(count, Duration::from_secs_f64(ours)),
        ours / raw_hashing
    );
    proofs(&tree, &key)
}

/// The tree over a log, in memory.
struct Kept {
    size: u64,
    edge: Edge,
    tiles: std::collections::HashMap<TileId, Vec<u8>>,
}

impl TileSource for Kept {
    type Error = std::convert::Infallible;

    fn tile(&self, id: TileId) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(self.tiles.get(&id).cloned())
    }
}

impl Kept {
    async fn of(fixture: &Fixture) -> Result<Self, Failed> {
        let mut kept = Self { size: 0, edge: Edge::default(), tiles: std::collections::HashMap::new() };
        loop {
            let page = fixture.log.read_stored(kept.size, PAGE).await?;
            kept.tiles.extend(kept.edge.append(page.events.iter().map(|event| event.entry().leaf())));
            kept.size = kept.edge.size();
            if page.caught_up {
                return Ok(kept);
            }
        }
    }
}

async fn export(fixture: &Fixture, tree: &Kept, key: &SigningKey, path: &Path) -> Result<(), Failed> {
    let mut file = BufWriter::with_capacity(PIECE, File::create(path)?);
    let checkpoint = key.sign(tree.size, tree.edge.root())?;
    let head =
        Head { checkpoint: checkpoint.into(), consistency: None, format: FORMAT.into(), license_id: None };
    file.write_all(Line::Head(head).to_text().as_bytes())?;
    let (mut at, mut brought) = (0, Vec::new());
    loop {
        let page = fixture.log.read_stored(at, PAGE).await?;
        for event in &page.events {
            let entry = event.entry();
            let line = EventLine {
                leaf: entry.leaf(),
                entry: String::from_utf8(entry.to_bytes())?.into(),
                metadata: event.metadata.as_ref().into(),
                payload: event.payload.as_ref().into(),
                proof: None,
            };
            file.write_all(Line::Event(line).to_text().as_bytes())?;
            brought.extend(BroughtIn::by(&event.payload).iter().map(|(subject, _)| *subject));
            at = event.position;
        }
        if page.caught_up {
            break;
        }
    }
    brought.sort_unstable();
    brought.dedup();
    let mut people = 0;
    for chunk in brought.chunks(PAGE) {
        let ids: Vec<_> = chunk.iter().map(|id| domain::SubjectId(*id)).collect();
        let store = fixture.store().await?;
        for row in store.read(move |conn| Ok(projections::directory::listed(conn, &ids)?)).await? {
            let line = PersonLine {
                email: row.email.into(),
                normalised: row.normalised.into(),
                salt: row.salt,
                subject_id: row.subject.0,
            };
            file.write_all(Line::Person(line).to_text().as_bytes())?;
            people += 1;
        }
    }
    file.write_all(Line::End(End { events: tree.size, people }).to_text().as_bytes())?;
    file.flush()?;
    Ok(())
}

fn pieces(path: &Path, mut each: impl FnMut(&[u8])) -> Result<(), Failed> {
    let (mut file, mut piece) = (File::open(path)?, vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(()),
            length => each(&piece[..length]),
        }
    }
}

fn hash(path: &Path) -> Result<Duration, Failed> {
    let started = Instant::now();
    let mut hasher = Sha256::new();
    pieces(path, |piece| hasher.update(piece))?;
    std::hint::black_box(hasher.finalize());
    Ok(started.elapsed())
}

fn verify(path: &Path, key: &SigningKey) -> Result<Duration, Failed> {
    let started = Instant::now();
    let mut verifier = Verifier::new(key.public().clone(), None);
    pieces(path, |piece| verifier.piece(piece))?;
    let verdict = verifier.end();
    if verdict.holds() {
        Ok(started.elapsed())
    } else {
        Err(format!("{:?}", verdict.findings.first()).into())
    }
}

fn proofs(tree: &Kept, key: &SigningKey) -> Result<(), Failed> {
    let started = Instant::now();
    let whole = Tree::new(tree.size, tree);
    let checkpoint = key.sign(tree.size, tree.edge.root())?;
    let mut sizes = Vec::new();
    let step = (tree.size / 1_000).max(1);
    for leaf in (0..tree.size).step_by(usize::try_from(step)?) {
        let hashes = whole.prove_inclusion(leaf).map_err(|error| error.to_string())?;
        let proof = InclusionProof { entry: None, leaf, hashes, checkpoint: checkpoint.clone() };
        sizes.push((proof.hashes.len(), proof.to_text().len()));
    }
    let each = started.elapsed() / u32::try_from(sizes.len())?;
    let largest = sizes.iter().max().copied().unwrap_or_default();
    let consistency = whole.prove_consistency(tree.size / 3 + 1).map_err(|error| error.to_string())?.len();
    println!(
        "proofs: {} hashes and {} bytes at most for an event, {:.0} µs each; {consistency} hashes from a third on",
        largest.0,
        largest.1,
        each.as_secs_f64() * 1e6
    );
    Ok(())
}
