//! The plan of the packages: which room may use which, and that no files use each other in a loop.

mod graph;
mod loops;
mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use graph::Graph;
pub(crate) use graph::rust_files;

/// A package, whose rooms are the folders and files at the top of its sources.
struct House {
    /// The folder of its sources.
    folder: &'static str,
    /// A row for each room: the rooms that it may use, which all have their rows before it. Any
    /// other arrow is forbidden.
    rooms: &'static str,
    /// A row for each loop of files that is still to be removed. A loop may lose files, and its row
    /// is deleted with its last arrow. No new one may be added.
    loops: &'static str,
}

const ROLECALL: House = House {
    folder: "src",
    rooms: "
        redact:
        error: redact
        secret:
        rules: error secret
        credentials: secret
        context:
        output: error
        private:
        peer:
        input: context secret
        store: peer private
        state: context credentials error output private redact
        audit: context output redact state
        aws: context credentials input rules secret
        browser: context credentials peer secret
        child: context credentials secret
        prompt: child context error output rules secret
        progress: context output prompt
        profile: context error input output private redact rules secret state
        plan: context credentials error input profile redact rules secret
        unanswered: aws error output
        identity_center: aws browser context credentials error input plan private prompt rules secret
            state store unanswered
        session: aws child context credentials error identity_center input output plan progress
            prompt rules secret state store unanswered
        serve: context credentials error peer private secret session
        app: audit aws browser context credentials error identity_center input output plan profile
            progress redact rules secret session store
        doctor: app aws child context credentials error identity_center input output plan private profile
            progress prompt redact rules session state store unanswered
        cli: app audit context credentials doctor error identity_center input output plan profile
            prompt redact rules secret serve session state store
        fuzzing: aws browser child context credentials output secret store unanswered
        lib: app aws cli context credentials error input output private profile progress prompt
            redact rules secret session state
    ",
    loops: "
    ",
};

/// The reader and editor of the two files.
const INI: House = House {
    folder: "ini/src",
    rooms: "
        search:
        syntax_error:
        lines: search
        properties: lines search syntax_error
        refusal: syntax_error
        scan: lines properties search syntax_error
        edit: lines properties refusal scan syntax_error
        index: lines scan search syntax_error
        verify: properties refusal scan syntax_error
        pieces: edit lines refusal scan syntax_error verify
        merge: lines pieces properties refusal verify
        document: edit lines merge pieces properties refusal scan search verify
        lib: document index pieces properties refusal scan search syntax_error
    ",
    loops: "
    ",
};

const PROVISION: House = House {
    folder: "provision/src",
    rooms: "
        account:
        ask:
        failure:
        policy:
        rows:
        several:
        given: policy
        caller: failure given
        holder: account caller policy
        password: caller failure given
        progress: caller
        managed: caller policy
        permissions: account caller failure holder managed policy
        change: account caller failure holder permissions policy
        buckets: caller change failure
        deletion: caller change failure holder
        undo: caller change failure
        turn: caller failure
        engine: account buckets caller change failure holder managed permissions policy undo
        new_key: account caller change failure permissions turn undo
        keys: caller failure new_key progress undo
        s3: account ask buckets caller change deletion engine failure given holder managed new_key
            password permissions policy rows several turn undo
        team: account buckets engine policy
        iam: account ask buckets caller change deletion engine failure given holder keys new_key
            password permissions policy progress several team turn undo
        fuzzing: team
        lib: caller iam keys s3
    ",
    loops: "
    ",
};

impl House {
    /// Each room with those it may use.
    fn table(&self) -> Vec<(&str, Vec<&str>)> {
        let mut table: Vec<(&str, Vec<&str>)> = Vec::new();
        for word in self.rooms.split_whitespace() {
            match word.strip_suffix(':') {
                Some(room) => table.push((room, Vec::new())),
                None => table.last_mut().expect("a room").1.push(word),
            }
        }
        table
    }
}

const HOUSES: [House; 3] = [ROLECALL, INI, PROVISION];

static GRAPHS: LazyLock<[Graph; 3]> =
    LazyLock::new(|| HOUSES.map(|house| Graph::read(&root().join(house.folder))));

/// The files of which some part may do what clippy.toml forbids; each says there why.
const BAN_LIFTED: &str = "
    src/lib.rs
    src/context.rs
    src/cli/panics.rs
    src/context/boot.rs
    src/context/caller.rs
    src/context/certificates.rs
    src/child/processes.rs
    src/peer.rs
    src/prompt/no_tty.rs
    src/prompt/signals.rs
    src/prompt/tty/lock.rs
    src/store/auto/tests.rs
    src/store/keyutils.rs
";

const MOST_LINES: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources_of(house: &House) -> Vec<PathBuf> {
    let files = rust_files(&root().join(house.folder));
    assert!(files.len() > 10, "the sources are not in {}", house.folder);
    files
}

fn assert_none(wrong: &[String], what: &str) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn arrows_between_rooms_go_one_way() {
    for (house, graph) in HOUSES.iter().zip(&*GRAPHS) {
        let mut wrong = Vec::new();
        let mut before = BTreeSet::new();
        let table = house.table();
        for (room, used) in &table {
            let late = used.iter().filter(|used| !before.contains(*used));
            wrong.extend(
                late.map(|used| format!("{room} uses {used}, which does not come before it")),
            );
            before.insert(room);
        }
        assert_none(&wrong, &format!("wrong order in the table of {}", house.folder));
        for (room, used) in graph.rooms() {
            let Some((_, allowed)) = table.iter().find(|(name, _)| *name == room) else {
                let used: Vec<_> = used.keys().map(String::as_str).collect();
                wrong.push(format!("no row for this room: '{room}: {}'", used.join(" ")));
                continue;
            };
            let more = used.iter().filter(|(name, _)| !allowed.contains(&name.as_str()));
            wrong.extend(more.map(|(name, files)| format!("{room} uses {name} in {files:?}")));
        }
        assert_none(&wrong, &format!("not in the table of {}", house.folder));
    }
}

