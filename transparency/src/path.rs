//! The names of tiles and bundles below a log's address (C2SP tlog-tiles).

use std::fmt;

use crate::tile::{TILE_WIDTH, TileId};

/// How many hashes or entries are in it: 1 to 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Width(u16);

impl Width {
    /// All 256.
    pub const FULL: Self = Self(256);

    /// So many; `None` for none, or for more than fit.
    pub fn of(count: u64) -> Option<Self> {
        u16::try_from(count).ok().filter(|n| (1..=TILE_WIDTH).contains(&u64::from(*n))).map(Self)
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// `tile/<level>/<index>[.p/<width>]`.
    Tile(TileId, Width),
    /// `tile/entries/<index>[.p/<width>]`: the entries of a tile of level 0.
    Entries(u64, Width),
}

impl Resource {
    /// Reads the part of a path behind `tile/`. Each resource has one name: others are `None`.
    pub fn parse(path: &str) -> Option<Self> {
        let (kind, rest) = path.split_once('/')?;
        let (name, width) = match rest.split_once(".p/") {
            Some((name, width)) => (name, Width::of(number(width)?).filter(|w| *w != Width::FULL)?),
            None => (rest, Width::FULL),
        };
        let index = index(name)?;
        if kind == "entries" {
            return Some(Self::Entries(index, width));
        }
        let level = u8::try_from(number(kind)?).ok().filter(|level| *level < 64)?;
        Some(Self::Tile(TileId { level, index }, width))
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (index, width) = match self {
            Self::Tile(TileId { level, index }, width) => {
                write!(f, "{level}/")?;
                (*index, *width)
            }
            Self::Entries(index, width) => {
                f.write_str("entries/")?;
                (*index, *width)
            }
        };
        write_index(f, index)?;
        if width == Width::FULL { Ok(()) } else { write!(f, ".p/{}", width.get()) }
    }
}

/// Three digits at a time; an `x` before all but the last.
fn write_index(f: &mut fmt::Formatter<'_>, index: u64) -> fmt::Result {
    if index >= 1_000 {
        write_leading(f, index / 1_000)?;
    }
    write!(f, "{:03}", index % 1_000)
}

fn write_leading(f: &mut fmt::Formatter<'_>, index: u64) -> fmt::Result {
    if index >= 1_000 {
        write_leading(f, index / 1_000)?;
    }
    write!(f, "x{:03}/", index % 1_000)
}

fn index(name: &str) -> Option<u64> {
    let mut parts = name.split('/').rev();
    let last = three(parts.next()?)?;
    let mut index = last;
    let mut unit = 1_u64;
    let mut first = None;
    for part in parts {
        let digits = three(part.strip_prefix('x')?)?;
        unit = unit.checked_mul(1_000)?;
        index = index.checked_add(digits.checked_mul(unit)?)?;
        first = Some(digits);
    }
    // No zeros lead.
    (first != Some(0)).then_some(index)
}

fn three(digits: &str) -> Option<u64> {
    let good = digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
    good.then(|| digits.parse().ok()).flatten()
}

/// A number as it is written: no sign, no zeros before it.
pub(crate) fn number(text: &str) -> Option<u64> {
    let good = text == "0" || (text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0'));
    good.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_has_one_name() {
        let tile =
            |level, index, width| Resource::Tile(TileId { level, index }, Width::of(width).expect("a width"));
        for (resource, path) in [
            (tile(0, 0, 256), "0/000"),
            (tile(0, 999, 1), "0/999.p/1"),
            (tile(2, 1_000, 255), "2/x001/000.p/255"),
            (tile(63, 1_234_067, 256), "63/x001/x234/067"),
            (Resource::Entries(273, Width::of(112).expect("a width")), "entries/273.p/112"),
        ] {
            assert_eq!(resource.to_string(), path);
            assert_eq!(Resource::parse(path), Some(resource));
        }
    }

    #[test]
    fn what_is_no_name_is_none() {
        for path in [
            "",
            "0",
            "0/",
            "0/1",
            "0/0001",
            "00/000",
            "64/000",
            "-1/000",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p/",
            "0/x000/000",
            "0/x000/x001/000",
            "0/x1/000",
            "0/001/000",
            "0/x001/x000",
            "a/000",
            "entries/",
            "0/000.p/1.p/1",
            "0/+01",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(Resource::parse(path), None, "{path}");
        }
    }
}
