//! Files of a size that nobody should have: they take bounded memory, and come to an end.
//!
//! The kernel enforces the bound: a process that needs more address space than its limit gets none
//! and ends with a signal. The limits are twice what is needed; what they rule out is memory that
//! grows by a multiple of the file where it need not, and work that grows by its square.
//!
//! At night the files have 100 MB or a million sections; else a tenth of that, with a tenth of the
//! memory beyond what the program itself needs.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read as _, Write},
    path::PathBuf,
    time::Duration,
};

use crate::support::{
    nightly::is_nightly,
    run::Output,
    sandbox::Sandbox,
    stage::{ROLE, Stage},
};

/// What the program needs for a small file, in MiB of address space: most of it is the program.
const PROGRAM: usize = 40;
const MB: usize = 1_000_000;

/// The profile that is asked for: keys, for nothing but the files is at stake.
const OWN: &str = "[profile x]\n\
                   aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                   aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";

/// Work that grows with the square of these files would take hours; this is for slow machines.
const TIME_LIMIT: Duration = Duration::from_mins(5);

/// A huge config file and what reads it. What that prints goes into a file, for it may be huge too.
struct Huge {
    sandbox: Sandbox,
    folder: PathBuf,
}

impl Huge {
    /// The file holds what `write` writes.
    fn new(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Self {
        let sandbox = Sandbox::new();
        let folder = sandbox.path("huge");
        fs::create_dir(&folder).unwrap();
        // To search such files for secrets after each run takes longer than the run.
        sandbox.may_hold_secrets(&folder);
        let mut file = BufWriter::new(File::create(folder.join("config")).unwrap());
        write(&mut file).unwrap();
        file.flush().unwrap();
        sandbox.env("AWS_CONFIG_FILE", folder.join("config"));
        Self { sandbox, folder }
    }

    /// Runs rolecall with no more than `mebibytes` of address space, where files have their full
    /// size.
    #[track_caller]
    fn run(&self, mebibytes: usize, arguments: &[&str]) -> Output {
        let kibibytes = PROGRAM * 1024 + scaled((mebibytes - PROGRAM) * 1024);
        let script = format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\" >\"$OUT\"");
        let first = ["-c", &script, env!("CARGO_BIN_EXE_rolecall")];
        let run = self.sandbox.program("sh", &[&first, arguments].concat());
        run.env("OUT", self.folder.join("out")).time_limit(TIME_LIMIT).run()
    }

    /// The last bytes of what the last run printed.
    fn end_of_output(&self, length: u64) -> String {
        let mut out = File::open(self.folder.join("out")).unwrap();
        let all = out.metadata().unwrap().len();
        io::Seek::seek(&mut out, io::SeekFrom::Start(all.saturating_sub(length))).unwrap();
        let mut end = String::new();
        out.read_to_string(&mut end).unwrap();
        end
    }

    /// Profile `x` has its keys and is shown, each with so much memory.
    #[track_caller]
    fn resolves(&self, mebibytes: usize, to_show: usize) {
        self.run(mebibytes, &["credential-process", "x"]).code(0);
        assert!(self.end_of_output(1000).contains("\"AKIAIOSFODNN7EXAMPLE\""));
        self.run(to_show, &["profile", "show", "x", "--output", "json"]).code(0);
        let shown = self.end_of_output(2000);
        assert!(shown.contains("\"access_key_id\": \"AKIAIOSFODNN7EXAMPLE\""), "{shown}");
    }

    #[track_caller]
    fn lists(&self, mebibytes: usize, output: &str) -> String {
        self.run(mebibytes, &["profile", "list", "--output", output]).code(0);
        self.end_of_output(1000)
    }

    #[track_caller]
    fn is_refused(&self, mebibytes: usize, reason: &str) {
        for arguments in
            [&["credential-process", "x"][..], &["profile", "show", "x"], &["profile", "list"]]
        {
            let output = self.run(mebibytes, arguments).code(5);
            assert!(output.stderr.contains(reason), "{output:?}");
        }
    }
}

/// `size` at night, else a tenth of it.
fn scaled(size: usize) -> usize {
    if is_nightly() { size } else { size / 10 }
}

/// A million at night, else a tenth of it.
fn million() -> usize {
    scaled(1_000_000)
}

