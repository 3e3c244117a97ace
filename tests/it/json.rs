//! docs/json.md is about all that the program prints as JSON, and about nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use clap::Command;
use serde_json::Value;

use crate::serve::server::Server;
use crate::sso::listing::{assign, signed_in};
use crate::support::stage::{PLAIN, Stage};

/// What `verb` prints in some runs that together show all its fields; `None` for a verb that is not
/// known here.
fn printed(stage: &Stage, verb: &str) -> Option<Vec<Value>> {
    let json = |arguments: &[&str]| {
        let arguments = [arguments, &["--output", "json"]].concat();
        let run = stage.sandbox.rolecall(&arguments);
        // Nobody is called there: that they are named is enough.
        let run = run.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
        let run = run.env("AWS_REGION", "eu-west-1");
        run.env("AWS_EC2_METADATA_DISABLED", "false").run().ok().json()
    };
    Some(match verb {
        "credential-process" => vec![stage.document("my-role"), stage.document("base")],
        "status" => {
            stage.document("my-role");
            vec![
                json(&["status"]),
                json(&["status", "my-role"]),
                json(&["status", "--stores", "--store", "secret-service"]),
            ]
        }
        "log" => {
            stage.helper("my-role").env("CLAUDECODE", "1").run().ok();
            stage.document("base");
            vec![json(&["log"])]
        }
        "whoami" => vec![json(&["whoami", "my-role"])],
        "doctor" => {
            stage.edit_config("[profile second]", "[work]\nregion = eu-west-1\n[profile second]");
            vec![json(&["doctor"]), json(&["doctor", "my-role"])]
        }
        "keys list" => {
            stage.edit_config(
                "[profile second]",
                "[profile stored]\nrolecall_access_key_id = AKIASTOREDSTOREDSTOR\n[profile second]",
            );
            stage
                .sandbox
                .file("home/.local/state/rolecall/keys/AKIASTOREDSTOREDSTOR.rotation", ROTATION);
            vec![json(&["keys", "list"])]
        }
        "keys export" => vec![exported()?],
        "profile list" => {
            stage.document("my-role");
            vec![json(&["profile", "list"])]
        }
        "profile tree" => {
            stage.edit_config(
                "[profile second]",
                "[profile lost]\nrole_arn = PLAIN\nsource_profile = nowhere\n\
                 [profile broken]\nnonsense\n[profile second]",
            );
            vec![json(&["profile", "tree"])]
        }
        "profile show" => SHOWN
            .iter()
            .map(|(name, settings)| {
                let settings = settings.replace("PLAIN", PLAIN);
                stage.edit_config(
                    "[profile my-role]",
                    &format!("[profile {name}]\n{settings}\n[profile my-role]"),
                );
                json(&["profile", "show", name])
            })
            .chain([json(&["profile", "show", "base"]), json(&["profile", "show", "second"])])
            .collect(),
        "serve" => {
            let socket = ["--unix-socket", "socket"];
            vec![
                Server::start(stage, &["my-role"]).document.clone(),
                Server::start(stage, &[&["my-role"], &socket[..]].concat()).document.clone(),
            ]
        }
        "sso accounts" | "sso roles" => {
            let stage = signed_in(&[("222222222222", "Prod")], &["Admin"]);
            let words: Vec<&str> = verb.split(' ').chain(["--output", "json"]).collect();
            vec![stage.sandbox.rolecall(&words).run().ok().json()]
        }
        "sso populate" => populated(),
        _ => return None,
    })
}

/// What `sso populate` prints for a new profile, for one that is renamed, and for one whose role a person
/// removed.
fn populated() -> Vec<Value> {
    let stage = signed_in(&[("222222222222", "Prod")], &["Admin"]);
    let populate = |more: &[&str]| {
        let words = [&["sso", "populate", "--output", "json"], more].concat();
        stage.sandbox.rolecall(&words).run().ok().json()
    };
    let first = populate(&[]);
    assign(&stage, &[("222222222222", "Production")], &["Admin"]);
    let renamed = populate(&["--rename"]);
    stage.edit_config(
        "rolecall_sso_account_id = 222222222222\nrolecall_sso_role_name = Admin\n",
        "",
    );
    vec![first, renamed, populate(&["--dry-run"])]
}

/// What `keys export` prints, with a keychain to export from; `None` where there is none.
fn exported() -> Option<Value> {
    let mut printed = None;
    Stage::with_keyring(|stage, _bus| {
        stage.sandbox.rolecall(&["keys", "import", "base"]).run().ok();
        let export = ["keys", "export", "base", "--yes", "--output", "json"];
        printed = Some(stage.sandbox.rolecall(&export).may_print_secrets().run().ok().json());
    });
    printed
}

/// The record of a rotation.
const ROTATION: &str = r#"{"version": 1, "account": "111111111111", "user": "natan",
    "old": "AKIASTOREDSTOREDSTOR", "new": "AKIANEWNEWNEWNEWNEWN", "step": "switched",
    "keeps_old": false, "began": "2026-01-02T03:04:05Z"}"#;

