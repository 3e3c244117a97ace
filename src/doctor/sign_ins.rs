//! The sign-ins that profiles use, to IAM Identity Center and with `aws login`: whether they can
//! still be used. Learnt from records and files: no store is asked, and no person.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{check::Check, console_session, finding::Finding, folder};
use crate::{
    context::Context,
    error::{Kind, Location},
    identity_center::{KnownSignIn, Renewal, aws_cache_file},
    plan::{Plan, Source, SsoSession},
    profile::{Misspelt, ProfileSet, as_word, misspelt_in_sign_in},
    session::console_session_file,
};

/// The scope without which there are no refresh tokens.
///
/// Rule: IAM Identity Center User Guide, "Configuring the AWS CLI to use IAM Identity Center":
/// `sso_registration_scopes`.
const RENEWING_SCOPE: &str = "sso:account:access";

/// The sign-ins that the examined profiles use, each once.
#[derive(Default)]
pub(super) struct SignIns {
    known: HashSet<(Option<String>, String)>,
    used: Vec<Used>,
}

/// A sign-in, and the first profile that uses it.
struct Used {
    of: SignInOf,
    profile: String,
    at: Option<Location>,
}

enum SignInOf {
    IdentityCenter(SsoSession),
    /// The ARN of `login_session`.
    Console(String),
}

/// How much depends on a sign-in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// The profile that was asked for has no other credentials now.
    All,
    /// Programs may still have sessions, or don't use its profiles now.
    Some,
}

impl SignIns {
    /// Adds the sign-in of `plan`, if it has one. Returns whether it is new.
    pub(super) fn note(&mut self, plan: &Plan) -> bool {
        let (key, of) = match &plan.base.source {
            Source::Sso(role) => {
                let session = &role.session;
                let key = (session.name.clone(), session.start_url.clone());
                (key, SignInOf::IdentityCenter(session.clone()))
            }
            Source::Login { session } => {
                ((None, session.clone()), SignInOf::Console(session.clone()))
            }
            _ => return false,
        };
        let is_new = self.known.insert(key);
        if is_new {
            let (profile, at) = (plan.base.profile.clone(), plan.base.at.clone());
            self.used.push(Used { of, profile, at });
        }
        is_new
    }

    /// Returns what is wrong with them.
    pub(super) fn check(
        &self,
        context: &Context,
        set: &ProfileSet<'_>,
        need: Need,
    ) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            self.used.iter().flat_map(|used| used.check(context, need)).collect();
        findings.extend(self.same_start_url(set));
        findings.extend(self.used.iter().flat_map(|used| used.misspelt(set)));
        findings
    }

    /// The sections with the start URL of another one: each has a sign-in of its own.
    fn same_start_url(&self, set: &ProfileSet<'_>) -> Vec<Finding> {
        if !self.used.iter().any(|used| matches!(used.of, SignInOf::IdentityCenter(_))) {
            return Vec::new();
        }
        let names = set.sso_session_names();
        let all = names.iter().filter_map(|name| SsoSession::named(name, set).ok());
        let all: Vec<SsoSession> = all.collect();
        let is_same = |one: &SsoSession, other: &SsoSession| {
            plain(&one.start_url) == plain(&other.start_url)
                && (&one.region, &one.scopes) == (&other.region, &other.scopes)
        };
        let is_used = |name: &Option<String>| {
            let of =
                |used: &Used| matches!(&used.of, SignInOf::IdentityCenter(it) if it.name == *name);
            self.used.iter().any(of)
        };
        let finding = |(i, second): (usize, &SsoSession)| {
            let first = all[..i].iter().find(|first| is_same(first, second))?;
            // Sections that nobody uses do no harm.
            (is_used(&first.name) || is_used(&second.name)).then_some(())?;
            let (one, other) = (first.token_name(), second.token_name());
            let text =
                format!("[sso-session {one}] and [sso-session {other}] have the same start URL");
            let at = set.sso_session(other).ok().flatten();
            let at = at.and_then(|settings| {
                Some(settings.iter().find(|it| it.key == "sso_start_url")?.at.clone())
            });
            let remedy = format!("name one of them in all profiles, as 'sso_session = {one}'");
            Some(Finding::warning(Check::SharedStartUrl, text).at(at).remedy(remedy))
        };
        all.iter().enumerate().filter_map(finding).collect()
    }
}

impl Used {
    /// The keys of its section that nobody reads.
    fn misspelt(&self, set: &ProfileSet<'_>) -> Vec<Finding> {
        let SignInOf::IdentityCenter(SsoSession { name: Some(name), .. }) = &self.of else {
            return Vec::new();
        };
        let section = set.sso_session(name).ok().flatten().unwrap_or_default();
        let finding = |found: Misspelt| {
            let text = format!("'{}' of [sso-session {name}] is not a known key", found.key);
            let remedy = format!("did you mean '{}'?", found.meant);
            Finding::warning(Check::MisspeltKey, text).at(found.at).remedy(remedy)
        };
        misspelt_in_sign_in(&section).into_iter().map(finding).collect()
    }

