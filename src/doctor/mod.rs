//! What is wrong, and what to do about it: the way that a call takes, from the files to the answer.
//!
//! [`examine`] reads what the other verbs read, by the same code, and turns their errors and warnings
//! into [`Finding`]s; it has no rules of its own for what those judge. Each topic is one file, whose
//! checks are functions from what was read to findings. [`Check`] lists them all.
//!
//! Without being told to go online, nothing here uses the network or runs another program.

mod callers;
mod check;
mod console_session;
mod denied;
mod environment;
mod file_text;
mod finding;
mod fix;
mod folder;
mod headers;
mod hops;
mod identity;
mod inline_comments;
mod keys;
mod mfa_account;
mod network;
mod process_run;
mod profiles;
mod programs;
mod report;
mod sections;
mod share;
mod sign_ins;
mod state;
mod stores;
mod subject;
mod traps;
mod values;

pub(crate) use check::Check;
pub(crate) use finding::{Finding, Severity};
pub(crate) use fix::Fix;
pub(crate) use report::Report;

use crate::{
    context::Context,
    profile::ProfileSet,
    session::{Freshness, Overview},
};
use identity::Means;
use sign_ins::Need;
use subject::Subject;

/// What to examine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Examination {
    /// Only this profile and those that it gets its credentials from; `None`: all profiles.
    pub(crate) profile: Option<String>,
    /// The name of the store.
    pub(crate) store: String,
    /// Whether to ask AWS, and to run other programs.
    pub(crate) is_online: bool,
}

/// Examines the files, the environment and what else a call depends on.
pub(crate) fn examine(context: &Context, examination: Examination) -> Report {
    let Examination { profile, store, is_online } = examination;
    let mut findings = file_text::check(context);
    let mut overview = Overview::read(context, 0);
    let subject = Subject::read(context, &mut findings);
    let mut denied = denied::Explanation::default();
    let set = subject.files.as_ref().map(ProfileSet::indexed);
    if let (Some(files), Some(set)) = (&subject.files, &set) {
        let material = profiles::Material { context, files, set, overview: &overview };
        let scope = profiles::check(&material, profile.as_deref(), &mut findings);
        findings.extend(headers::check(files, set, &scope));
        findings.extend(state::failures(context, &overview, &scope));
        findings.extend(environment::plain_endpoints(context, &scope.plans));
        if is_online {
            findings.extend(network::check(context, &scope.plans));
            if let (Some(_), [plan]) = (&profile, &*scope.plans) {
                let means = Means { context, files, store: &store };
                let asked = identity::check(&means, plan);
                findings.extend(asked.findings);
                findings.extend(hops::assignment(&means, plan));
                if asked.is_denied {
                    denied = denied::explain(&means, plan);
                    findings.append(&mut denied.findings);
                }
                if asked.identity.is_some() {
                    findings.extend(hops::check(&means, plan));
                    findings.extend(process_run::check(context, set, plan.name()));
                }
                findings.extend(callers::check(context, plan, asked.identity.as_ref()));
            }
            overview = Overview::read(context, 0);
        }
        let named = profile.as_deref().filter(|_| !is_online);
        let need = need(context, &overview, named);
        findings.extend(scope.sign_ins.check(context, set, need));
    }
    findings.extend(environment::check(context, set.as_ref()));
    findings.extend(stores::check(context, &store));
    findings.extend(state::check(context, &overview));
    let denied::Explanation { questions, private, .. } = denied;
    Report { questions, private, ..Report::new(profile, findings) }
}

/// How much depends on the sign-in of `named`: everything, unless it has a session. A profile that was just
/// tried online is not judged by this.
fn need(context: &Context, overview: &Overview, named: Option<&str>) -> Need {
    let Some(name) = named else { return Need::Some };
    let has_session = overview.records.iter().any(|(_, record)| {
        record.profile.as_deref() == Some(name)
            && record.freshness(context.now()) != Freshness::Ended
    });
    if has_session { Need::Some } else { Need::All }
}
