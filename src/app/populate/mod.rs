//! A profile for every account and role that a sign-in to IAM Identity Center gives access to.
//!
//! A populated profile is known by the key `rolecall_populated_by`, its account and its role. Only
//! what makes it such a profile is ever changed: a name, a region or a comment that a person has
//! edited stays, and a second run changes nothing.

mod names;
mod template;

pub(crate) use names::{AssignedRole, Assignment};
pub(crate) use template::{DEFAULT_TEMPLATE, Fields, Template};

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
};

use names::{Naming, new_names};

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    ini::{Document, KeyPath, NewSection},
    plan::check_setting,
    profile::{
        DEFAULT_PROFILE, Edited, File, FileEdit, Files, Key, ProcessLine, Profile, ProfileEditor,
        ProfileSet, Which, check_new_name, header, names_mentioned, process_line,
    },
};

const MARKER: &str = Key::PopulatedBy.prefixed();
const PROCESS: &str = Key::CredentialProcess.name();

/// What to populate with.
pub(crate) struct Population<'p> {
    /// The name of the `sso-session` section.
    pub(crate) session: &'p str,
    /// The roles that get a profile.
    pub(crate) roles: Vec<AssignedRole>,
    pub(crate) template: Template,
    /// Settings of new profiles.
    pub(crate) settings: Vec<(String, String)>,
    /// The path of rolecall; `None` for profiles that the SDKs read without rolecall.
    pub(crate) program: Option<PathBuf>,
    /// Whether a populated profile is known to be gone from AWS if its role is not among `roles`;
    /// `None` if the listing is not complete.
    pub(crate) is_in_scope: Option<&'p dyn Fn(&Assignment) -> bool>,
    /// Whether to remove the profiles that are gone.
    pub(crate) prune: bool,
    /// Whether existing profiles get the names that they would have if they were new.
    pub(crate) rename: bool,
}

/// What names depend on, besides the roles.
struct Known<'k> {
    /// The populated profiles of the session.
    existing: &'k HashMap<Assignment, String>,
    /// The names of all profiles.
    taken: &'k HashSet<String>,
    /// The names that can't be given up, because the credentials file has them.
    held: &'k HashSet<String>,
}

/// What profiles are called.
#[derive(Default)]
struct Names {
    /// Those without a profile.
    added: BTreeMap<Assignment, String>,
    /// The new name of each existing profile that has another.
    renamed: HashMap<String, String>,
}

/// What populating changed, or would change.
#[derive(Debug, Default)]
pub(crate) struct Populated {
    /// The populated profiles of the session, sorted by name; also those that were removed.
    pub(crate) profiles: Vec<PopulatedProfile>,
}

/// A profile that populating wrote, in this run or an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PopulatedProfile {
    /// Its name after the run.
    pub(crate) name: String,
    /// Its account and role; `None` if a person removed one of them.
    pub(crate) assignment: Option<Assignment>,
    /// What became of it.
    pub(crate) change: Change,
    /// Its name before the run, if that was another.
    pub(crate) old_name: Option<String>,
}

/// What became of a populated profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// It is new.
    Added,
    /// It has another name.
    Renamed,
    /// Nothing.
    Unchanged,
    /// Its role is gone, and it was removed.
    Removed,
    /// Its role is gone, but other profiles use it.
    InUse,
    /// Its role is gone, and it was left.
    Gone,
}

impl Populated {
    /// Returns those that had this change.
    pub(crate) fn with(&self, change: Change) -> impl Iterator<Item = &PopulatedProfile> {
        self.profiles.iter().filter(move |profile| profile.change == change)
    }
}

