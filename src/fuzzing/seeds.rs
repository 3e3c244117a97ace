//! Tries the seeds of a fuzz target, and changes of them.

use std::{
    fs::{self, OpenOptions},
    io::Read as _,
    path::Path,
};

/// How many times each seed is changed.
const CHANGES: u64 = 300;

/// Numbers that look random, the same in each run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from(mixed >> 33).unwrap() % limit
    }

    /// Replaces, removes, inserts or repeats a few bytes.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(9)).min(bytes.len());
            let byte = u8::try_from(self.below(256)).unwrap();
            match self.below(4) {
                0 if at < bytes.len() => bytes[at] = byte,
                1 => drop(bytes.drain(at..end)),
                2 => bytes.insert(at, byte),
                _ => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
    }
}

/// Tries the seeds of a fuzz target: those called `good-…` are accepted, the others are not, and no
/// change of any makes it panic.
#[track_caller]
pub(super) fn try_seeds(target: &str, accepts: fn(&[u8]) -> bool) {
    let folder = folder_of(target);
    let (mut numbers, mut good, mut bad) = (Numbers(1), 0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let mut seed = Vec::new();
        let file = OpenOptions::new().read(true).open(entry.path());
        file.unwrap().read_to_end(&mut seed).unwrap();
        let is_good = name.starts_with("good-");
        assert_eq!(accepts(&seed), is_good, "{target}: {name}");
        *if is_good { &mut good } else { &mut bad } += 1;
        for _ in 0..CHANGES {
            let mut bytes = seed.clone();
            numbers.change(&mut bytes);
            accepts(&bytes);
        }
    }
    assert!(good > 1 && bad > 1, "{target}: {good} good seeds, {bad} bad ones");
}

/// The folder of a target's seeds; a test of a member of the workspace runs one level deeper.
fn folder_of(target: &str) -> std::path::PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = if package.join("fuzz").exists() { package } else { package.parent().unwrap() };
    root.join("fuzz/seeds").join(target)
}
