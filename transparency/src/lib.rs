//! The log as a Merkle tree that an outsider can verify.
//!
//! Each event is a leaf ([`domain::Entry`]). The tree is that of RFC 6962; it is kept and published as hash tiles of 256
//! (C2SP tlog-tiles), its heads are signed as checkpoints (C2SP tlog-checkpoint, signed-note, Ed25519), and what is shown
//! of it are inclusion proofs (C2SP tlog-proof) and consistency proofs. Pure: tiles come from, and go to, whoever
//! keeps them.
//!
//! The arithmetic of proofs, paths of hashes and signatures is that of `tlog_tiles` and `signed_note`, which stand behind
//! the types here and nowhere else in the workspace.

pub mod bundle;
pub mod checkpoint;
pub mod edge;
pub mod export;
pub mod path;
pub mod proof;
pub mod tile;
pub mod tree;
pub mod verify;

pub use checkpoint::{Checkpoint, CheckpointError, KeyError, SigningKey, VerifyingKey, sign_together};
pub use edge::Edge;
pub use path::{Resource, Width};
pub use proof::{InclusionProof, ProofFileError};
pub use tile::{TILE_WIDTH, TileId};
pub use tree::{Invalid, TileSource, Tree, TreeError, verify_consistency, verify_inclusion};
pub use verify::{Finding, Verdict, Verifier};
