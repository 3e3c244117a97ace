use super::*;

const PROGRAM: &str = "/bin/rolecall";

fn role(account_id: &str, account_name: &str, role_name: &str) -> AssignedRole {
    AssignedRole {
        assignment: Assignment {
            account_id: account_id.to_owned(),
            role_name: role_name.to_owned(),
        },
        account_name: account_name.to_owned(),
        email: String::new(),
    }
}

fn population(roles: &[AssignedRole]) -> Population<'static> {
    Population {
        session: "corp",
        roles: roles.to_vec(),
        template: Template::parse(DEFAULT_TEMPLATE).unwrap(),
        settings: Vec::new(),
        program: Some(PROGRAM.into()),
        is_in_scope: Some(&|_| true),
        prune: false,
        rename: false,
    }
}

fn names(populated: &Populated, change: Change) -> Vec<&str> {
    populated.with(change).map(|profile| &*profile.name).collect()
}

#[track_caller]
fn edit(population: &Population<'_>, text: &str) -> (String, Populated) {
    let mut document = Document::parse(text.as_bytes());
    let path = Path::new("/config");
    let none = File::of_text(Which::Credentials, path.to_owned(), String::new()).unwrap();
    let populated = population.edit(&mut document, path, none).unwrap();
    (String::from_utf8(document.to_bytes()).unwrap(), populated)
}

fn two() -> [AssignedRole; 2] {
    [role("012345678901", "Prod", "Admin"), role("012345678901", "Prod", "Viewer")]
}

#[test]
fn each_role_gets_a_profile_and_the_second_run_changes_nothing() {
    let mut population = population(&two());
    population.settings = vec![("region".to_owned(), "eu-west-1".to_owned())];
    let before = "# mine\n[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://a\n";
    let (text, populated) = edit(&population, before);
    assert_eq!(names(&populated, Change::Added), ["Prod-Admin", "Prod-Viewer"]);
    assert!(text.starts_with(before));
    let section = "[profile Prod-Admin]\nregion = eu-west-1\n\
                   credential_process = /bin/rolecall credential-process Prod-Admin\n\
                   rolecall_sso_session = corp\nrolecall_sso_account_id = 012345678901\n\
                   rolecall_sso_role_name = Admin\nrolecall_populated_by = corp\n";
    assert!(text.contains(section), "{text}");
    let (again, populated) = edit(&population, &text);
    assert_eq!(again, text);
    assert_eq!(
        (names(&populated, Change::Added).len(), names(&populated, Change::Unchanged).len()),
        (0, 2)
    );
}

#[test]
fn what_a_person_edited_stays() {
    let population = population(&two());
    let (text, _) = edit(&population, "");
    let edited = text
        .replace("[profile Prod-Admin]\n", "[profile mine] # renamed\nregion = us-west-2\n")
        .replace("credential-process Prod-Admin", "credential-process mine");
    let renamed = [role("012345678901", "Production", "Admin"), two()[1].clone()];
    let (again, populated) = edit(&self::population(&renamed), &edited);
    assert_eq!(again, edited, "neither the account's new name nor the person's makes another");
    assert_eq!(names(&populated, Change::Unchanged).len(), 2);
}

#[test]
fn a_profile_renamed_by_hand_runs_rolecall_for_its_new_name() {
    let (text, _) = edit(&population(&two()), "");
    let edited = text.replace("[profile Prod-Admin]", "[profile mine]");
    let (again, _) = edit(&population(&two()), &edited);
    assert!(
        again.contains(
            "[profile mine]\ncredential_process = /bin/rolecall credential-process mine\n"
        )
    );
    assert!(!again.contains("Prod-Admin"));
}

#[test]
fn a_profile_of_another_person_or_session_is_never_taken() {
    let theirs = "[profile Prod-Admin]\nregion = x\n\n[profile Prod-Viewer]\n\
                  rolecall_sso_session = other\nrolecall_sso_account_id = 012345678901\n\
                  rolecall_sso_role_name = Viewer\nrolecall_populated_by = other\n";
    let (text, populated) = edit(&population(&two()), theirs);
    assert!(text.starts_with(theirs));
    assert_eq!(
        names(&populated, Change::Added),
        ["Prod-Admin-012345678901", "Prod-Viewer-012345678901"]
    );
}