impl Population<'_> {
    /// Checks a setting of new profiles.
    ///
    /// # Errors
    /// Of kind `Usage` if its value is invalid, or if populating sets the key itself.
    pub(crate) fn check_setting(key: &str, value: &str) -> Result<()> {
        let own = [
            Key::SsoSession,
            Key::SsoAccountId,
            Key::SsoRoleName,
            Key::CredentialProcess,
            Key::PopulatedBy,
        ];
        if own.iter().any(|own| own.names().any(|name| name.eq_ignore_ascii_case(key))) {
            return Err(Error::new(
                Kind::Usage,
                format!("'{key}' is set by 'sso populate' itself"),
            ));
        }
        check_setting(key, value)
    }

    /// Edits the config file. With `dry_run`, only the result says what would change.
    ///
    /// # Errors
    /// If the file can't be read or written, or a name is not valid.
    pub(crate) fn write(&self, context: &Context, dry_run: bool) -> Result<(Populated, Edited)> {
        let path = Which::Config.path(context)?;
        let credentials = Which::Credentials.path(context)?;
        let mut populated = Populated::default();
        let edited = FileEdit { path: &path, dry_run }.apply(context, |document| {
            let other = File::read(Which::Credentials, credentials.clone())?;
            populated = self.edit(document, &path, other)?;
            Ok(())
        })?;
        Ok((populated, edited))
    }

    fn edit(&self, document: &mut Document, path: &Path, credentials: File) -> Result<Populated> {
        // An error with the line, if there is one that is not UTF-8.
        ProfileEditor::new(document, Which::Config, path)?;
        let text = String::from_utf8_lossy(&document.to_bytes()).into_owned();
        let config = File::of_text(Which::Config, path.to_owned(), text)?;
        let files = Files { config, credentials };
        let set = ProfileSet::new(&files);
        // A profile that can't be read is not one of ours, but it has its name.
        let mut taken: HashSet<String> =
            set.names().into_iter().map(std::borrow::Cow::into_owned).collect();
        // It is what every tool uses without being asked to.
        taken.insert(DEFAULT_PROFILE.to_owned());
        let profiles: Vec<Profile<'_>> = set.profiles().flatten().collect();
        let ours: Vec<&Profile<'_>> =
            profiles.iter().filter(|profile| self.is_ours(profile)).collect();
        let mut existing: HashMap<Assignment, String> = HashMap::new();
        for profile in &ours {
            if let Some(assignment) = assignment(profile) {
                // Of two copies, the first one is the profile.
                existing.entry(assignment).or_insert_with(|| profile.name.clone());
            }
        }
        let held = names_mentioned(&files.credentials);
        let named = self.names(&Known { existing: &existing, taken: &taken, held: &held })?;
        let mut editor = ProfileEditor::new(document, Which::Config, path)?;
        editor.rename_all(&named.renamed)?;
        let mut sections = Vec::new();
        for (assignment, name) in &named.added {
            let properties = self.properties(name, assignment)?;
            sections.push(NewSection { header_name: header(name, Which::Config), properties });
        }
        document
            .add_sections(&sections)
            .map_err(|refusal| Error::new(Kind::Usage, refusal.to_string()))?;
        let mut editor = ProfileEditor::new(document, Which::Config, path)?;
        for profile in &ours {
            // A profile that a person renamed still runs rolecall for its old name.
            let is_of_other = matches!(ProcessLine::of(profile),
                Some(ProcessLine::Ours(other)) if *other != profile.name);
            if let (Some(program), true) = (&self.program, is_of_other) {
                let name = named.renamed.get(&profile.name).unwrap_or(&profile.name);
                let line = process_line(program, name)?;
                editor.set(name, &KeyPath::top(PROCESS), &line)?;
            }
        }
        let gone: HashSet<&str> = self.gone(&ours).into_iter().collect();
        let mut used = HashSet::new();
        if self.prune {
            used = used_by_others(&profiles, &gone);
            editor.remove_all(&gone.difference(&used).copied().collect())?;
        }
        let of_ours = ours.iter().map(|profile| {
            let new_name = named.renamed.get(&profile.name);
            let change = match &*profile.name {
                name if used.contains(name) => Change::InUse,
                name if gone.contains(name) && self.prune => Change::Removed,
                name if gone.contains(name) => Change::Gone,
                _ if new_name.is_some() => Change::Renamed,
                _ => Change::Unchanged,
            };
            PopulatedProfile {
                name: new_name.unwrap_or(&profile.name).clone(),
                assignment: assignment(profile),
                change,
                old_name: new_name.map(|_| profile.name.clone()),
            }
        });
        let added = named.added.iter().map(|(assignment, name)| PopulatedProfile {
            name: name.clone(),
            assignment: Some(assignment.clone()),
            change: Change::Added,
            old_name: None,
        });
        let mut profiles: Vec<PopulatedProfile> = of_ours.chain(added).collect();
        profiles.sort();
        Ok(Populated { profiles })
    }

    /// Returns the names of new profiles, and the new names of others.
    fn names(&self, known: &Known<'_>) -> Result<Names> {
        let Known { existing, taken, held } = *known;
        let is_fixed = |name: &str| !self.rename || held.contains(name);
        let own: HashSet<&String> = existing.values().collect();
        let mut taken = taken.clone();
        taken.retain(|name| is_fixed(name) || !own.contains(name));
        let listed: HashSet<&Assignment> = self.roles.iter().map(|role| &role.assignment).collect();
        let stays = |(assignment, name): &(&Assignment, &String)| {
            is_fixed(name) || !listed.contains(assignment)
        };
        let fixed: HashMap<Assignment, String> =
            existing.iter().filter(stays).map(|(it, name)| (it.clone(), name.clone())).collect();
        taken.extend(fixed.values().cloned());
        let naming = Naming {
            template: &self.template,
            session: self.session,
            existing: &fixed,
            taken: &taken,
        };
        let mut names = Names::default();
        for (assignment, name) in new_names(&self.roles, &naming) {
            check_new_name(&name)?;
            match existing.get(&assignment) {
                Some(old) if *old == name => {}
                Some(old) => drop(names.renamed.insert(old.clone(), name)),
                None => drop(names.added.insert(assignment, name)),
            }
        }
        Ok(names)
    }

    /// Returns the names of the profiles whose roles are gone.
    fn gone<'a>(&self, ours: &[&'a Profile<'_>]) -> Vec<&'a str> {
        let Some(is_in_scope) = self.is_in_scope else { return Vec::new() };
        let listed: HashSet<&Assignment> = self.roles.iter().map(|role| &role.assignment).collect();
        let is_gone = |profile: &&&Profile<'_>| {
            assignment(profile).is_some_and(|it| !listed.contains(&it) && is_in_scope(&it))
        };
        ours.iter().filter(is_gone).map(|profile| &*profile.name).collect()
    }

    fn is_ours(&self, profile: &Profile<'_>) -> bool {
        profile.get(Key::PopulatedBy).is_some_and(|(session, _)| session == self.session)
    }

    /// Returns the settings of a new profile.
    fn properties(&self, name: &str, assignment: &Assignment) -> Result<Vec<(&str, String)>> {
        let given = self.settings.iter().map(|(key, value)| (&**key, value.clone()));
        let mut properties: Vec<(&str, String)> = given.collect();
        let line = self.program.as_ref().map(|program| process_line(program, name)).transpose()?;
        let is_managed = line.is_some();
        properties.extend(line.map(|line| (PROCESS, line)));
        let spelled = |key: Key| if is_managed { key.prefixed() } else { key.name() };
        properties.extend([
            (spelled(Key::SsoSession), self.session.to_owned()),
            (spelled(Key::SsoAccountId), assignment.account_id.clone()),
            (spelled(Key::SsoRoleName), assignment.role_name.clone()),
            (MARKER, self.session.to_owned()),
        ]);
        Ok(properties)
    }
}

