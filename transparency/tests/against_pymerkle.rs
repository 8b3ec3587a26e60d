//! Trees, roots and proofs beside those of a second independent implementation, in another language (`pymerkle`).

use std::{
    collections::HashMap,
    io::Write,
    process::{Command, Stdio},
};

use domain::{Digest, entry::leaf_of};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde::{Deserialize, Serialize};
use transparency::{Edge, TileId, TileSource, Tree, verify_consistency};

/// Asks it, and writes what it says: roots, the hashes of inclusion proofs, and that trees are consistent.
const SCRIPT: &str = r#"
import json, sys
from pymerkle import InmemoryTree, verify_consistency
asked = json.load(sys.stdin)
tree = InmemoryTree(algorithm="sha256")
for n in range(asked["leaves"]):
    tree.append_entry(b"entry %d" % n)
root = getattr(tree, "get_root", None) or tree.get_state
path = lambda proof: proof.serialize()["path"]

def agrees(first, size):
    verify_consistency(root(first), root(size), tree.prove_consistency(first, size))
    return True

json.dump({
    "roots": [root(size).hex() for size in asked["sizes"]],
    "inclusion": [path(tree.prove_inclusion(leaf + 1, size)) for leaf, size in asked["inclusion"]],
    "consistent": [agrees(first, size) for first, size in asked["consistency"]],
}, sys.stdout)
"#;

const LEAVES: u64 = 1_300;

#[derive(Debug, Serialize)]
struct Asked {
    leaves: u64,
    sizes: Vec<u64>,
    /// A leaf, counted from 0, and the size of the tree.
    inclusion: Vec<(u64, u64)>,
    /// The sizes of an earlier tree and of a later one.
    consistency: Vec<(u64, u64)>,
}

#[derive(Deserialize)]
struct Said {
    roots: Vec<Digest>,
    inclusion: Vec<Vec<Digest>>,
    consistent: Vec<bool>,
}

/// A Python that has it; nothing where there is none. `./check` installs it where it may.
fn python() -> Option<String> {
    let python = std::env::var("SEATBOOK_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_it = Command::new(&python).args(["-c", "import pymerkle"]).stderr(Stdio::null()).status();
    has_it.is_ok_and(|status| status.success()).then_some(python)
}

fn ask(python: &str, asked: &Asked) -> Said {
    let mut child = Command::new(python)
        .args(["-W", "ignore", "-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&serde_json::to_vec(asked).expect("JSON")).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    serde_json::from_slice(&output.stdout).expect("what it says")
}

struct Kept(HashMap<TileId, Vec<u8>>);

impl TileSource for Kept {
    type Error = std::convert::Infallible;

    fn tile(&self, id: TileId) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(self.0.get(&id).cloned())
    }
}

#[test]
fn roots_and_proofs_of_random_trees_are_theirs() {
    let Some(python) = python() else {
        eprintln!("skipped: there is no pymerkle; `pip install pymerkle` brings it");
        return;
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &rand_seed());
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let pairs = prop::collection::vec((1..=LEAVES, any::<prop::sample::Index>()), 400);
    let drawn = pairs.new_tree(&mut runner).expect("numbers").current();
    let below =
        |size: u64, index: &prop::sample::Index| index.index(usize::try_from(size).expect("small")) as u64;
    let inclusion: Vec<_> = drawn.iter().map(|(size, index)| (below(*size, index), *size)).collect();
    let consistency = inclusion.iter().map(|(leaf, size)| (leaf + 1, *size)).collect();
    let asked = Asked { leaves: LEAVES, sizes: (1..=LEAVES).collect(), inclusion, consistency };
    let said = ask(&python, &asked);

    let leaf = |n: u64| leaf_of(format!("entry {n}"));
    let tiles: HashMap<_, _> = Edge::default().append((0..LEAVES).map(leaf)).into_iter().collect();
    let kept = Kept(tiles);
    for (size, root) in asked.sizes.iter().zip(&said.roots) {
        assert_eq!(Tree::new(*size, &kept).root().as_ref(), Ok(root), "{size} leaves");
    }
    assert_eq!(said.roots.len(), asked.sizes.len());
    for ((at, size), theirs) in asked.inclusion.iter().zip(&said.inclusion) {
        // Theirs begins with the leaf itself.
        let ours = Tree::new(*size, &kept).prove_inclusion(*at).expect("a proof");
        assert_eq!((Some(&leaf(*at)), &ours[..]), (theirs.first(), &theirs[1..]), "leaf {at} of {size}");
    }
    // Its consistency proofs have another form than those of RFC 6962. What counts: it believes its own between these roots,
    // and ours hold between the very same.
    assert!(said.consistent.iter().all(|holds| *holds), "{:?}", said.consistent);
    let root = |size: u64| (size, said.roots[usize::try_from(size).expect("small") - 1]);
    for (first, size) in asked.consistency {
        let ours = Tree::new(size, &kept).prove_consistency(first).expect("a proof");
        verify_consistency(&ours, root(first), root(size)).expect("it holds");
    }
}

/// Another one each time, and shown where it fails.
fn rand_seed() -> [u8; 32] {
    let seed = Digest::of(format!("{:?}", std::time::SystemTime::now())).0;
    println!("seed {seed:?}");
    seed
}