/// The words in code style.
fn code_words(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_page_about_the_architecture_has_the_same_table() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    let table = ROLECALL.table();
    let rows = page.lines().skip_while(|line| !line.starts_with("| room |")).skip(2);
    let mut told: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').collect();
        let (rooms, uses) = (code_words(cells[1]), cells[3].trim());
        for room in &rooms {
            let allowed = if uses.starts_with("all but ") {
                let but = code_words(uses);
                let others = table.iter().map(|(other, _)| *other).filter(|other| other != room);
                others.filter(|it| !but.contains(it) && !["fuzzing", "lib"].contains(it)).collect()
            } else if rooms.len() == 1 {
                code_words(uses).into_iter().collect()
            } else {
                // Several rooms share a row: each part says what one of them uses.
                let mut parts = uses.split(';').map(code_words);
                let part = parts.find(|part| part.first() == Some(room)).unwrap_or_default();
                part.into_iter().skip(1).collect()
            };
            told.insert(room, allowed);
        }
    }
    let known = table.into_iter().filter(|(room, _)| *room != "lib");
    let known: BTreeMap<&str, BTreeSet<&str>> =
        known.map(|(room, used)| (room, used.into_iter().collect())).collect();
    assert_eq!(told, known, "the page and tests/it/rooms.rs differ");
}

#[test]
fn no_files_use_each_other_in_a_loop() {
    let (mut new, mut gone) = (Vec::new(), Vec::new());
    for (house, graph) in HOUSES.iter().zip(&*GRAPHS) {
        let rows = house.loops.lines().filter(|row| !row.trim().is_empty());
        let known: Vec<BTreeSet<String>> =
            rows.map(|row| row.split_whitespace().map(str::to_owned).collect()).collect();
        let loops = graph.loops();
        let is_new = |one: &&BTreeSet<String>| !known.iter().any(|row| one.is_subset(row));
        let told = |one| format!("{}:\n{}", house.folder, graph.describe(one));
        new.extend(loops.iter().filter(is_new).map(told));
        let is_gone = |row: &&BTreeSet<String>| !loops.iter().any(|one| one.is_subset(row));
        gone.extend(known.iter().filter(is_gone).map(|row| format!("{}: {row:?}", house.folder)));
    }
    assert_none(&new, "files that use each other in a loop");
    assert_none(&gone, "these loops are gone: delete their rows in tests/it/rooms.rs");
}

/// Types are left out: a public function may have to name one that nobody else names.
#[test]
fn functions_and_constants_are_public_for_other_rooms_alone() {
    let room = |file: &Path| {
        let below = file.strip_prefix(root().join("src")).ok()?;
        Some(below.with_extension("").iter().next()?.to_owned())
    };
    let folders = ["src", "ini", "provision", "tests", "benches", "examples", "fuzz/fuzz_targets"];
    let mut named: BTreeMap<String, BTreeSet<Option<OsString>>> = BTreeMap::new();
    for file in folders.iter().flat_map(|folder| rust_files(&root().join(folder))) {
        let text = fs::read_to_string(&file).expect("a source");
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for name in line.split(|c: char| !c.is_alphanumeric() && c != '_') {
                named.entry(name.to_owned()).or_default().insert(room(&file));
            }
        }
    }
    let mut wrong = Vec::new();
    for (file, names) in GRAPHS[0].exports() {
        let own = room(&root().join("src").join(file));
        let is_own = |name: &&String| named[*name].iter().all(|room| *room == own);
        wrong.extend(names.iter().filter(is_own).map(|name| format!("src/{file}: {name}")));
    }
    assert_none(&wrong, "public, and named in no other room");
}

#[test]
fn sources_stay_below_400_lines() {
    let lines = |file: &PathBuf| fs::read_to_string(file).expect("a source").lines().count();
    let files = HOUSES.iter().flat_map(sources_of);
    let long: Vec<_> = files.filter(|file| lines(file) > MOST_LINES).collect();
    assert_eq!(long, Vec::<PathBuf>::new(), "files to divide");
}

#[test]
fn the_bans_of_clippy_toml_hold_in_all_packages() {
    for other in
        ["ini/clippy.toml", "provision/clippy.toml", "provision/.clippy.toml", ".clippy.toml"]
    {
        assert!(!root().join(other).exists(), "{other} would stand in for clippy.toml");
    }
    let files = HOUSES.iter().flat_map(sources_of);
    let lifted = files.filter(|file| {
        fs::read_to_string(file).expect("a source").contains("clippy::disallowed_methods")
    });
    let wrong: Vec<_> = lifted
        .map(|file| file.strip_prefix(root()).expect("ours").display().to_string())
        .filter(|file| !BAN_LIFTED.split_whitespace().any(|known| known == file))
        .collect();
    assert_none(&wrong, "files that may not lift a ban of clippy.toml");
}

#[test]
fn no_file_is_named_for_a_jumble() {
    let names = ["util", "utils", "helper", "helpers", "common", "misc"];
    let folders = ["src", "ini", "provision", "tests", "benches", "examples", "fuzz/fuzz_targets"];
    let files = folders.iter().flat_map(|folder| rust_files(&root().join(folder)));
    let is_jumble = |path: &PathBuf| {
        let inside = path.strip_prefix(root()).expect("ours").with_extension("");
        inside.iter().any(|name| names.iter().any(|jumble| name == *jumble))
    };
    let found: Vec<_> = files.filter(is_jumble).collect();
    assert_eq!(found, Vec::<PathBuf>::new(), "name these files for what is in them");
}