/// Returns those of `gone` that a profile which stays gets credentials from, itself or through others.
fn used_by_others<'a>(profiles: &[Profile<'_>], leaving: &HashSet<&'a str>) -> HashSet<&'a str> {
    let mut used = HashSet::new();
    let mut staying: Vec<&Profile<'_>> =
        profiles.iter().filter(|profile| !leaving.contains(&*profile.name)).collect();
    while let Some(profile) = staying.pop() {
        let source = profile.get(Key::SourceProfile).map(|(name, _)| name.to_owned());
        let process = ProcessLine::of(profile).and_then(|line| match line {
            ProcessLine::Ours(name) => Some(name.clone()),
            _ => None,
        });
        for name in source.into_iter().chain(process) {
            let Some(name) = leaving.get(&*name).filter(|name| !used.contains(*name)) else {
                continue;
            };
            used.insert(*name);
            staying.extend(profiles.iter().filter(|profile| profile.name == *name));
        }
    }
    used
}

fn assignment(profile: &Profile<'_>) -> Option<Assignment> {
    Some(Assignment {
        account_id: profile.get(Key::SsoAccountId)?.0.to_owned(),
        role_name: profile.get(Key::SsoRoleName)?.0.to_owned(),
    })
}

#[cfg(test)]
mod tests;