/// Profiles of all kinds.
const SHOWN: [(&str, &str); 10] = [
    ("twice", "region = eu-west-1\nregion = eu-west-2\noutput = json"),
    ("stored", "rolecall_access_key_id = AKIASTOREDSTOREDSTOR\nrolecall_session = on"),
    ("none", "s3 =\n  max_concurrent_requests = 3"),
    ("web", "role_arn = PLAIN\nweb_identity_token_file = /token"),
    (
        "sso",
        "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n\
         sso_account_id = 222222222222\nsso_role_name = Admin",
    ),
    ("login", "login_session = arn:aws:iam::111111111111:user/natan\nregion = eu-west-1"),
    ("process", "credential_process = /bin/other"),
    ("container", "role_arn = PLAIN\ncredential_source = EcsContainer"),
    ("instance", "role_arn = PLAIN\ncredential_source = Ec2InstanceMetadata"),
    (
        "all",
        "role_arn = PLAIN\nsource_profile = base\nmfa_serial = arn:aws:iam::111111111111:mfa/natan\n\
         rolecall_session_tags = {\"Team\": \"red\"}\nrolecall_confirm = 15m",
    ),
];

/// The documented fields of each verb, with their types.
fn documented() -> BTreeMap<String, BTreeMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let text = fs::read_to_string(path).unwrap();
    let mut verbs: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut verb = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## rolecall ") {
            name.clone_into(&mut verb);
            verbs.entry(verb.clone()).or_default();
        }
        let Some((field, rest)) = line.strip_prefix("| `").and_then(|l| l.split_once("` | "))
        else {
            continue;
        };
        let kind = rest.split(" | ").next().unwrap_or_default();
        verbs.entry(verb.clone()).or_default().insert(field.to_owned(), kind.to_owned());
    }
    verbs
}

/// Goes through `value` and notes the fields that were met, and what is not as the page has it.
struct Reader<'d> {
    documented: &'d BTreeMap<String, String>,
    met: BTreeSet<String>,
    wrong: BTreeSet<String>,
}

impl Reader<'_> {
    fn read(&mut self, value: &Value, path: &str) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    let join =
                        |key: &str| format!("{path}.{key}").trim_start_matches('.').to_owned();
                    let any = join("*");
                    let path = if self.documented.contains_key(&any) { any } else { join(key) };
                    self.note(&path, value);
                    self.read(value, &path);
                }
            }
            Value::Array(elements) => {
                for element in elements {
                    self.read(element, &format!("{path}[]"));
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, path: &str, value: &Value) {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        self.met.insert(path.to_owned());
        match self.documented.get(path) {
            None => {
                self.wrong.insert(format!("`{path}` is printed, and not in docs/json.md"));
            }
            Some(kinds) if !kinds.split(" or ").any(|known| known == kind) => {
                self.wrong.insert(format!("`{path}` is {kind}, and {kinds} in docs/json.md"));
            }
            Some(_) => {}
        }
    }
}

/// The verbs that print JSON: those with `--output json`, and the one that SDKs call.
fn verbs(command: &Command, path: &str, found: &mut Vec<String>) {
    let prints = command.get_arguments().any(|argument| {
        argument.get_id() == "output"
            && argument.get_possible_values().iter().any(|value| value.matches("json", false))
    });
    if prints || path == "credential-process" {
        found.push(path.to_owned());
    }
    for sub in command.get_subcommands() {
        verbs(sub, format!("{path} {}", sub.get_name()).trim_start(), found);
    }
}

#[test]
fn every_field_of_every_verbs_json_is_in_the_docs_and_none_is_there_that_is_not_printed() {
    let mut names = Vec::new();
    verbs(&rolecall::command(), "", &mut names);
    let mut docs = documented();
    let mut wrong = Vec::new();
    for verb in names {
        let Some(documented) = docs.remove(&verb) else {
            wrong.push(format!("docs/json.md has no section '## rolecall {verb}'"));
            continue;
        };
        let stage = need!(Stage::with_keyutils());
        if verb == "keys export" && exported().is_none() {
            continue;
        }
        let Some(printed) = printed(&stage, &verb) else {
            wrong.push(format!("tests/it/json.rs does not know how to run 'rolecall {verb}'"));
            continue;
        };
        let mut reader =
            Reader { documented: &documented, met: BTreeSet::new(), wrong: BTreeSet::new() };
        for value in &printed {
            reader.read(value, "");
        }
        let unmet = documented.keys().filter(|field| !reader.met.contains(*field));
        let unmet = unmet.map(|field| format!("`{field}` is in docs/json.md, and never printed"));
        let all = reader.wrong.iter().cloned().chain(unmet);
        wrong.extend(all.map(|what| format!("rolecall {verb}: {what}")));
    }
    let nobodys =
        docs.keys().map(|verb| format!("docs/json.md is about '{verb}', which prints none"));
    wrong.extend(nobodys);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