    fn check(&self, context: &Context, need: Need) -> Vec<Finding> {
        let word = as_word(&self.profile);
        let (name, known, login) = match &self.of {
            SignInOf::IdentityCenter(session) => (
                format!("the sign-in to '{}'", session.token_name()),
                KnownSignIn::of(context, session),
                session.login_command(&word),
            ),
            SignInOf::Console(session) => (
                format!("the sign-in of 'aws login' for {session}"),
                console_session::known(context, session),
                format!("aws login --profile {word}"),
            ),
        };
        let now = context.now();
        let mut findings = vec![match &known {
            None => missing(&name, need),
            Some(known) if known.is_over(now) => expired(expiry(&name, known, now), need),
            Some(known) => usable(&name, known, now),
        }];
        findings.extend(self.scopes());
        for finding in findings.iter_mut().filter(|it| it.is_trouble() && it.remedy.is_none()) {
            finding.remedy = Some(format!("'{login}' signs in"));
        }
        findings.extend(self.file(context).and_then(|file| unusable_file(&file, context.home())));
        let place = |it: Finding| Finding { at: it.at.clone().or(self.at.clone()), ..it };
        findings.into_iter().map(|it| place(it).of_profile(&self.profile)).collect()
    }

    /// The scopes in the config file, if sign-ins with them can't be renewed.
    fn scopes(&self) -> Option<Finding> {
        let SignInOf::IdentityCenter(session) = &self.of else { return None };
        let name = session.name.as_ref()?;
        if session.scopes.iter().any(|scope| scope == RENEWING_SCOPE) {
            return None;
        }
        let text =
            format!("sso_registration_scopes of [sso-session {name}] lacks {RENEWING_SCOPE}");
        let remedy = format!("add {RENEWING_SCOPE} to it, then 'rolecall sso login {name}'");
        Some(Finding::warning(Check::UnrenewedSignIn, text).remedy(remedy))
    }

    fn file(&self, context: &Context) -> Option<PathBuf> {
        match &self.of {
            SignInOf::IdentityCenter(session) => aws_cache_file(context, session),
            SignInOf::Console(session) => console_session_file(context, session),
        }
    }
}

/// Nobody has signed in yet, as far as that is known.
fn missing(name: &str, need: Need) -> Finding {
    let text = format!("{name} does not exist yet");
    match need {
        Need::All => needs_person(text),
        Need::Some => Finding::ok(Check::SignIn, text),
    }
}

/// Returns a sentence with how long ago a sign-in expired, and why it was not renewed.
fn expiry(name: &str, known: &KnownSignIn, now: DateTime<Utc>) -> String {
    let ago = length(now - known.ends);
    let why = match known.renewal {
        Renewal::RegistrationEnded(_) => ", and so has its registration",
        Renewal::Refused => ", and AWS refused to renew it",
        Renewal::NoToken => ", and it has no refresh token",
        Renewal::Possible(_) => "",
    };
    format!("{name} expired {ago} ago{why}")
}

fn expired(text: String, need: Need) -> Finding {
    match need {
        Need::All => needs_person(text),
        Need::Some => Finding::warning(Check::ExpiredSignIn, text),
    }
}

fn needs_person(text: String) -> Finding {
    Finding { kind: Kind::NeedsHuman, ..Finding::problem(Check::ExpiredSignIn, text) }
}

fn usable(name: &str, known: &KnownSignIn, now: DateTime<Utc>) -> Finding {
    let left = known.ends - now;
    let lasts = if left > TimeDelta::zero() {
        format!("{name} is valid for {}", length(left))
    } else {
        format!("{name} is renewed by the next call")
    };
    let why = match known.renewal {
        Renewal::Possible(Some(until)) => {
            let text = format!("{lasts}; it can be renewed for at most {}", length(until - now));
            return Finding::ok(Check::SignIn, text);
        }
        Renewal::Possible(None) => return Finding::ok(Check::SignIn, lasts),
        Renewal::RegistrationEnded(_) => "because its registration has expired",
        Renewal::NoToken => "because it was created without a scope that allows that",
        Renewal::Refused => "because AWS refused to",
    };
    Finding::warning(Check::UnrenewedSignIn, format!("{lasts} and can't be renewed, {why}"))
}

/// What is wrong with the file of a sign-in or its folder, where AWS tools look for it and renew it.
fn unusable_file(file: &Path, home: Option<&Path>) -> Option<Finding> {
    let (path, why) = match folder::fault_of_folder(file.parent()?, home) {
        Some(fault) => fault,
        None => (file.to_owned(), folder::fault_of_file(file)?),
    };
    let shown = path.display().to_string();
    let word = as_word(&shown);
    let remedy = match why {
        folder::Fault::OfAnother => format!("'sudo chown -R \"$(id -un)\" {word}'"),
        folder::Fault::NotWritable if path.is_dir() => format!("'chmod u+rwx {word}'"),
        folder::Fault::NotWritable => format!("'chmod u+rw {word}'"),
        folder::Fault::NoFolder => format!("remove {shown}: it must be a directory"),
    };
    let text = format!("{shown} {}", why.words());
    Some(Finding::warning(Check::SignInFolder, text).remedy(remedy))
}

/// A start URL as the service knows it.
fn plain(url: &str) -> &str {
    url.trim_end_matches(['#', '/'])
}

/// A duration in one unit, rounded down.
fn length(duration: TimeDelta) -> String {
    match (duration.num_days(), duration.num_hours(), duration.num_minutes()) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, _) => format!("{hours} h"),
        (1, ..) => "1 day".to_owned(),
        (days, ..) => format!("{days} days"),
    }
}
