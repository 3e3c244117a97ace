//! Which file uses which: a path that leads to an item is an arrow to the file that defines it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::source::{Import, Source};

type Module = Vec<String>;

/// The sources of one package, without its tests.
pub(super) struct Graph {
    modules: BTreeMap<Module, (String, Source)>,
}

/// A file, the files that it uses, and the names that it takes from each.
type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// All files of a folder and its folders whose name ends in `.rs`.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

impl Graph {
    /// Reads the files below `folder`, and names them by their paths below it.
    pub(super) fn read(folder: &Path) -> Self {
        let files = rust_files(folder);
        Self::of(files.iter().map(|path| {
            let name = path.strip_prefix(folder).expect("below it").to_string_lossy();
            (name.into_owned(), fs::read_to_string(path).expect("a source"))
        }))
    }

    /// Takes files with their texts.
    pub(super) fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut graph = Self { modules: BTreeMap::new() };
        for (file, text) in files {
            let module: Module =
                file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            if module.iter().any(|name| name == "tests") || file == "main.rs" {
                continue;
            }
            let is_face = module.last().is_some_and(|name| name == "mod" || name == "lib");
            let module = module[..module.len() - usize::from(is_face)].to_vec();
            graph.add(module, file, Source::of(&text));
        }
        graph
    }

    fn add(&mut self, module: Module, file: String, mut source: Source) {
        for (name, inner) in std::mem::take(&mut source.inner) {
            self.add([&module[..], &[name]].concat(), file.clone(), inner);
        }
        self.modules.insert(module, (file, source));
    }

    /// For each room (a folder or a file at the top), the other rooms that it names.
    pub(super) fn rooms(&self) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
        let mut rooms: Arrows = BTreeMap::new();
        for (module, (file, source)) in &self.modules {
            let own = module.first().map_or("lib", |name| name);
            let uses = rooms.entry(own.to_owned()).or_default();
            let imports = source.imports.iter().map(|import| &import.path);
            for path in imports.chain(&source.paths) {
                let (start, rest) = self.start(module, path);
                let full = [&start[..], rest].concat();
                let Some(room) = full.first().filter(|room| *room != own) else { continue };
                let is_room = self.modules.contains_key(std::slice::from_ref(room));
                // What `lib.rs` hands on from another package is no room of this one.
                if is_room || path[0] == "crate" && !self.is_imported_by_the_root(room) {
                    uses.entry(room.clone()).or_default().insert(file.clone());
                }
            }
        }
        rooms
    }

    /// The files and the functions and constants that they export.
    pub(super) fn exports(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.modules.values().map(|(file, source)| (file.as_str(), &source.exported))
    }

    fn is_imported_by_the_root(&self, name: &str) -> bool {
        let root = self.modules.get(&Module::new());
        root.is_some_and(|(_, root)| root.imports.iter().any(|import| import.name == name))
    }

    /// The arrows from file to file.
    pub(super) fn arrows(&self) -> Arrows {
        let mut arrows: Arrows = BTreeMap::new();
        for (module, (file, source)) in &self.modules {
            let imports = source.needed_imports().map(|import| import.path.clone());
            let through_globs = source.globs().flat_map(|glob| {
                source
                    .names
                    .iter()
                    .map(|name| [&glob.path[..], std::slice::from_ref(name)].concat())
            });
            for path in imports.chain(source.paths.iter().cloned()).chain(through_globs) {
                if let Some(other) = self.file_of(module, &path, 8).filter(|other| *other != file) {
                    let names = arrows.entry(file.clone()).or_default();
                    let name = path.last().expect("a name").clone();
                    names.entry(other.to_owned()).or_default().insert(name);
                }
            }
        }
        arrows
    }

    /// The module that a path starts from, and what is left of the path.
    fn start<'p>(&self, module: &Module, path: &'p [String]) -> (Module, &'p [String]) {
        let (mut start, mut rest) = (Module::new(), path);
        match path[0].as_str() {
            "crate" => return (start, &path[1..]),
            "self" | "super" => start.clone_from(module),
            // A child module goes before a crate of that name.
            first if self.modules.contains_key(&[&module[..], &[first.to_owned()]].concat()) => {
                return (module.clone(), path);
            }
            _ => return (start, rest),
        }
        while let [first, more @ ..] = rest
            && (first == "self" || first == "super")
        {
            if first == "super" {
                start.pop();
            }
            rest = more;
        }
        (start, rest)
    }

    /// The file that defines what `path` leads to from `module`; `None` if that is a module as a
    /// whole, of another package, or made by a macro. `limit`: how many imports may be followed.
    fn file_of(&self, module: &Module, path: &[String], limit: u8) -> Option<&str> {
        let limit = limit.checked_sub(1)?;
        let first = path.first()?.as_str();
        let (mut at, rest) = match first {
            "crate" | "self" | "super" => self.start(module, path),
            _ => (module.clone(), path),
        };
        for (index, name) in rest.iter().enumerate() {
            let (file, source) = self.modules.get(&at)?;
            let child = [&at[..], std::slice::from_ref(name)].concat();
            let import = source.imports.iter().find(|import| import.name == *name);
            let is_last = index + 1 == rest.len();
            let is_item = source.defined.contains(name) || import.is_some();
            if self.modules.contains_key(&child) && !(is_last && is_item) {
                at = child;
                continue;
            }
            let follow =
                |path: &[String]| self.file_of(&at, &[path, &rest[index + 1..]].concat(), limit);
            if let Some(import) = import {
                return follow(&import.path);
            }
            if source.defined.contains(name) {
                return Some(file);
            }
            let through = |glob: &Import| [&glob.path[..], std::slice::from_ref(name)].concat();
            return source.globs().find_map(|glob| follow(&through(glob)));
        }
        None
    }

    /// The groups of files that use each other in a loop.
    pub(super) fn loops(&self) -> Vec<BTreeSet<String>> {
        let arrows = self.arrows();
        let reached: BTreeMap<&String, BTreeSet<&String>> =
            arrows.keys().map(|file| (file, reachable(&arrows, file))).collect();
        let mut loops: Vec<BTreeSet<String>> = Vec::new();
        for (file, others) in &reached {
            if others.contains(file) && !loops.iter().any(|one| one.contains(*file)) {
                let is_back =
                    |other: &&String| reached.get(other).is_some_and(|r| r.contains(file));
                loops.push(others.iter().copied().filter(is_back).cloned().collect());
            }
        }
        loops
    }

    /// The arrows of a loop in words.
    pub(super) fn describe(&self, one: &BTreeSet<String>) -> String {
        let arrows = self.arrows();
        let lines = one.iter().flat_map(|file| {
            let within = arrows[file].iter().filter(|(other, _)| one.contains(*other));
            within.map(move |(other, names)| {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("  {file} -> {other}: {}\n", names.join(", "))
            })
        });
        lines.collect()
    }
}

fn reachable<'a>(arrows: &'a Arrows, file: &str) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&String> = arrows.get(file).into_iter().flat_map(BTreeMap::keys).collect();
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(arrows.get(next).into_iter().flat_map(BTreeMap::keys));
        }
    }
    found
}
