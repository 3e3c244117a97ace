//! Profiles, and the profiles that they get their credentials from.

use std::collections::HashSet;

use super::{
    check::Check, finding::Finding, keys, programs::Programs, sign_ins::SignIns, traps, values,
};
use crate::{
    app::cap_warning,
    context::Context,
    error::Reason,
    plan::{Environment, Plan, Request, resolve_with_chain},
    profile::{Files, Key, ProfileSet, Setting, Topic},
    rules::account_of,
    session::expired_in_file,
};

/// The profiles that are examined.
pub(super) struct Scope {
    /// `None`: all of them.
    names: Option<HashSet<String>>,
    /// Those of different endpoints, each with a profile that calls it; the named profile's, if one is named.
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

/// Examines the profile `wanted` and its sources, or all profiles, and adds what is wrong to
/// `findings`. Returns which profiles these are.
pub(super) fn check(
    context: &Context,
    (files, set): (&Files, &ProfileSet<'_>),
    wanted: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Scope {
    let names: Vec<String> = match wanted {
        Some(name) => vec![name.to_owned()],
        None => set.names().into_iter().map(std::borrow::Cow::into_owned).collect(),
    };
    let (mut refused, mut plans, mut sign_ins) = (Vec::new(), Vec::new(), SignIns::default());
    let (mut chains, mut usable, mut in_loops) = (HashSet::new(), 0, HashSet::new());
    for name in &names {
        let (chain, plan) =
            resolve_with_chain(&Request::profile(&**name), set, Environment::of(context));
        match plan.and_then(|plan| plan.check_forms().map(|()| plan)) {
            Ok(plan) => {
                usable += 1;
                refused.extend(of_plan(context, &plan, set));
                sign_ins.note(&plan);
                if plans.last().is_none_or(|last: &Plan| last.aws != plan.aws) {
                    plans.push(plan);
                }
            }
            // Without anything about credentials, it is only there for its settings.
            Err(error)
                if wanted.is_none()
                    && error.reason() == Some(Reason::NoCredentials)
                    && chain.len() == 1
                    && has_only_settings(set, name) =>
            {
                usable += 1;
            }
            // Each profile of a loop leads to the same one.
            Err(error) if error.reason() == Some(Reason::Loop) => {
                if !chain.iter().any(|name| in_loops.contains(name)) {
                    refused.push(Finding::of_error(&error).of_profile(name));
                }
                in_loops.extend(chain.iter().cloned());
            }
            Err(error) => refused.push(Finding::of_error(&error).of_profile(name)),
        }
        chains.extend(chain);
        chains.insert(name.clone());
    }
    let scope = Scope { names: wanted.map(|_| chains), plans, sign_ins };
    let programs = Programs::new(context);
    let known = findings.len();
    for profile in set.profiles().flatten().filter(|profile| scope.has(&profile.name)) {
        findings.extend(values::check(files, &profile));
        findings.extend(keys::check(context, &profile));
        findings.extend(traps::check(&profile, programs.own()));
        findings.extend(programs.check(files, &profile));
    }
    // The first thing that is wrong with a value is also what the plan refuses.
    let places: HashSet<_> = findings[known..].iter().filter_map(place).collect();
    let is_new = |it: &Finding| {
        let is_value = matches!(it.check, Check::InvalidValue | Check::MisspeltKey);
        !is_value || place(it).is_none_or(|place| !places.contains(&place))
    };
    findings.extend(refused.into_iter().filter(is_new));
    findings.extend(all_well(set, usable, names.len()));
    findings.push(programs.installed());
    scope
}

/// Whether a profile says nothing about credentials, such as one with a region only.
fn has_only_settings(set: &ProfileSet<'_>, name: &str) -> bool {
    let about_credentials = |setting: &Setting<'_>| {
        let topic = Key::of(&setting.key).map(Key::topic);
        matches!(topic, Some(Topic::Role | Topic::Session | Topic::Base | Topic::Keys))
    };
    let profile = set.profile(name).ok().flatten();
    profile.is_some_and(|profile| !profile.settings.iter().any(about_credentials))
}

fn place(finding: &Finding) -> Option<(std::path::PathBuf, usize)> {
    finding.at.as_ref().map(|at| (at.file.clone(), at.line))
}

/// What is wrong with a profile that can be resolved.
fn of_plan(context: &Context, plan: &Plan, set: &ProfileSet<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(error) = expired_in_file(&plan.base, context.now()) {
        let mut finding = Finding::of_error(&error).of_profile(&plan.base.profile);
        finding.check = Check::ExpiredKeys;
        findings.push(finding);
    }
    findings.extend(mfa_of_another_account(plan, set));
    for hop in &plan.hops {
        if let Some(warning) = cap_warning(hop) {
            let finding = Finding::warning(Check::CappedDuration, warning);
            findings.push(
                finding
                    .of_profile(plan.name())
                    .at(hop.places.duration_seconds.clone())
                    .remedy("set the duration to 3600 s or less, or remove it"),
            );
        }
    }
    findings
}

/// The MFA device of an account that the keys are not of, as far as the base names its account.
fn mfa_of_another_account(plan: &Plan, set: &ProfileSet<'_>) -> Option<Finding> {
    let mfa = plan.mfa.as_ref()?;
    let device = account_of(&mfa.serial)?;
    let base = set.profile(&plan.base.profile).ok()??;
    let (account, _) = base.get(Key::AwsAccountId)?;
    (account != device).then(|| {
        let text = format!(
            "the MFA device of '{}' is of account {device}, and the keys of '{}' are of {account}",
            plan.name(),
            plan.base.profile
        );
        Finding::problem(Check::MfaAccount, text)
            .of_profile(plan.name())
            .at(mfa.at.clone())
            .remedy("name the device of the user whose keys these are: 'aws iam list-mfa-devices'")
    })
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