fn repeat(to: &mut dyn Write, text: &str, bytes: usize) -> io::Result<()> {
    let many = text.repeat(65_536 / text.len());
    (0..bytes / many.len()).try_for_each(|_| to.write_all(many.as_bytes()))
}

/// 100 MB of profiles, numbered from 0.
fn profiles(to: &mut dyn Write) -> io::Result<()> {
    (0..scaled(500_000)).try_for_each(|number| {
        writeln!(
            to,
            "[profile p{number}]\n\
             region = eu-west-1\n\
             role_arn = arn:aws:iam::222222222222:role/MyApp/MyS3Access\n\
             source_profile = x\n\
             # what this is for, whom to ask about it, and when it was seen last in use\n"
        )
    })
}

#[test]
fn a_huge_config_costs_its_headers() {
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        profiles(to)
    });
    huge.resolves(96, 96);
    let end = huge.lists(600, "table");
    assert!(end.trim_end().ends_with("MyApp/MyS3Access  x       -    -        -"), "{end}");
}

#[test]
fn a_stored_session_is_found_in_a_huge_config() {
    let stage = need!(Stage::with_keyutils());
    let config = fs::read_to_string(stage.sandbox.config_path()).unwrap();
    let huge = Huge::new(|to| {
        profiles(to)?;
        to.write_all(config.as_bytes())
    });
    stage.document("my-role");
    assert_eq!(stage.assumed(), 1);
    for (name, value) in [
        ("HOME", stage.sandbox.home().into_os_string()),
        ("XDG_RUNTIME_DIR", stage.sandbox.path("run").into_os_string()),
        ("ROLECALL_STORE", "keyutils".into()),
        ("AWS_ENDPOINT_URL_STS", stage.sts.endpoint().into()),
        ("LOGNAME", "natan".into()),
    ] {
        huge.sandbox.env(name, value);
    }
    let _output = huge.run(96, &["credential-process", "my-role"]).code(0);
    assert!(huge.end_of_output(2000).contains("\"SessionToken\""));
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn many_sections_cost_their_names_and_places() {
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        (0..million()).try_for_each(|number| writeln!(to, "[profile p{number}]"))
    });
    huge.resolves(128, 128);
    let end = huge.lists(800, "table");
    assert!(end.contains(&format!("\np{} ", million() - 1)), "{end}");
}

#[test]
fn many_sections_of_one_profile_are_one_profile() {
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        (0..million() / 10).try_for_each(|_| to.write_all(b"[profile x]\nregion = eu-west-1\n"))
    });
    huge.resolves(64, 64);
}

#[test]
fn a_list_in_json_takes_little_more_than_what_it_prints() {
    let huge = Huge::new(|to| (0..million() / 5).try_for_each(|n| writeln!(to, "[profile p{n}]")));
    let end = huge.lists(192, "json");
    assert!(end.contains(&format!("\"name\": \"p{}\"", million() / 5 - 1)), "{end}");
}

#[test]
fn a_long_line_costs_its_own_profile_alone() {
    let line = |to: &mut dyn Write| {
        to.write_all(b"other = ")?;
        repeat(to, "a", scaled(10 * MB))?;
        to.write_all(b"\n")
    };
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        to.write_all(b"[profile y]\n")?;
        line(to)
    });
    huge.resolves(44, 44);
    let end = huge.lists(64, "table");
    assert!(end.contains("\ny "), "{end}");

    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        line(to)
    });
    huge.resolves(64, 128);
    huge.lists(64, "table");
}

#[test]
fn a_long_header_is_a_name_like_any_other() {
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        to.write_all(b"[profile ")?;
        repeat(to, "a", scaled(10 * MB))?;
        to.write_all(b"]\n")
    });
    huge.resolves(96, 96);
    huge.lists(192, "table");
}

#[test]
fn a_huge_file_without_a_line_is_read_once_and_refused() {
    let huge = Huge::new(|to| repeat(to, "a", scaled(100 * MB)));
    huge.is_refused(256, "text before the first section header");
    let huge = Huge::new(|to| repeat(to, "[", scaled(100 * MB)));
    huge.is_refused(256, "section header without ']'");
    let huge = Huge::new(|to| repeat(to, "\0", scaled(100 * MB)));
    huge.is_refused(256, "text before the first section header");
}

