//! Trees, roots and proofs beside those of an independent implementation (`ct-merkle`).

use std::collections::HashMap;

use ct_merkle::{HashableLeaf, mem_backed_tree::MemoryBackedTree};
use domain::{Digest, entry::leaf_of};
use proptest::prelude::*;
use sha2::Sha256;
use transparency::{
    Edge, InclusionProof, ProofFileError, SigningKey, TileId, TileSource, Tree, TreeError,
    verify_consistency, verify_inclusion,
};

#[derive(Clone)]
struct Leaf(Vec<u8>);

impl HashableLeaf for Leaf {
    fn hash<H: sha2::digest::Update>(&self, hasher: &mut H) {
        hasher.update(&self.0);
    }
}

#[derive(Default)]
struct Kept(HashMap<TileId, Vec<u8>>);

impl TileSource for Kept {
    type Error = std::convert::Infallible;

    fn tile(&self, id: TileId) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(self.0.get(&id).cloned())
    }
}

struct Both {
    ours: Kept,
    edge: Edge,
    theirs: MemoryBackedTree<Sha256, Leaf>,
}

fn entry(n: u64) -> Vec<u8> {
    format!("entry {n}").into_bytes()
}

impl Both {
    fn new() -> Self {
        Self { ours: Kept::default(), edge: Edge::default(), theirs: MemoryBackedTree::new() }
    }

    /// Adds leaves in one go, with an edge that is read from the tiles as a restarted process would.
    fn add(&mut self, count: u64) {
        let size = self.edge.size();
        let edge =
            Edge::read(size, |id| self.ours.tile(id)).expect("tiles in memory").expect("every tile is there");
        assert_eq!(edge, self.edge);
        for (id, hashes) in self.edge.append((size..size + count).map(|n| leaf_of(entry(n)))) {
            assert_eq!(hashes.len() as u64, id.width_at(size + count) * 32, "{id:?}");
            self.ours.0.insert(id, hashes);
        }
        (size..size + count).for_each(|n| self.theirs.push(Leaf(entry(n))));
    }

    fn tree(&self, size: u64) -> Tree<&Kept> {
        Tree::new(size, &self.ours)
    }

    fn their_root(&self) -> Digest {
        Digest(self.theirs.root().as_bytes().as_slice().try_into().expect("tiles in memory"))
    }
}

fn bytes(proof: &[Digest]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn every_tree_up_to_a_thousand_leaves_has_their_root() {
    let mut both = Both::new();
    assert_eq!(both.edge.root(), both.their_root());
    let mut roots = vec![both.edge.root()];
    for size in 1..=1_025 {
        both.add(1);
        roots.push(both.their_root());
        assert_eq!(both.edge.root(), roots[size], "{size} leaves");
    }
    // Also those that it had before it grew.
    for (size, root) in (0..).zip(&roots) {
        assert_eq!(both.tree(size).root().unwrap(), *root, "{size} leaves");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn proofs_are_theirs_however_the_tree_grew(steps in prop::collection::vec(1_u64..700, 1..6), at in any::<(prop::sample::Index, prop::sample::Index)>()) {
        let mut both = Both::new();
        for step in &steps {
            both.add(*step);
        }
        let size = both.edge.size();
        prop_assert_eq!(both.edge.root(), both.their_root());
        let leaf = at.0.index(usize::try_from(size).unwrap());
        let proof = both.tree(size).prove_inclusion(leaf as u64).unwrap();
        let theirs = both.theirs.prove_inclusion(leaf);
        prop_assert_eq!(bytes(&proof), theirs.as_bytes());
        let head = (size, both.edge.root());
        let hash = leaf_of(entry(leaf as u64));
        prop_assert!(verify_inclusion(&proof, head, leaf as u64, hash).is_ok());
        // Another leaf, another number, another root, another length.
        prop_assert!(verify_inclusion(&proof, head, leaf as u64, leaf_of("other")).is_err());
        prop_assert!(verify_inclusion(&proof, head, leaf as u64 + 1, hash).is_err());
        prop_assert!(verify_inclusion(&proof, (size, Digest::of("")), leaf as u64, hash).is_err());
        prop_assert!(size == 1 || verify_inclusion(&proof[1..], head, leaf as u64, hash).is_err());

        let earlier = at.1.index(usize::try_from(size).unwrap()) as u64 + 1;
        let proof = both.tree(size).prove_consistency(earlier).unwrap();
        let theirs = both.theirs.prove_consistency(usize::try_from(size - earlier).unwrap());
        if earlier < size {
            prop_assert_eq!(bytes(&proof), theirs.as_bytes());
        }
        let before = (earlier, both.tree(earlier).root().unwrap());
        prop_assert!(verify_consistency(&proof, before, head).is_ok());
        prop_assert!(verify_consistency(&proof, (earlier, Digest::of("")), head).is_err());
        prop_assert!(verify_consistency(&proof, head, before).is_err() || earlier == size);
    }
}

#[test]
fn what_is_not_there_is_told() {
    let mut both = Both::new();
    both.add(600);
    assert_eq!(both.tree(600).prove_inclusion(600), Err(TreeError::TooSmall { size: 600, wanted: 600 }));
    assert!(both.tree(600).prove_consistency(601).is_err());
    let id = TileId { level: 0, index: 1 };
    let hashes = both.ours.0.remove(&id).unwrap();
    assert_eq!(both.tree(600).prove_inclusion(300), Err(TreeError::Missing(id)));
    both.ours.0.insert(id, hashes[..31].to_vec());
    assert_eq!(both.tree(600).prove_inclusion(300), Err(TreeError::Missing(id)));
    let last = TileId { level: 0, index: 2 };
    both.ours.0.remove(&last);
    assert_eq!(Edge::read(600, |id| both.ours.tile(id)), Ok(None));
}

#[test]
fn a_proof_on_paper_is_verified_with_the_key_alone() {
    let mut both = Both::new();
    both.add(1_000);
    let key = SigningKey::new("seatbook.example", [3; 32]).unwrap();
    let checkpoint = key.sign(1_000, both.edge.root()).unwrap();
    let hashes = both.tree(1_000).prove_inclusion(7).unwrap();
    let proof = InclusionProof { entry: None, leaf: 7, hashes, checkpoint };
    let text = proof.to_text();
    let read = InclusionProof::parse(&text).unwrap();
    assert_eq!(read, proof);
    let with_extra = text.replacen("\nindex", "\nextra aGVsbG8=\nindex", 1);
    let extra = Some(b"hello".to_vec());
    assert_eq!(InclusionProof::parse(&with_extra).unwrap(), InclusionProof { entry: extra, ..proof });
    assert_eq!(read.verify(key.public(), leaf_of(entry(7))).unwrap().size, 1_000);
    assert_eq!(read.verify(key.public(), leaf_of(entry(8))), Err(ProofFileError::NotIncluded));
    let stranger = SigningKey::new("seatbook.example", [4; 32]).unwrap();
    assert!(matches!(read.verify(stranger.public(), leaf_of(entry(7))), Err(ProofFileError::Checkpoint(_))));
    for spoilt in [
        &text[1..],
        &text.replace("index 7", "index 07"),
        &text.replace("\n\n", "\nA\n\n"),
        "c2sp.org/tlog-proof@v1\n",
    ] {
        assert!(matches!(InclusionProof::parse(spoilt), Err(ProofFileError::Malformed(_))), "{spoilt}");
    }
}
