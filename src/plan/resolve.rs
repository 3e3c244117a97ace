//! From a profile's name to a plan, along the chain of sources.

use super::{
    AgentPolicy, AwsSettings, Base, Environment, Places, Plan, Request, SettingsReader, Source,
    audit::audit_of,
    base::{base_of, no_credentials, own_keys},
    confirm::FirstConfirm,
    form::check_settings,
    hop::{Draft, HopSettings},
    key_session::{HandOut, KeySession},
    mfa::{self, Device, Mfa},
    next_step::{
        NextProfile, NextStep, circle, no_such_source, self_reference, source_of, without_role,
        without_role_or_token,
    },
    session_names::SessionNames,
    unknown,
};
use crate::{
    error::{Error, Kind, Location, Reason, Result},
    profile::{Key, MFA_SESSION_SECONDS, Profile, ProfileSet, value::mfa_seconds},
    rules::LONGEST_CHAINED,
};

/// The maximum number of profiles in a chain. Each role of it holds a lock while it is assumed, and
/// a process may have about a thousand open files.
const LONGEST_CHAIN: usize = 500;

/// Resolves `request` against the files.
///
/// Rules: AWS SDKs and Tools reference, "Assume role credential provider". From the second profile
/// on, access keys end the chain; in the first profile, a role takes precedence over them. A
/// profile that names itself as its source means its own keys. Every other loop is an error, and so
/// is a missing source: other credentials than those that the profile names are never used.
pub(crate) fn resolve(
    request: &Request,
    set: &ProfileSet<'_>,
    environment: Environment<'_>,
) -> Result<Plan> {
    let mut walk = Walk::new(set, environment);
    walk.plan(request).map_err(|error| unknown::with_misspelt_keys(error, &walk.chain, set))
}

/// Resolves `profile` like [`resolve`], and also returns the profiles of its chain as far as it could
/// be followed, from this one.
pub(crate) fn resolve_with_chain<'a>(
    profile: &Profile<'a>,
    set: &ProfileSet<'a>,
    environment: Environment<'_>,
) -> (Vec<String>, Result<Plan>) {
    let mut walk = Walk::new(set, environment);
    walk.known = Some(profile.clone());
    match walk.plan(&Request::profile(&*profile.name)) {
        Ok(plan) => (plan.chain.clone(), Ok(plan)),
        Err(error) => {
            let error = unknown::with_misspelt_keys(error, &walk.chain, set);
            (walk.chain, Err(error))
        }
    }
}

/// The walk from a profile along its sources to the base.
struct Walk<'s, 'a> {
    set: &'s ProfileSet<'a>,
    environment: Environment<'s>,
    /// The profile that was asked for, if it has been read already.
    known: Option<Profile<'a>>,
    /// The profiles so far, in the order of the walk.
    chain: Vec<String>,
    /// The roles so far. The one that is assumed last comes first.
    drafts: Vec<Draft>,
    /// The first command found that prints an MFA code.
    mfa_command: Option<String>,
    /// The device of keys that are handed out as an MFA session, and its duration in seconds.
    device: Option<(Device, u32)>,
    /// The session that is handed out instead of keys.
    session: Option<KeySession>,
    /// What the profile whose credentials are handed out gives to coding agents.
    agent_policy: Option<AgentPolicy>,
    /// The first maximum age found for a shared MFA session, in seconds.
    mfa_max_age: Option<u32>,
    /// Whether a person is asked.
    confirm: FirstConfirm,
}

impl<'s, 'a> Walk<'s, 'a> {
    fn new(set: &'s ProfileSet<'a>, environment: Environment<'s>) -> Self {
        Self {
            set,
            environment,
            known: None,
            chain: Vec::new(),
            drafts: Vec::new(),
            mfa_command: None,
            device: None,
            session: None,
            agent_policy: None,
            mfa_max_age: None,
            confirm: FirstConfirm::default(),
        }
    }

    fn plan(&mut self, request: &Request) -> Result<Plan> {
        let (base, first) = match &request.profile {
            Some(name) => self.run(name, request)?,
            None => self.run_without_profile(request)?,
        };
        let names = SessionNames::new(self.environment);
        let mfa = self.mfa(&base)?;
        let with_session = mfa.as_ref().is_some_and(|mfa| !mfa.direct);
        let drafts = std::mem::take(&mut self.drafts).into_iter().rev().enumerate();
        let is_chained = |i: usize| i > 0 || with_session || base.source.is_temporary();
        let hops = drafts.map(|(i, draft)| {
            let name = names.name(&draft);
            draft.finish(is_chained(i), name)
        });
        let mut plan = Plan {
            profile: request.profile.clone(),
            chain: Vec::new(),
            hops: hops.collect(),
            mfa,
            session: self.session.take(),
            confirm: std::mem::take(&mut self.confirm).into_confirm(),
            base,
            aws: AwsSettings::default(),
            adjusted: request.adjusts_the_session(),
            audit: audit_of(&first, self.set, self.environment)?,
            agent_policy: self.agent_policy.take(),
        };
        let (region, partition) = (request.region.as_deref(), plan.partition());
        plan.aws = self.settings_reader(&first).settings(region, partition)?;
        plan.chain = std::mem::take(&mut self.chain);
        Ok(plan)
    }