#[test]
fn many_continued_lines_cost_those_who_want_them() {
    let lines = |to: &mut dyn Write, bytes| repeat(to, "  continued\n", bytes);
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        to.write_all(b"[profile y]\nregion = a\n")?;
        lines(to, scaled(100 * MB))
    });
    huge.resolves(44, 44);

    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        to.write_all(b"other = a\n")?;
        lines(to, scaled(10 * MB))
    });
    huge.resolves(96, 256);
    huge.lists(96, "table");
}

#[test]
fn many_keys_of_one_profile_are_merged_one_by_one() {
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        (0..million()).try_for_each(|number| writeln!(to, "key{number} = value"))
    });
    let _output = huge.run(768, &["credential-process", "x"]).code(0);
    assert!(huge.end_of_output(1000).contains("\"AKIAIOSFODNN7EXAMPLE\""));
}

#[test]
fn many_keys_of_one_profile_are_shown_one_by_one() {
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        (0..million() / 5).try_for_each(|number| writeln!(to, "key{number} = value"))
    });
    huge.resolves(192, 192);
    huge.lists(192, "table");
}

#[test]
fn many_keys_of_one_block_are_read_one_by_one() {
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        to.write_all(b"s3 =\n")?;
        (0..million()).try_for_each(|number| writeln!(to, "  key{number} = value"))
    });
    huge.resolves(320, 1024);
}

#[test]
fn a_key_that_is_repeated_very_often_has_its_last_value() {
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        (1..=million()).try_for_each(|number| writeln!(to, "region = r-{number}"))
    });
    huge.resolves(256, 256);
    assert!(huge.end_of_output(2000).contains(&format!("\"region\": \"r-{}\"", million())));
}

#[test]
fn a_long_chain_is_drawn_down_to_a_level_and_counted_from_there() {
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        (0..million() / 10).try_for_each(|number| {
            let next = if number == 0 { "x".to_owned() } else { format!("p{}", number - 1) };
            writeln!(to, "[profile p{number}]\nrole_arn = {ROLE}\nsource_profile = {next}")
        })
    });
    let _output = huge.run(400, &["profile", "tree"]).code(0);
    let end = huge.end_of_output(4_000_000);
    let more = million() / 10 - 2000;
    assert!(end.ends_with(&format!("└─ … {more} more\n")), "{end}");
    assert_eq!(end.lines().count(), 2002);
    for output in ["mermaid", "json"] {
        let _output = huge.run(400, &["profile", "tree", "--output", output]).code(0);
    }
}

#[test]
fn very_many_duplicates_are_ten_warnings_and_a_count() {
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        (0..million()).try_for_each(|_| to.write_all(b"region = eu-west-1\n"))
    });
    let output = huge.run(400, &["profile", "list"]).code(0);
    assert_eq!(output.stderr.lines().count(), 2 * 11, "{output:?}");
    let more = million() - 1 - 10;
    assert!(output.stderr.contains(&format!("warning: {more} more like these")), "{output:?}");
}

#[test]
fn many_loops_are_found_one_by_one() {
    let huge = Huge::new(|to| {
        (0..million() / 10).try_for_each(|number| {
            let (other, keys) = (number ^ 1, OWN.split_once('\n').unwrap().1);
            let keys = if number % 2 == 0 { keys } else { "" };
            let role = format!("role_arn = {ROLE}\nsource_profile = p{other}");
            write!(to, "[profile p{number}]\n{role}\n{keys}")
        })
    });
    let _output = huge.run(400, &["profile", "tree"]).code(0);
    let end = huge.end_of_output(1000);
    assert!(end.contains("loop: p") && end.contains(" -> "), "{end}");
}

#[test]
fn a_chain_through_a_huge_config_ends() {
    let huge = Huge::new(|to| {
        to.write_all(OWN.as_bytes())?;
        (0..million() / 10).try_for_each(|number| {
            let next = number + 1;
            writeln!(to, "[profile p{number}]\nrole_arn = {ROLE}\nsource_profile = p{next}")
        })
    });
    let output = huge.run(96, &["credential-process", "p0"]).code(5);
    assert!(output.stderr.lines().count() <= 3 && output.stderr.len() < 2000, "{output:?}");
}