#[test]
fn only_what_populate_made_is_pruned_and_nothing_that_is_in_use() {
    let (text, _) = edit(&population(&two()), "[profile own]\nregion = x\n\n");
    let with_user = format!("{text}\n[profile user]\nrole_arn = r\nsource_profile = Prod-Viewer\n");
    let mut empty = population(&[]);
    let (kept, populated) = edit(&empty, &with_user);
    assert_eq!(kept, with_user, "without --prune");
    assert_eq!(names(&populated, Change::Gone).len(), 2);
    empty.prune = true;
    let (pruned, populated) = edit(&empty, &with_user);
    assert_eq!(
        [Change::Removed, Change::InUse].map(|change| names(&populated, change)),
        [["Prod-Admin"], ["Prod-Viewer"]]
    );
    assert!(pruned.contains("[profile own]\n") && pruned.contains("[profile Prod-Viewer]"));
    assert!(!pruned.contains("[profile Prod-Admin]"));
}

#[test]
fn a_partial_listing_prunes_nothing_and_a_filtered_one_only_what_it_covers() {
    let (text, _) = edit(&population(&two()), "");
    let mut partial = population(&two()[..1]);
    partial.prune = true;
    partial.is_in_scope = None;
    assert_eq!(edit(&partial, &text).0, text);
    partial.is_in_scope = Some(&|assignment| assignment.role_name == "Admin");
    assert_eq!(edit(&partial, &text).0, text);
    partial.is_in_scope = Some(&|assignment| assignment.role_name == "Viewer");
    assert_eq!(names(&edit(&partial, &text).1, Change::Removed), ["Prod-Viewer"]);
}

#[test]
fn another_program_that_a_person_chose_stays() {
    let (text, _) = edit(&population(&two()), "");
    let edited = text.replace("/bin/rolecall credential-process Prod-Admin", "/bin/mine");
    assert_eq!(edit(&population(&two()), &edited).0, edited);
}

#[test]
fn the_default_profile_is_never_populated() {
    let mut population = population(&[role("012345678901", "Prod", "default")]);
    population.template = Template::parse("{role_name}").unwrap();
    assert_eq!(names(&edit(&population, "").1, Change::Added), ["default-012345678901"]);
}

#[test]
fn plain_profiles_are_for_sdks_without_rolecall() {
    let mut population = population(&two());
    population.program = None;
    let (text, _) = edit(&population, "");
    let section = "[profile Prod-Admin]\nsso_session = corp\nsso_account_id = 012345678901\n\
                   sso_role_name = Admin\nrolecall_populated_by = corp\n";
    assert!(text.contains(section), "{text}");
    assert!(!text.contains("credential_process"));
    assert_eq!(edit(&population, &text).0, text);
}

#[test]
fn three_thousand_profiles_are_one_edit() {
    let roles: Vec<_> = (0..3000)
        .map(|i| {
            role(
                &format!("{:012}", i / 10),
                &format!("Account {}", i / 10),
                &format!("R{}", i % 10),
            )
        })
        .collect();
    let mut population = population(&roles);
    let (text, populated) = edit(&population, "# mine\n");
    assert_eq!(names(&populated, Change::Added).len(), 3000);
    assert_eq!(edit(&population, &text).0, text);
    population.roles.clear();
    population.prune = true;
    let (text, populated) = edit(&population, &text);
    assert_eq!((&*text, names(&populated, Change::Removed).len()), ("# mine\n", 3000));
}

#[test]
fn settings_that_populating_sets_itself_are_refused() {
    for key in
        ["sso_account_id", "rolecall_sso_session", "credential_process", "ROLECALL_POPULATED_BY"]
    {
        assert_eq!(Population::check_setting(key, "x").unwrap_err().kind(), Kind::Usage, "{key}");
    }
    assert!(Population::check_setting("region", "us_east_1").is_err());
    assert!(Population::check_setting("output", "json").is_ok());
}

#[track_caller]
fn edit_with(population: &Population<'_>, text: &str, credentials: &str) -> (String, Populated) {
    let mut document = Document::parse(text.as_bytes());
    let path = Path::new("/config");
    let other = File::of_text(Which::Credentials, path.to_owned(), credentials.to_owned()).unwrap();
    let populated = population.edit(&mut document, path, other).unwrap();
    (String::from_utf8(document.to_bytes()).unwrap(), populated)
}

