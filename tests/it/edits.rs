//! Thousands of edits of configs as people have them: each changes the lines that it is about, and
//! AWS's own reader finds in the result what it should.

use std::{collections::BTreeMap, fmt::Write as _};

use rolecall_ini::{Document, KeyPath, SectionId, Value, sections};
use serde_json::{Value as Json, json};

use crate::support::{clients::require_boto3, sandbox::Sandbox};

const EDITS: usize = 3000;

/// Files of kinds that are met: written by hand, by the AWS CLI, on Windows, by other tools.
const CONFIGS: [&str; 5] = [
    "# work\n[default]\nregion = eu-west-1\noutput = json\n\n# The account of the team.\n[profile team]\n\
     role_arn = arn:aws:iam::222222222222:role/Team\nsource_profile = default\n# region = us-east-1\n\n\
     [profile s3]\ns3 =\n    max_concurrent_requests = 20\n# slow line\n    max_queue_size = 1000\nregion=eu-west-1\n",
    "[default]\nregion=us-east-1\n[profile a]\nRegion=x\ncli_pager=\n[profile b]\nservices = local\n\n\
     [services local]\ns3 =\n  endpoint_url = http://localhost:9000\ndynamodb =\n  endpoint_url = http://localhost:8000",
    "[sso-session corp]\r\nsso_start_url = https://corp.awsapps.com/start#/\r\nsso_region = eu-west-1\r\n\r\n\
     [profile dev]\r\nsso_session = corp\r\nsso_account_id = 222222222222\r\nsso_role_name = Dev\r\n\r\n\
     [profile \"two words\"]\r\nregion = x\r\n",
    "; generated, do not edit\n\n\n[profile p1]\ncredential_process = \"/opt/a b/tool\" --json p1\nregion\t=\teu-west-1\n\n\n\
     [profile p2]\n\n; nothing yet\n\n[profile p3]\nca_bundle   = /etc/ssl/certs/ca.pem\ntcp_keepalive   = true\n\n\n",
    "[default]\n",
];
const KEYS: [&str; 6] = [
    "region",
    "output",
    "s3.max_queue_size",
    "s3.addressing_style",
    "rolecall_external_id",
    "Cli_Pager",
];
const VALUES: [&str; 6] = ["eu-west-1", "a = b", "x#y", "[z]", "", "é/ü?;'\"$%(x)s"];

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

fn path(key: &str) -> KeyPath<'_> {
    key.split_once('.').map_or_else(|| KeyPath::top(key), |(key, sub)| KeyPath::nested(key, sub))
}

/// What one edit did, and between which lines of the old and the new text.
struct Step {
    what: String,
    before: String,
    after: String,
}

fn text(document: &Document) -> String {
    String::from_utf8(document.to_bytes()).unwrap()
}

/// The lines that differ, old and new, between those that both texts begin and end with.
fn changed<'t>(before: &'t str, after: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let (mut old, mut new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let front = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    old.drain(..front);
    new.drain(..front);
    while !old.is_empty() && old.last() == new.last() {
        old.pop();
        new.pop();
    }
    (old, new)
}

fn key_of(line: &str) -> Option<&str> {
    line.split_once('=').map(|(key, _)| key.trim())
}