    /// Reads the settings for calls to AWS: those of the profile that was asked for.
    fn settings_reader<'r>(&'r self, first: &'r Profile<'a>) -> SettingsReader<'r, 'a> {
        let (set, environment) = (self.set, self.environment);
        SettingsReader { profile: Some(first), set, environment }
    }

    /// Decides how MFA is used for the first role.
    ///
    /// One MFA session is shared by all roles with the same keys and device. But a role that is
    /// assumed with it is chained, and lasts at most an hour. So a single role with a longer
    /// session is assumed with its own code.
    fn mfa(&mut self, base: &Base) -> Result<Option<Mfa>> {
        let (own, seconds) = match self.device.take() {
            Some((device, seconds)) => (Some(device), seconds),
            None => (None, MFA_SESSION_SECONDS),
        };
        let serials = self.drafts.iter().rev().filter_map(|draft| draft.mfa.clone());
        let Some(device) = mfa::device(serials.chain(own).collect(), base)? else {
            return Ok(None);
        };
        let max_age = self.mfa_max_age.unwrap_or(MFA_SESSION_SECONDS);
        let is_long = |draft: &Draft| {
            draft.settings.duration_seconds.is_some_and(|seconds| seconds > LONGEST_CHAINED)
        };
        let direct = match &*self.drafts {
            [] => false,
            [only] => max_age == 0 || is_long(only),
            _ => max_age == 0,
        };
        let Device { serial, at, profile } = device;
        let command = self.mfa_command.take();
        Ok(Some(Mfa { serial, at, profile, command, max_age, seconds, direct }))
    }

    fn run_without_profile(&mut self, request: &Request) -> Result<(Base, Profile<'a>)> {
        let (Some(role_arn), Some(source)) = (&request.role_arn, &request.source_profile) else {
            return Err(Error::new(
                Kind::Usage,
                "a role without a profile needs its source profile",
            )
            .hint("use --role-arn together with --source-profile"));
        };
        self.drafts.push(Draft {
            profile: None,
            role_arn: role_arn.clone(),
            settings: request.hop_settings(),
            mfa: request.mfa_flag(),
            places: Places::default(),
        });
        self.run(source, &Request::default())
    }

    /// Walks from `name` to the base. Returns the base and the first profile.
    fn run(&mut self, name: &str, request: &Request) -> Result<(Base, Profile<'a>)> {
        self.check_callers(name, None)?;
        let first = match self.known.take() {
            Some(known) => known,
            None => self.load(name, None)?,
        };
        let mut profile = first.clone();
        let mut request = Some(request);
        loop {
            let is_source = !self.chain.is_empty() || !self.drafts.is_empty();
            self.chain.push(profile.name.clone());
            // Those of the sources are for their own credentials.
            if self.agent_policy.is_none()
                && self.drafts.iter().all(|draft| draft.profile.is_none())
            {
                self.agent_policy = AgentPolicy::of(&profile, self.environment)?;
            }
            if self.mfa_command.is_none() {
                self.mfa_command = mfa::command(&profile, self.set)?;
            }
            self.mfa_max_age = match self.mfa_max_age {
                None => profile.parsed(Key::MfaSessionSeconds, mfa_seconds)?.map(|(age, _)| age),
                known => known,
            };
            self.confirm = std::mem::take(&mut self.confirm).or_of(&profile)?;
            if is_source && let Some(base) = own_keys(&profile)? {
                self.hand_out(&profile, &base)?;
                return Ok((base, first));
            }
            check_settings(&profile)?;
            let next = match self.next_step(&profile, request.take())? {
                NextStep::WebIdentity { token_file, at } => {
                    let source = Source::WebIdentity { token_file };
                    let base = Base { profile: profile.name, at: Some(at), source, end: None };
                    return Ok((base, first));
                }
                NextStep::Profile(next) if next.name != profile.name => next,
                step => {
                    let base = base_of(&profile, self.settings_reader(&first))?;
                    return match (base, step) {
                        (Some(base), _) => {
                            self.hand_out(&profile, &base)?;
                            Ok((base, first))
                        }
                        (None, NextStep::Profile(next)) => Err(self_reference(&profile, next.at)),
                        (None, _) => Err(no_credentials(&profile)),
                    };
                }
            };
            if let Some(start) = self.chain.iter().position(|seen| *seen == next.name) {
                return Err(self.loop_error(start, &next));
            }
            if self.chain.len() >= LONGEST_CHAIN {
                return Err(Error::config(format!(
                    "the chain has more than {LONGEST_CHAIN} profiles"
                ))
                .at(next.at)
                .hint("use a profile with access keys as the source of one of them"));
            }
            self.check_callers(&next.name, next.at.as_ref())?;
            profile = self.load(&next.name, Some((&profile, &next)))?;
        }
    }

    /// Records what is handed out instead of the keys of `base`, if no role is assumed with them.
    fn hand_out(&mut self, profile: &Profile<'_>, base: &Base) -> Result<()> {
        if self.drafts.is_empty() {
            match HandOut::of(profile, base)? {
                Some(HandOut::Mfa(device, seconds)) => self.device = Some((device, seconds)),
                Some(HandOut::Session(session)) => self.session = Some(session),
                None => {}
            }
        }
        Ok(())
    }

    /// Decides where the walk goes from `profile`: to the source of its role, or to the profile
    /// that its `credential_process` of ours names.
    fn next_step(&mut self, profile: &Profile<'_>, request: Option<&Request>) -> Result<NextStep> {
        let flagged =
            |pick: fn(&Request) -> &Option<String>| request.and_then(|r| pick(r).as_ref());
        let role_flag = flagged(|request| &request.role_arn);
        let source_flag = flagged(|request| &request.source_profile);
        let role = profile.get(Key::RoleArn);
        let role_arn = role_flag.map(String::as_str).or(role.map(|(arn, _)| arn));
        // With a token file, the role is assumed with a web identity, and a source profile is
        // ignored.
        let token = profile.get(Key::WebIdentityTokenFile).filter(|_| source_flag.is_none());
        let Some(role_arn) = role_arn else {
            return match token {
                Some((_, setting)) => Err(without_role(profile, setting)),
                None => without_role_or_token(profile, request),
            };
        };
        let flags = request.map(Request::hop_settings).unwrap_or_default();
        let (step, own) = match (token, source_flag) {
            (Some((path, setting)), _) => {
                if flags.external_id.is_some() {
                    return Err(Error::new(
                        Kind::Usage,
                        "a role that is assumed with a web identity can't have an external ID",
                    ));
                }
                let token_file = self.environment.context().expand_home(path.as_ref());
                let step = NextStep::WebIdentity { token_file, at: setting.at.clone() };
                (step, HopSettings::of_web_identity(profile, self.environment)?)
            }
            (None, Some(name)) => {
                let key = "--source-profile".to_owned();
                let step = NextStep::Profile(NextProfile { name: name.clone(), at: None, key });
                (step, HopSettings::of(profile, self.environment)?)
            }
            (None, None) => {
                let step = source_of(profile, role.map(|(_, setting)| setting))?;
                (step, HopSettings::of(profile, self.environment)?)
            }
        };
        // SDKs ignore a device next to a web identity, which is used without MFA.
        let mfa = match (&step, request.and_then(Request::mfa_flag)) {
            (NextStep::WebIdentity { .. }, _) => None,
            (_, Some(flag)) => Some(flag),
            (_, None) => Device::of(profile)?,
        };
        let place = |key: Key, flagged: bool| {
            profile.get(key).filter(|_| !flagged).map(|(_, setting)| setting.at.clone())
        };
        let places = Places {
            role_arn: place(Key::RoleArn, role_flag.is_some()),
            external_id: place(Key::ExternalId, flags.external_id.is_some()),
            duration_seconds: place(Key::DurationSeconds, flags.duration_seconds.is_some()),
        };
        self.drafts.push(Draft {
            profile: Some(profile.name.clone()),
            role_arn: role_arn.to_owned(),
            settings: flags.or(own),
            mfa,
            places,
        });
        Ok(step)
    }

    /// Checks that no process that waits for this one provides the credentials of `name`, which the
    /// setting at `at` names.
    fn check_callers(&self, name: &str, at: Option<&Location>) -> Result<()> {
        let callers = self.environment.context().profile_chain();
        if callers.iter().all(|caller| caller != name) {
            return Ok(());
        }
        let chain = callers.join(" -> ");
        Err(Error::config(format!(
            "profile '{name}' needs its own credentials to get its credentials: {chain} -> {name}"
        ))
        .at(at.cloned())
        .hint("change the 'credential_process' of the profile before it"))
    }

    fn load(&self, name: &str, from: Option<(&Profile<'_>, &NextProfile)>) -> Result<Profile<'a>> {
        if let Some(profile) = self.set.profile(name)? {
            return Ok(profile);
        }
        if self.set.is_empty() && self.set.ignored_header(name).is_none() {
            return Err(unknown::no_profiles(name));
        }
        let error = match from {
            None => Error::config(format!("profile '{name}' does not exist"))
                .because(Reason::MissingProfile),
            Some((from, next)) => no_such_source(&from.name, next),
        };
        Err(error.hint(unknown::known_profiles(self.set, name)))
    }

    fn loop_error(&self, start: usize, next: &NextProfile) -> Error {
        let mut names: Vec<&str> = self.chain[start..].iter().map(String::as_str).collect();
        names.push(&next.name);
        circle(&names, next.at.clone())
    }
}
