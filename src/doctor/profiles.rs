//! Profiles, and the profiles that they get their credentials from.

use std::{collections::HashSet, path::Path, sync::Arc};

use super::{
    check::Check,
    finding::{Finding, Severity},
    keys,
    mfa_account::KeyAccounts,
    programs::Programs,
    sign_ins::SignIns,
    traps, values,
};
use crate::{
    app::cap_warning,
    context::Context,
    error::{Reason, Result},
    plan::{Environment, Plan, Request, Source, check_agent_policy, resolve, resolve_with_chain},
    profile::{Files, Key, Profile, ProfileSet, Setting, Topic},
    session::{Overview, expired_in_file},
};

/// The profiles that are examined.
pub(super) struct Scope {
    /// `None`: all of them.
    names: Option<HashSet<String>>,
    /// Those that call different services; the named profile's, if one is named.
    pub(super) plans: Vec<Plan>,
    /// What people sign in to for them.
    pub(super) sign_ins: SignIns,
}

impl Scope {
    /// Whether the profile `name` is examined.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(name))
    }
}

/// What profiles are examined with.
pub(super) struct Material<'m, 'a> {
    pub(super) context: &'m Context,
    pub(super) files: &'a Files,
    pub(super) set: &'m ProfileSet<'a>,
    pub(super) overview: &'m Overview,
}

/// Examines the profile `wanted` and its sources, or all profiles, and adds what is wrong to
/// `findings`. Returns which profiles these are.
pub(super) fn check(
    material: &Material<'_, '_>,
    wanted: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Scope {
    let Material { context, set, .. } = *material;
    let mut pass = Pass {
        material,
        programs: Programs::new(context),
        accounts: KeyAccounts::new(material.overview),
        found: Vec::new(),
        refused: Vec::new(),
        usable: 0,
        plans: Vec::new(),
        sign_ins: SignIns::default(),
        in_loops: HashSet::new(),
    };
    let (names, all) = match wanted {
        Some(name) => (Some(pass.named(name)), 1),
        None => (None, pass.all()),
    };
    let Pass { programs, found, refused, usable, plans, sign_ins, .. } = pass;
    // The first thing that is wrong with a value is also what the plan refuses.
    let places: HashSet<_> = found.iter().filter_map(place).collect();
    let is_new = |it: &Finding| {
        let is_value = matches!(it.check, Check::InvalidValue | Check::MisspeltKey);
        !is_value || place(it).is_none_or(|place| !places.contains(&place))
    };
    let refused: Vec<Finding> = refused.into_iter().filter(is_new).collect();
    findings.extend(found);
    findings.extend(refused);
    findings.extend(all_well(set, usable, all));
    findings.push(programs.installed());
    Scope { names, plans, sign_ins }
}

/// One pass over the profiles.
struct Pass<'p, 'm, 'a> {
    material: &'p Material<'m, 'a>,
    programs: Programs<'m>,
    accounts: KeyAccounts<'m>,
    /// What is wrong with settings.
    found: Vec<Finding>,
    /// What is wrong with plans.
    refused: Vec<Finding>,
    usable: usize,
    plans: Vec<Plan>,
    sign_ins: SignIns,
    in_loops: HashSet<String>,
}

/// What became of a profile.
struct Resolved<'r, 'a> {
    /// The profiles up to where it failed.
    chain: &'r [String],
    plan: Result<Plan>,
    /// The profile, if it may be there for its settings only.
    settings: Option<&'r Profile<'a>>,
}

impl<'a> Pass<'_, '_, 'a> {
    /// Examines one profile and those of its chain. Returns their names.
    fn named(&mut self, name: &str) -> HashSet<String> {
        let set = self.material.set;
        let mut names = HashSet::from([name.to_owned()]);
        if let Ok(Some(profile)) = set.profile(name) {
            names.extend(self.plan(&profile, true));
        } else {
            // The error says what is wrong with it, or that it does not exist.
            let environment = Environment::of(self.material.context);
            let plan = resolve(&Request::profile(name), set, environment);
            self.judge(name, Resolved { chain: &[], plan, settings: None });
        }
        for profile in names.iter().filter_map(|name| set.profile(name).ok()?) {
            self.settings(&profile);
        }
        names
    }

    /// Examines all profiles, and returns their number. Each is read once, and forgotten.
    fn all(&mut self) -> usize {
        let mut count = 0;
        for (name, profile) in self.material.set.named_profiles() {
            count += 1;
            match profile {
                Ok(profile) => {
                    self.settings(&profile);
                    self.plan(&profile, false);
                }
                Err(error) => {
                    self.judge(&name, Resolved { chain: &[], plan: Err(error), settings: None });
                }
            }
        }
        count
    }

