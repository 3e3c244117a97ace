use std::{fs, io::Write as _};

use super::*;
use crate::{
    app::{DeletedUser, KeyProfile, LocalCleanup, WantedKeyProfile},
    error::Kind,
};

const ARN: &str = "arn:aws:iam::111111111111:role/ci-role";
const LINES: &str = "[profile ci-role]
region = eu-west-1
credential_process = /usr/local/bin/rolecall credential-process ci-role
rolecall_role_arn = arn:aws:iam::111111111111:role/ci-role
rolecall_source_profile = ci
rolecall_external_id = ext-42
";
const SOURCE: &str = "[profile ci]
credential_process = /usr/local/bin/rolecall credential-process ci
rolecall_access_key_id = AKIAIOSFODNN7EXAMPLE
";

struct Home {
    folder: tempfile::TempDir,
    context: Context,
}

impl Home {
    fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_str().unwrap().to_owned();
        let context = Context::made_up([("HOME", home.as_str())], || chrono::DateTime::UNIX_EPOCH);
        fs::create_dir(folder.path().join(".aws")).unwrap();
        let mut file = fs::File::create(folder.path().join(".aws/config")).unwrap();
        file.write_all(config.as_bytes()).unwrap();
        Self { folder, context }
    }

    fn config(&self) -> String {
        fs::read_to_string(self.folder.path().join(".aws/config")).unwrap()
    }

    fn write(&self, roles: Vec<RoleProfile>) -> Result<bool> {
        RoleProfiles::prepare(&self.context, roles)?.write()
    }
}

fn role() -> RoleProfile {
    RoleProfile {
        name: "ci-role".to_owned(),
        role_arn: ARN.to_owned(),
        source_profile: "ci".to_owned(),
        external_id: Some("ext-42".to_owned()),
        region: Some("eu-west-1".to_owned()),
        ..RoleProfile::default()
    }
}

#[test]
#[cfg(unix)] // where the program has this path
fn it_is_written_as_profile_add_does_and_once_alone() {
    let home = Home::with(SOURCE);
    assert!(home.write(vec![role()]).unwrap());
    assert_eq!(home.config(), format!("{SOURCE}\n{LINES}"));
    assert!(!home.write(vec![role()]).unwrap());
    assert_eq!(home.config(), format!("{SOURCE}\n{LINES}"));
}

#[test]
fn one_that_says_the_same_in_other_words_is_left_alone() {
    let config = format!(
        "{SOURCE}[profile ci-role]\nRegion=us-east-2\noutput = json\n\
         credential_process = rolecall credential-process --profile ci-role\n\
         role_arn = {ARN}\nsource_profile = ci\nrolecall_external_id=ext-42\n\
         rolecall_duration_seconds = 900\n"
    );
    let home = Home::with(&config);
    assert!(!home.write(vec![role()]).unwrap());
    assert_eq!(home.config(), config);
}

#[test]
fn one_that_says_something_else_is_an_error_with_its_place() {
    let others: [(&str, &str, &str); 6] = [
        ("role/ci-role", "role/other", "rolecall_role_arn"),
        ("source_profile = ci", "source_profile = other", "rolecall_source_profile"),
        ("= ext-42", "= ext-43", "rolecall_external_id"),
        ("rolecall_external_id = ext-42\n", "", "rolecall_external_id"),
        ("ext-42", "ext-42\nmfa_serial = arn:aws:iam::111111111111:mfa/x", "mfa_serial"),
        ("rolecall credential", "other get", "credential_process"),
    ];
    for (from, to, setting) in others {
        let config = format!("{SOURCE}\n{}", LINES.replacen(from, to, 1));
        let home = Home::with(&config);
        let refused = home.write(vec![role()]).unwrap_err();
        assert_eq!(refused.kind(), Kind::Config);
        let text = refused.to_string();
        assert!(text.contains("profile 'ci-role' already exists"), "{text}");
        assert!(text.contains(&format!("'{setting}'")) && text.contains("config:"), "{text}");
        assert!(!text.contains("ext-4"), "{text}");
        assert_eq!(home.config(), config);
    }
}

#[test]
fn one_that_is_not_managed_is_to_be_adopted() {
    let config = format!(
        "{SOURCE}[profile ci-role]\nrole_arn = {ARN}\nsource_profile = ci\nexternal_id = ext-42\n"
    );
    let refused = Home::with(&config).write(vec![role()]).unwrap_err();
    assert!(refused.hints()[0].contains("rolecall profile adopt ci-role"), "{refused}");
}