/// Edits `document` at random; refused edits change nothing, and give `None`.
fn edit(dice: &mut Dice, document: &mut Document, round: usize) -> Option<Step> {
    let before = text(document);
    let all: Vec<(SectionId, String)> =
        document.sections().map(|header| (header.id, header.name.to_owned())).collect();
    let (id, name) = all.get(dice.below(all.len().max(1))).cloned().unzip();
    let key = dice.of(&KEYS);
    let mut most = (1, 1);
    let what = match (dice.below(10), id) {
        (0, _) | (_, None) => {
            let header = format!("profile new-{round}");
            document.add_section(&header, &[("region", "x"), ("output", "")]).unwrap();
            most = (0, 4);
            format!("add [{header}]")
        }
        (1, Some(id)) if all.len() > 2 => {
            document.remove_section(id).unwrap();
            most = (usize::MAX, 0);
            format!("remove {name:?}")
        }
        (2, Some(id)) => {
            document.rename_sections(&[id], &format!("profile renamed-{round}")).unwrap();
            format!("rename {name:?}")
        }
        (3, Some(id)) => {
            let outcome =
                document.rename_key(id, &path(key), &format!("renamed_{}", dice.below(9)));
            if outcome != Ok(true) {
                assert_eq!(text(document), before);
                return None;
            }
            format!("rename {key} of {name:?}")
        }
        (4 | 5, Some(id)) => {
            document.unset(id, &path(key)).unwrap();
            most = (usize::MAX, 0);
            format!("unset {key} of {name:?}")
        }
        (_, Some(id)) => {
            let value = dice.of(&VALUES);
            if document.set(id, &path(key), value).is_err() {
                assert_eq!(text(document), before);
                return None;
            }
            let section = document.section(id).unwrap().properties().unwrap();
            assert_eq!(path(key).find(&section).and_then(Value::text), Some(value));
            most = (usize::MAX, 2);
            format!("set {key} of {name:?} to {value:?}")
        }
    };
    let after = text(document);
    let (old, new) = changed(&before, &after);
    assert!(old.len() <= most.0 && new.len() <= most.1, "{what}:\n{before}\n---\n{after}");
    if what.starts_with("set") || what.starts_with("unset") {
        // Of what is gone or new, every line is one of the key, or of the block below it.
        let (top, sub) = key.split_once('.').unwrap_or((key, key));
        let own = |line: &&str| {
            line.starts_with([' ', '\t'])
                || key_of(line).is_some_and(|found| {
                    found.eq_ignore_ascii_case(top) || found.eq_ignore_ascii_case(sub)
                })
        };
        assert!(old.iter().chain(&new).all(own), "{what}:\n{before}\n---\n{after}");
    }
    let undone = Document::parse(after.as_bytes());
    assert_eq!(undone.to_bytes(), after.as_bytes(), "{what}");
    Some(Step { what, before, after })
}

/// A text as we read it: sections, keys in lower case, nested blocks as objects.
fn read(text: &str) -> Json {
    let mut all = BTreeMap::new();
    for section in sections(text) {
        let section = section.unwrap();
        let keys: serde_json::Map<String, Json> = section
            .properties()
            .unwrap()
            .iter()
            .map(|property| (property.key.to_ascii_lowercase(), value(&property.value)))
            .collect();
        all.insert(section.name.to_owned(), keys);
    }
    json!(all)
}

fn value(value: &Value<'_>) -> Json {
    match value {
        Value::Text(text) => json!(text),
        // In a block, botocore keeps the case.
        Value::Nested(block) => {
            block.iter().map(|sub| (sub.key.to_owned(), json!(sub.value.text()))).collect()
        }
    }
}

/// The texts as botocore reads them, one Python for all.
fn read_by_botocore(python: &std::path::Path, texts: &[&str]) -> Vec<Json> {
    let sandbox = Sandbox::new();
    let script = "import json, sys\n\
                  from botocore.configloader import raw_config_parse\n\
                  for text in json.load(open('texts')):\n\
                  \x20   open('one', 'w', newline='').write(text)\n\
                  \x20   try: print(json.dumps(raw_config_parse('one')))\n\
                  \x20   except Exception as error: print(json.dumps(repr(error)))\n";
    let texts = serde_json::to_vec(texts).unwrap();
    sandbox.file("home/texts", texts);
    let run = sandbox.program(python, &["-c", script]).env("PYTHONUTF8", "1");
    let output = run.run().ok();
    output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn three_thousand_edits_change_their_own_lines_and_read_back_as_botocore_reads_them() {
    let mut dice = Dice(42);
    let mut steps = Vec::new();
    let mut round = 0;
    while steps.len() < EDITS {
        let mut document = Document::parse(dice.of(&CONFIGS).as_bytes());
        for _ in 0..20 {
            round += 1;
            steps.extend(edit(&mut dice, &mut document, round));
        }
    }
    let python = need!(require_boto3());
    let texts: Vec<&str> = steps.iter().map(|step| step.after.as_str()).collect();
    let found = read_by_botocore(&python, &texts);
    assert_eq!(found.len(), steps.len());
    let mut differences = String::new();
    for (step, theirs) in steps.iter().zip(found) {
        if read(&step.after) != theirs {
            writeln!(
                differences,
                "{}:\n{}\n---\n{}\nwe: {}\nbotocore: {theirs}\n",
                step.what,
                step.before,
                step.after,
                read(&step.after)
            )
            .unwrap();
        }
    }
    assert!(differences.is_empty(), "{}", &differences[..differences.len().min(4000)]);
}