#[test]
fn names_follow_aws_if_asked_to_and_nothing_else_changes() {
    let (text, _) = edit(&population(&two()), "");
    let edited = text
        .replace("[profile Prod-Admin]\n", "[profile mine] # my note\nregion = us-west-2\n")
        .replace("credential-process Prod-Admin", "credential-process mine")
        + "\n[profile user]\nrole_arn = r\nsource_profile = Prod-Viewer\n";
    let now =
        [role("012345678901", "Production", "Admin"), role("012345678901", "Production", "Viewer")];
    let mut population = population(&now);
    population.rename = true;
    let (again, populated) = edit(&population, &edited);
    let expected = edited
        .replace("mine] # my note", "Production-Admin] # my note")
        .replace("credential-process mine", "credential-process Production-Admin")
        .replace("Prod-Viewer", "Production-Viewer");
    assert_eq!(again, expected);
    let renamed: Vec<_> = populated.with(Change::Renamed).collect();
    assert_eq!(names(&populated, Change::Renamed), ["Production-Admin", "Production-Viewer"]);
    assert_eq!(renamed[0].old_name.as_deref(), Some("mine"));
    assert_eq!(edit(&population, &again).0, again, "the next run changes nothing");
}

#[test]
fn names_can_change_places_and_clashes_are_resolved_as_for_new_ones() {
    let (text, _) =
        edit(&population(&[role("000000000001", "A", "R"), role("000000000002", "B", "R")]), "");
    let mut swapped = population(&[role("000000000001", "B", "R"), role("000000000002", "A", "R")]);
    swapped.rename = true;
    let (again, populated) = edit(&swapped, &text);
    assert_eq!(names(&populated, Change::Renamed), ["A-R", "B-R"]);
    let of = |name: &str, account: &str| {
        format!(
            "[profile {name}]\ncredential_process = /bin/rolecall credential-process {name}\n\
             rolecall_sso_session = corp\nrolecall_sso_account_id = {account}\n"
        )
    };
    assert!(
        again.contains(&of("B-R", "000000000001")) && again.contains(&of("A-R", "000000000002")),
        "{again}"
    );
    let mut same = population(&[role("000000000001", "A", "R"), role("000000000002", "A", "R")]);
    same.rename = true;
    let (clashing, populated) = edit(&same, &again);
    assert_eq!(names(&populated, Change::Renamed), ["A-R-000000000001", "A-R-000000000002"]);
    assert_eq!(edit(&same, &clashing).0, clashing);
}

#[test]
fn names_that_are_not_free_stay() {
    let (text, _) = edit(&population(&two()), "");
    let mut renaming =
        population(&[role("012345678901", "New", "Admin"), role("012345678901", "New", "Viewer")]);
    renaming.rename = true;
    let theirs = format!("{text}\n[profile New-Viewer]\nregion = x\n");
    let credentials = "[Prod-Admin]\naws_access_key_id = AKIA\n";
    let (again, populated) = edit_with(&renaming, &theirs, credentials);
    assert_eq!(names(&populated, Change::Unchanged), ["Prod-Admin"], "it is in both files");
    assert_eq!(names(&populated, Change::Renamed), ["New-Viewer-012345678901"]);
    assert!(again.contains("[profile New-Viewer]\nregion = x\n"), "{again}");
    let (gone, populated) = edit(&Population { roles: Vec::new(), ..renaming }, &text);
    assert_eq!((gone, populated.with(Change::Gone).count()), (text, 2));
}

#[test]
fn three_thousand_profiles_are_renamed_in_one_edit() {
    let roles = |prefix: &str| -> Vec<_> {
        let role = |i| role(&format!("{i:012}"), &format!("{prefix} {i}"), "R");
        (0..3000).map(role).collect()
    };
    let (text, _) = edit(&population(&roles("Old")), "");
    let mut population = population(&roles("New"));
    population.rename = true;
    let (text, populated) = edit(&population, &text);
    assert_eq!(populated.with(Change::Renamed).count(), 3000);
    assert!(!text.contains("Old") && text.contains("credential-process New-2999-R\n"));
}
