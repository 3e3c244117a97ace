//! A config of megabytes: the second call finds its profile by a map in the state directory, and what
//! has changed since is never missed.

use std::{fmt::Write as _, fs, os::unix::fs::PermissionsExt as _, path::PathBuf, time::Duration};

use crate::support::{
    clients::require_program,
    programs,
    run::until_some,
    stage::{ROLE, Stage},
};

/// A map is written for a file that has been still for half a second.
const SETTLED: Duration = Duration::from_mins(1);

impl Stage {
    /// Makes the config large, and returns it.
    fn large(&self) -> String {
        let mut config = fs::read_to_string(self.sandbox.config_path()).unwrap();
        for i in 0..5000 {
            write!(config, "\n[profile team-{i}]\nregion = eu-west-1\n# {}\n", "x".repeat(700))
                .unwrap();
        }
        self.sandbox.config(&config);
        config
    }

    fn map(&self) -> Option<PathBuf> {
        let all = fs::read_dir(self.sandbox.state()).ok()?.map(|entry| entry.unwrap().path());
        let mut maps = all.filter(|path| path.extension().is_some_and(|end| end == "map"));
        let map = maps.next();
        assert_eq!(maps.next(), None);
        map
    }

    /// Calls until a map has been written for the present config.
    fn settle(&self) {
        let modified = |map: PathBuf| fs::metadata(map).unwrap().modified().unwrap();
        let before = self.map().map(modified);
        let settled = until_some(SETTLED, || {
            self.document("my-role");
            self.map().map(modified).filter(|now| Some(*now) != before)
        });
        assert!(settled.is_some(), "no map was written");
    }

    /// How many pieces of the config a call reads.
    fn reads(&self) -> Option<usize> {
        let strace = require_program("strace", "strace")?;
        let list = self.sandbox.path("calls");
        let program = programs::rolecall().display().to_string();
        let calls = ["-f", "-y", "-qq", "-s", "0", "-e", "trace=read,pread64", "-o"];
        let own = [list.to_str().unwrap(), &program, "credential-process", "my-role"];
        self.sandbox.program(&strace, &[&calls[..], &own].concat()).may_print_secrets().run().ok();
        let config = format!("{}>", self.sandbox.config_path().display());
        Some(fs::read_to_string(&list).unwrap().lines().filter(|it| it.contains(&config)).count())
    }
}

#[test]
fn the_second_call_reads_only_the_sections_of_its_profile() {
    let stage = need!(Stage::with_keyutils());
    let config = stage.large();
    let all = need!(stage.reads());
    assert!(all > config.len() / 65_536, "{all}");
    stage.settle();
    let few = need!(stage.reads());
    assert!(few <= 4, "{few}");
    assert_eq!(stage.assumed(), 1);
    let map = stage.map().unwrap();
    assert_eq!(fs::metadata(&map).unwrap().permissions().mode() & 0o777, 0o600);
    // Half a map is none.
    let bytes = fs::read(&map).unwrap();
    fs::write(&map, &bytes[..bytes.len() / 2]).unwrap();
    stage.document("my-role");
    fs::write(&map, "").unwrap();
    stage.document("my-role");
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn what_is_edited_counts_at_once() {
    let stage = need!(Stage::with_keyutils());
    let config = stage.large();
    stage.settle();
    let first = stage.document("my-role");
    let set = ["profile", "set", "my-role", "role_session_name=somebody"];
    stage.sandbox.rolecall(&set).run().ok();
    assert_ne!(stage.document("my-role"), first);
    assert_eq!(stage.assumed(), 2);
    stage.settle();
    // Another section of the same profile, at the end of the file.
    let more = "\n[profile my-role]\nrole_session_name = nobody\n[profile new]\nregion = x\n";
    let more = format!("{more}role_arn = {ROLE}\nsource_profile = base\n");
    stage.sandbox.config(config + &more);
    stage.document("my-role");
    assert_eq!(stage.assumed(), 3);
    let new = stage.helper("new").run().code(4);
    assert!(new.stderr.contains("hint: AWS doesn't say why"), "{new:?}");
    let missing = stage.helper("team-4999x").run().code(5);
    assert!(missing.stderr.contains("did you mean 'team-4999'"), "{missing:?}");
}

#[test]
fn a_hundred_callers_write_one_map_and_none_where_nothing_can_be_written() {
    let stage = need!(Stage::with_keyutils());
    stage.large();
    let first = stage.document("my-role");
    let agree = || {
        for output in stage.helpers_at_once("my-role", 100) {
            assert_eq!(output.ok().json(), first);
        }
        stage.map()
    };
    assert!(until_some(SETTLED, agree).is_some(), "no map was written");
    // What is no file of ours is left alone, and not read.
    let map = stage.map().unwrap();
    fs::remove_file(&map).unwrap();
    fs::create_dir(&map).unwrap();
    assert_eq!(stage.document("my-role"), first);
    assert!(map.is_dir());
    assert_eq!(stage.assumed(), 1);
}
