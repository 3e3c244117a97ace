//! The dialect of the two AWS files, rule by rule, as `profile show` and `profile list` read it.
//!
//! Rules: AWS SDKs and Tools reference, "Shared config and credentials files", and where it is
//! silent, what the SDKs agree on. How files are written is the concern of `ini`'s own tests.

use serde_json::{Map, Value, json};

use crate::support::sandbox::Sandbox;

/// The two files of a test.
struct Files {
    sandbox: Sandbox,
}

impl Files {
    fn new(config: &str, credentials: &str) -> Self {
        let sandbox = Sandbox::new();
        sandbox.config(config).credentials(credentials);
        Self { sandbox }
    }

    fn config(config: &str) -> Self {
        Self::new(config, "")
    }

    /// The names of all profiles.
    #[track_caller]
    fn names(&self) -> Vec<String> {
        let listed = self.sandbox.rolecall(&["profile", "list", "--output", "json"]).run();
        let listed = listed.ok().json();
        let names = listed.as_array().unwrap().iter();
        names.map(|profile| profile["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The keys of a profile with their values.
    #[track_caller]
    fn properties(&self, profile: &str) -> Value {
        let arguments = ["profile", "show", profile, "--show-secrets", "--output", "json"];
        let shown = self.sandbox.rolecall(&arguments).run().ok().json();
        let properties = shown["properties"].as_object().unwrap().clone();
        let values = properties.into_iter().map(|(key, found)| (key, found["value"].clone()));
        Value::Object(values.collect::<Map<_, _>>())
    }

    /// What is wrong with them, when profile `a` is asked for.
    #[track_caller]
    fn fault(&self) -> String {
        self.sandbox.rolecall(&["credential-process", "a"]).run().code(5).stderr
    }
}

/// The properties of profile `a` in this config.
#[track_caller]
fn a(config: &str) -> Value {
    Files::config(config).properties("a")
}

#[test]
fn the_prefixed_default_beats_the_bare_one_in_either_order_and_both_merge_with_credentials() {
    for config in [
        "[profile default]\nx = 1\n[default]\nx = 2\ny = 2\n",
        "[default]\nx = 2\ny = 2\n[profile default]\nx = 1\n",
        "[profile default]\n[default]\ny = 2\n[profile default]\nx = 1\n",
    ] {
        let files = Files::new(config, "[default]\nz = 3\n");
        assert_eq!(files.properties("default"), json!({ "x": "1", "z": "3" }), "{config}");
    }
    let bare = Files::new("[default]\ny = 2\n", "[default]\nz = 3\n");
    assert_eq!(bare.properties("default"), json!({ "y": "2", "z": "3" }));
}

#[test]
fn each_file_has_headers_of_its_own() {
    let files = Files::new(
        "[a]\n[profilefoo]\n[profile]\n[profile ]\n[profile b]\n[sso-session b]\n[services b]\n\
         [sso-sesion x]\n[plugins]\n",
        "[profile c]\n[sso-session x]\n[services x]\n[d]\n[sso-sessiond]\n",
    );
    assert_eq!(files.names(), ["b", "d", "sso-sessiond"]);
}

#[test]
fn white_space_in_brackets_is_trimmed_and_other_names_are_passed_over_with_their_keys() {
    let files = Files::config(
        "[ profile a ]\nx = 1\n[profile\tb]\n[profile \t c \t]\n[profile d!]\nx = 2\n\
         [profile e f]\nx = 3\n[profile az-AZ_09/.%@:+]\n",
    );
    assert_eq!(files.names(), ["a", "b", "c", "az-AZ_09/.%@:+"]);
    assert_eq!(files.properties("a"), json!({ "x": "1" }));
}

#[test]
fn quoted_names_may_have_spaces_as_in_the_aws_cli() {
    let files = Files::new(
        "[profile \"my profile\"]\nx = 1\n[profile 'other one']\n[profile bob's]\n",
        "[my profile]\ny = 2\n",
    );
    assert_eq!(files.names(), ["my profile", "other one"]);
    assert_eq!(files.properties("my profile"), json!({ "x": "1", "y": "2" }));
}

#[test]
fn keys_have_no_case_and_profile_names_do() {
    let files = Files::config("[profile a]\nRegion = x\nREGION = y\n[profile A]\nregion = z\n");
    assert_eq!(files.names(), ["a", "A"]);
    assert_eq!(files.properties("a"), json!({ "region": "y" }));
    assert_eq!(files.properties("A"), json!({ "region": "z" }));
}

#[test]
fn a_comment_stands_alone_or_behind_white_space_but_not_in_a_continued_line() {
    let found = a("# x\n; x\n[profile a]; x\n#y = 1\na = v # c\nb = v#c\nc = v ; c\nd = v;c\n\
                   e = v\n more # kept\n  ; kept too\n");
    assert_eq!(
        found,
        json!({ "a": "v", "b": "v#c", "c": "v", "d": "v;c", "e": "v\nmore # kept\n; kept too" })
    );
    assert_eq!(Files::config("[profile b]# x\n[profile a] # x\n").names(), ["b", "a"]);
}

#[test]
fn duplicates_merge_and_the_credentials_file_wins_key_by_key() {
    let files = Files::new(
        "[profile a]\nx = 1\nx = 2\ny = 1\naws_session_token = of-the-config\n[profile a]\ny = 2\n",
        "[a]\nY = 3\nz = 1\n[a]\nz = 2\n",
    );
    let expected = json!({ "x": "2", "y": "3", "aws_session_token": "of-the-config", "z": "2" });
    let arguments = ["profile", "show", "a", "--show-secrets", "--output", "json"];
    let shown = files.sandbox.rolecall(&arguments).run();
    let shown = shown.json()["properties"].clone();
    let values = shown.as_object().unwrap().iter();
    let values: Map<_, _> = values.map(|(k, v)| (k.clone(), v["value"].clone())).collect();
    assert_eq!(Value::Object(values), expected);
}

#[test]
fn a_line_that_is_indented_goes_on_with_the_value_above() {
    let found = a("[profile a]\nx = 1\n  2  \n\t3\n\n y = 4\nz = 5\n");
    assert_eq!(found, json!({ "x": "1\n2\n3\ny = 4", "z": "5" }));
    for config in ["[profile a]\n  x = 1\n", "[profile a]\ny = 1\n[profile a]\n  x = 1\n"] {
        assert!(Files::config(config).fault().contains("indented line"), "{config}");
    }
}

#[test]
fn a_key_without_a_value_may_have_a_block_below_it() {
    let found = a("[profile a]\ns3 =\n  max = 10\n\n  Accel = true\n  empty =\nx = 1\n");
    assert_eq!(found, json!({ "s3": { "max": "10", "accel": "true", "empty": "" }, "x": "1" }));
    // With a value it is text.
    assert_eq!(a("[profile a]\ns3 = v\n  max = 10\n"), json!({ "s3": "v\nmax = 10" }));
    for config in ["[profile a]\ns3 =\n  max\n", "[profile a]\ns3 =\n  = 1\n"] {
        assert!(Files::config(config).fault().contains("config:3)"), "{config}");
    }
}

#[test]
fn a_block_in_one_profile_has_nothing_to_do_with_a_key_of_that_name() {
    let found = a("[profile a]\ns3 =\n  region = inner\nregion = outer\n");
    assert_eq!(found, json!({ "s3": { "region": "inner" }, "region": "outer" }));
}

#[test]
fn what_makes_no_sense_is_an_error_with_its_line() {
    for (config, line) in [
        ("x = 1\n[profile a]\n", 1),
        ("[profile b]\n[profile a\nx = 1\n", 2),
        ("[profile a]\nno equals sign\n", 2),
        ("[profile a]\n= 1\n", 2),
        ("[profile a]\nkey : value\n", 2),
    ] {
        let told = Files::config(config).fault();
        assert!(told.contains(&format!("config:{line})")), "{config}: {told}");
    }
}

#[test]
fn an_sso_session_is_no_profile_and_its_duplicates_merge() {
    let files = Files::config(
        "[sso-session a]\nsso_region = eu-west-1\n[unknown thing]\nx = 1\n\
         [profile a]\nsso_session = a\nsso_account_id = 1\nsso_role_name = r\n\
         [sso-session a]\nsso_start_url = https://u\n",
    );
    assert_eq!(files.names(), ["a"]);
    let shown = files.sandbox.rolecall(&["profile", "show", "a", "--output", "json"]).run().ok();
    let base = shown.json()["plan"]["base"].clone();
    assert_eq!((&base["start_url"], &base["region"]), (&json!("https://u"), &json!("eu-west-1")));
    // Quoted, as names of profiles may be.
    let files = Files::config(
        "[sso-session \"my team\"]\nsso_region = r\nsso_start_url = u\n\
         [profile a]\nsso_session = my team\nsso_account_id = 1\nsso_role_name = r\n",
    );
    let shown = files.sandbox.rolecall(&["profile", "show", "a", "--output", "json"]).run().ok();
    assert_eq!(shown.json()["plan"]["base"]["start_url"], "u");
}

#[test]
fn values_are_never_unquoted_or_typed_and_may_be_empty() {
    let found = a("[profile a]\na = \"q\"\nb = 'q'\nc = a=b=c\nd = é 漢 😂\ne =\nf = 007\n\
                   aws_session_token =\ng = true\n");
    assert_eq!(
        found,
        json!({
            "a": "\"q\"", "b": "'q'", "c": "a=b=c", "d": "é 漢 😂", "e": "", "f": "007",
            "aws_session_token": "", "g": "true"
        })
    );
}

#[test]
fn keys_with_white_space_in_them_are_passed_over() {
    assert_eq!(a("[profile a]\nin valid = 1\nx = 2\n"), json!({ "x": "2" }));
}

#[test]
fn line_endings_and_a_byte_order_mark_make_no_difference() {
    let text = "[profile a]\nx = 1\n  2\ns3 =\n  m = 3\n";
    let expected = a(text);
    assert_eq!(a(&text.replace('\n', "\r\n")), expected);
    assert_eq!(a(&format!("\u{feff}{text}")), expected);
    assert_eq!(a(text.trim_end()), expected);
}

#[test]
fn a_services_section_is_found_by_name_and_must_be_there() {
    let keys = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n";
    let files = Files::config(&format!(
        "[profile a]\n{keys}services = s\n[services s]\nsts =\n  endpoint_url = http://one\n\
         [services s]\nSTS =\n  Endpoint_URL = http://two\ns3 =\n  endpoint_url = http://other\n"
    ));
    let shown = files.sandbox.rolecall(&["profile", "show", "a", "--output", "json"]).run().ok();
    assert_eq!(shown.json()["plan"]["endpoint_url"], "http://two");
    let missing = Files::config(&format!("[profile a]\n{keys}services = t\n[services s]\n"));
    assert!(missing.fault().contains("no section [services t]"));
}

#[test]
fn the_files_are_where_the_environment_says_and_need_not_exist() {
    let sandbox = Sandbox::new();
    sandbox.file("home/elsewhere/c", "[profile a]\nx = 1\n");
    sandbox.file("home/k", "[a]\ny = 2\n");
    let shown = |run: crate::support::run::Run<'_>| {
        let properties = run.run().ok().json()["properties"].clone();
        properties.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let show = || sandbox.rolecall(&["profile", "show", "a", "--output", "json"]);
    let there = show().env("AWS_CONFIG_FILE", "~/elsewhere/c");
    assert_eq!(shown(there), ["x"]);
    let both = show().env("AWS_CONFIG_FILE", sandbox.path("home/elsewhere/c"));
    assert_eq!(shown(both.env("AWS_SHARED_CREDENTIALS_FILE", "~/k")), ["x", "y"]);
    let keys_alone = show().env("AWS_SHARED_CREDENTIALS_FILE", sandbox.path("home/k"));
    assert_eq!(shown(keys_alone), ["y"]);
    sandbox.config("[profile a]\nz = 1\n");
    assert_eq!(shown(show()), ["z"]);
    // An empty variable is none.
    assert_eq!(shown(show().env("AWS_CONFIG_FILE", "")), ["z"]);
    let none = show().env("AWS_CONFIG_FILE", "/nonexistent/c").run().code(5);
    assert!(none.stderr.contains("profile 'a' does not exist"), "{none:?}");
}