    /// Examines the settings of one profile by themselves.
    fn settings(&mut self, profile: &Profile<'a>) {
        let Material { context, files, .. } = *self.material;
        self.found.extend(values::check(files, profile));
        self.found.extend(keys::check(context, profile));
        self.found.extend(traps::check(profile, self.programs.own()));
        self.found.extend(self.programs.check(files, profile));
    }

    /// Examines where the credentials of a profile come from. Returns its chain.
    fn plan(&mut self, profile: &Profile<'a>, is_named: bool) -> Vec<String> {
        let environment = Environment::of(self.material.context);
        let (chain, plan) = resolve_with_chain(profile, self.material.set, environment);
        let settings = Some(profile).filter(|_| !is_named);
        self.judge(&profile.name, Resolved { chain: &chain, plan, settings });
        chain
    }

    fn judge(&mut self, name: &str, resolved: Resolved<'_, '_>) {
        let Resolved { chain, plan, settings } = resolved;
        match plan.and_then(|plan| plan.check_forms().map(|()| plan)) {
            Ok(plan) => {
                self.usable += 1;
                self.of_plan(&plan);
                let has_own_service = self.sign_ins.note(&plan)
                    || matches!(
                        plan.base.source,
                        Source::Container { .. } | Source::InstanceMetadata { .. }
                    );
                let last = self.plans.last();
                if has_own_service || last.is_none_or(|last: &Plan| last.aws != plan.aws) {
                    self.plans.push(plan);
                }
            }
            // Without anything about credentials, it is only there for its settings.
            Err(error)
                if error.reason() == Some(Reason::NoCredentials)
                    && chain.len() == 1
                    && settings.is_some_and(has_only_settings) =>
            {
                self.usable += 1;
            }
            // Each profile of a loop leads to the same one.
            Err(error) if error.reason() == Some(Reason::Loop) => {
                if !chain.iter().any(|name| self.in_loops.contains(name)) {
                    self.refused.push(Finding::of_error(&error).of_profile(name));
                }
                self.in_loops.extend(chain.iter().cloned());
            }
            Err(error) => self.refused.push(Finding::of_error(&error).of_profile(name)),
        }
    }

    /// What is wrong with a profile that can be resolved.
    fn of_plan(&mut self, plan: &Plan) {
        if let Some(error) = expired_in_file(&plan.base, self.material.context.now()) {
            let finding = Finding::of_error(&error).of_profile(&plan.base.profile);
            self.refused.push(Finding { check: Check::ExpiredKeys, ..finding });
        }
        self.refused.extend(self.accounts.check(plan));
        if let Err(error) = check_agent_policy(plan, self.material.set) {
            let finding = Finding::of_error(&error).of_profile(plan.name());
            let severity = Severity::Warning;
            self.refused.push(Finding { check: Check::AgentPolicy, severity, ..finding });
        }
        for hop in &plan.hops {
            if let Some(warning) = cap_warning(hop) {
                let finding = Finding::warning(Check::CappedDuration, warning);
                self.refused.push(
                    finding
                        .of_profile(plan.name())
                        .at(hop.places.duration_seconds.clone())
                        .remedy("set the duration to 3600 s or less, or remove it"),
                );
            }
        }
    }
}

/// Whether a profile says nothing about credentials, such as one with a region only.
fn has_only_settings(profile: &Profile<'_>) -> bool {
    let about_credentials = |setting: &Setting<'_>| {
        let topic = Key::of(&setting.key).map(Key::topic);
        matches!(topic, Some(Topic::Role | Topic::Session | Topic::Base | Topic::Keys))
    };
    !profile.settings.iter().any(about_credentials)
}

fn place(finding: &Finding) -> Option<(Arc<Path>, usize)> {
    finding.at.as_ref().map(|at| (at.file.clone(), at.line))
}

/// The line that says how many profiles can be used; `None` if it would not be good news.
fn all_well(set: &ProfileSet<'_>, usable: usize, all: usize) -> Option<Finding> {
    if set.is_empty() {
        let remedy = "'rolecall keys add base' saves access keys; or 'rolecall sso configure'";
        let text = "there are no AWS profiles yet";
        return Some(Finding::ok(Check::Profiles, text).remedy(remedy));
    }
    let text = match (usable, all) {
        (usable, all) if usable < all => return None,
        (_, 1) => "the profile can be resolved".to_owned(),
        (_, all) => format!("all {all} profiles can be resolved"),
    };
    Some(Finding::ok(Check::Profiles, text))
}