#[test]
fn one_of_ours_may_be_changed_and_of_its_lines_no_more_than_that() {
    let home = Home::with(&format!("{SOURCE}\n{LINES}output = json # mine\n"));
    let mut wanted = RoleProfile { may_change: true, ..role() };
    wanted.external_id = None;
    wanted.mfa_serial = Some("arn:aws:iam::111111111111:mfa/ci".to_owned());
    assert!(home.write(vec![wanted.clone()]).unwrap());
    let lines = LINES.replace("rolecall_external_id = ext-42\n", "");
    let device = "rolecall_mfa_serial = arn:aws:iam::111111111111:mfa/ci\n";
    assert_eq!(home.config(), format!("{SOURCE}\n{lines}output = json # mine\n{device}"));
    // Another role's profile is never changed.
    wanted.role_arn = "arn:aws:iam::111111111111:role/other".to_owned();
    home.write(vec![wanted]).unwrap_err();
}

#[test]
fn of_several_one_in_the_way_keeps_all_from_being_written() {
    let config = format!("{SOURCE}\n{}", LINES.replace("ext-42", "ext-43"));
    let home = Home::with(&config);
    let other = RoleProfile { name: "new".to_owned(), ..role() };
    home.write(vec![other.clone(), role()]).unwrap_err();
    assert_eq!(home.config(), config);
    // The same name twice, with two meanings.
    let twice = RoleProfile { external_id: None, ..other.clone() };
    home.write(vec![other, twice]).unwrap_err();
    assert_eq!(home.config(), config);
}

#[test]
fn a_source_must_be_there_or_be_written_with_it() {
    let home = Home::with("");
    let refused = home.write(vec![role()]).unwrap_err();
    assert!(refused.to_string().contains("source profile 'ci' does not exist"), "{refused}");
    let store = Some("none".to_owned());
    let (region, roles) = (None, vec![role()]);
    let wanted = WantedKeyProfile { name: "ci", store, region, roles, dry_run: true };
    let kept = KeyProfile::prepare(&home.context, wanted);
    let refused = kept.err().unwrap();
    assert_eq!(refused.kind(), Kind::Store, "the source is not what is wrong: {refused}");
}

fn leftovers<'c>(home: &'c Home, ids: &[&str]) -> LocalCleanup<'c> {
    let ids = ids.iter().map(|&id| id.to_owned()).collect();
    let user = DeletedUser { name: "ci", ids, roles: vec![role()] };
    LocalCleanup::new(&home.context, user, Some("none".to_owned())).unwrap()
}

#[test]
fn what_is_taken_out_is_ours_alone() {
    let config = format!("[default]\nregion = eu-west-1\n\n{SOURCE}\n{LINES}");
    let home = Home::with(&config);
    let found = leftovers(&home, &["AKIAIOSFODNN7EXAMPLE"]).look().unwrap();
    assert_eq!(found.profiles, ["ci", "ci-role"]);
    assert_eq!(found.keys, ["AKIAIOSFODNN7EXAMPLE"]);
    assert_eq!(found.left, [""; 0]);
    let diff = leftovers(&home, &["AKIAIOSFODNN7EXAMPLE"]).diff().unwrap();
    assert_eq!(diff.matches("\n-[profile").count(), 2, "{diff}");
    // Another key, and another role.
    let found = leftovers(&home, &["AKIAI44QH8DHBEXAMPLE"]).look().unwrap();
    assert_eq!(found.profiles, ["ci-role"]);
    assert!(found.left[0].contains("profile 'ci' stays as it is"), "{found:?}");
    assert!(found.left[0].contains("config:6)"), "{found:?}");
    let home = Home::with(&config.replace("role/ci-role", "role/other"));
    let found = leftovers(&home, &["AKIAIOSFODNN7EXAMPLE"]).look().unwrap();
    assert_eq!(found.profiles, ["ci"]);
    assert!(found.left[0].contains("profile 'ci-role' stays as it is"), "{found:?}");
    assert!(found.left[1].contains("'ci-role' takes credentials from profile 'ci'"), "{found:?}");
}

#[test]
fn a_key_that_nobody_knows_is_found_by_the_roles_profile_alone() {
    let home = Home::with(&format!("{SOURCE}\n{LINES}"));
    let id = Some("AKIAIOSFODNN7EXAMPLE".to_owned());
    assert_eq!(leftovers(&home, &[]).unknown_key().unwrap(), id);
    assert_eq!(leftovers(&home, &["AKIAIOSFODNN7EXAMPLE"]).unknown_key().unwrap(), None);
    let home = Home::with(SOURCE);
    assert_eq!(leftovers(&home, &[]).unknown_key().unwrap(), None);
    let home = Home::with("");
    assert_eq!(leftovers(&home, &[]).unknown_key().unwrap(), None);
}
