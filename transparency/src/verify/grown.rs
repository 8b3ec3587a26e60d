//! The trees that the events of an export make: of the hashes that were kept of them, and of the events themselves.

use domain::Digest;

use crate::{Checkpoint, Edge};

/// A tree that grows, and its root when it was as large as an earlier checkpoint.
#[derive(Debug, Clone, Default)]
struct Grown {
    edge: Edge,
    earlier_root: Option<Digest>,
}

impl Grown {
    fn push(&mut self, leaf: Digest, earlier: Option<&Checkpoint>) {
        self.edge.push_leaf(leaf);
        if earlier.is_some_and(|earlier| earlier.size == self.edge.size()) {
            self.earlier_root = Some(self.edge.root());
        }
    }
}

/// Both trees. As long as no event differs from what was kept of it, they are one.
#[derive(Debug, Default)]
pub(super) struct Trees {
    kept: Grown,
    own: Option<Grown>,
}

impl Trees {
    /// Adds an event: the hash that was kept of it, and its own.
    pub(super) fn push(&mut self, kept: Digest, own: Digest, earlier: Option<&Checkpoint>) {
        if self.own.is_none() && kept != own {
            self.own = Some(self.kept.clone());
        }
        if let Some(events) = &mut self.own {
            events.push(own, earlier);
        }
        self.kept.push(kept, earlier);
    }

    /// Whether the events are those of a checkpoint, although other hashes were kept of some.
    pub(super) fn only_hashes_differ(&self, now: &Checkpoint) -> bool {
        self.own.as_ref().is_some_and(|own| own.edge.size() == now.size && own.edge.root() == now.root)
    }

    /// How many events there are.
    pub(super) const fn size(&self) -> u64 {
        self.kept.edge.size()
    }

    /// Whether the events, or at least the hashes that were kept of them, are those of a checkpoint.
    pub(super) fn are_of(&self, now: &Checkpoint) -> bool {
        self.meant(now).edge.root() == now.root
    }

    /// Whether they begin as an earlier checkpoint says.
    pub(super) fn go_on_from(&self, earlier: &Checkpoint, now: &Checkpoint) -> bool {
        let root = if earlier.size == 0 { Some(Digest::of("")) } else { self.meant(now).earlier_root };
        root == Some(earlier.root)
    }

    /// The tree that a checkpoint speaks of.
    fn meant(&self, now: &Checkpoint) -> &Grown {
        self.own.as_ref().filter(|_| self.only_hashes_differ(now)).unwrap_or(&self.kept)
    }
}
