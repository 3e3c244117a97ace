//! From a profile's name to a plan: the walk along the sources.

use std::path::PathBuf;

use super::{
    AwsSettings, Base, Environment, Places, Plan, Request, Source,
    base::{base_of, no_credentials, own_keys},
    hop::{Draft, HopSettings},
    key_session::{HandOut, KeySession},
    mfa::{self, Device, Mfa},
    unknown,
};
use crate::{
    error::{Error, Kind, Location, Result},
    profile::{Key, MFA_SESSION_SECONDS, ProcessLine, Profile, ProfileSet, Setting},
    rules::{LONGEST_CHAINED, session_name_of},
};

/// More profiles than anybody's chain has. Each role in it holds a lock while it is assumed, and a
/// process may have about a thousand files open.
const LONGEST_CHAIN: usize = 500;

/// Resolves `request` against the files.
///
/// Rules: AWS SDKs and Tools reference, "Assume role credential provider". Static keys end a chain
/// from its second profile on; in the first profile a role goes before them. A profile that names
/// itself as its source means its own keys. Every other loop is an error, and so is a source that
/// is missing: never other credentials than the profile names.
pub fn resolve(
    request: &Request,
    set: &ProfileSet<'_>,
    environment: Environment<'_>,
) -> Result<Plan> {
    let mut walk = Walk::new(set, environment);
    walk.plan(request).map_err(|error| unknown::with_misspelt_keys(error, &walk.chain, set))
}
struct Walk<'s, 'a> {
    set: &'s ProfileSet<'a>,
    environment: Environment<'s>,
    /// The profiles met, the first in front.
    chain: Vec<String>,
    /// The roles met, the one assumed last in front.
    drafts: Vec<Draft>,
    /// The first command met that prints an MFA code.
    mfa_command: Option<String>,
    /// The device of keys that are handed out as an MFA session, and how long that lasts.
    device: Option<(Device, u32)>,
    /// The session that is handed out in place of keys.
    session: Option<KeySession>,
    /// The first limit met on the age of a shared MFA session, in seconds.
    mfa_max_age: Option<u32>,
}

/// Where a walk goes from a profile.
pub(super) enum Turn {
    /// To another profile, which is its source.
    Source(Next),
    /// Nowhere: the profile's own credentials are the base.
    OwnBase,
    /// Nowhere: its role is assumed with the token in this file.
    WebIdentity { token_file: PathBuf, at: Location },
}

impl<'s, 'a> Walk<'s, 'a> {
    fn new(set: &'s ProfileSet<'a>, environment: Environment<'s>) -> Self {
        Self {
            set,
            environment,
            chain: Vec::new(),
            drafts: Vec::new(),
            mfa_command: None,
            device: None,
            session: None,
            mfa_max_age: None,
        }
    }

    fn plan(&mut self, request: &Request) -> Result<Plan> {
        let (base, first) = match &request.profile {
            Some(name) => self.run(name, request)?,
            None => self.run_without_profile(request)?,
        };
        let user = self.environment.context().user_name();
        let default_name = session_name_of(user.as_deref().unwrap_or("rolecall"));
        let mfa = self.mfa(&base)?;
        let with_session = mfa.as_ref().is_some_and(|mfa| !mfa.direct);
        let drafts = std::mem::take(&mut self.drafts).into_iter().rev().enumerate();
        let is_chained = |i: usize| i > 0 || with_session || base.source.is_temporary();
        let hops = drafts.map(|(i, draft)| draft.finish(is_chained(i), &default_name));
        let mut plan = Plan {
            profile: request.profile.clone(),
            chain: Vec::new(),
            hops: hops.collect(),
            mfa,
            session: self.session.take(),
            base,
            aws: AwsSettings::default(),
            adjusted: request.adjusts_the_session(),
        };
        let (region, partition) = (request.region.as_deref(), plan.partition());
        plan.aws = AwsSettings::of(Some(&first), self.set, self.environment, region, partition)?;
        plan.chain = std::mem::take(&mut self.chain);
        Ok(plan)
    }

    /// How the first role is reached with MFA.
    ///
    /// One MFA session serves all roles with the same keys and device, but what is assumed with it is
    /// chained, and lasts an hour at most. So a single role that is to last longer is assumed with
    /// a code of its own.
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
            return Err(Error::new(Kind::Usage, "a role without a profile needs its source")
                .hint("give --role-arn with --source-profile"));
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

    /// Walks from `name` down to the base, and gives that with the first profile.
    fn run(&mut self, name: &str, request: &Request) -> Result<(Base, Profile<'a>)> {
        let first = self.load(name, None)?;
        let mut profile = first.clone();
        let mut request = Some(request);
        loop {
            let is_source = !self.chain.is_empty() || !self.drafts.is_empty();
            self.chain.push(profile.name.clone());
            self.mfa_command = self.mfa_command.take().or_else(|| mfa::command(&profile));
            self.mfa_max_age = match self.mfa_max_age {
                None => profile.number(Key::MfaSessionSeconds)?,
                known => known,
            };
            if is_source && let Some(base) = own_keys(&profile)? {
                self.hand_out(&profile, &base)?;
                return Ok((base, first));
            }
            let next = match self.turn(&profile, request.take())? {
                Turn::WebIdentity { token_file, at } => {
                    let source = Source::WebIdentity { token_file };
                    return Ok((Base { profile: profile.name, at: Some(at), source }, first));
                }
                Turn::Source(next) if next.name != profile.name => next,
                turn => {
                    let base = base_of(&profile, &first, self.set, self.environment)?;
                    return match (base, turn) {
                        (Some(base), _) => {
                            self.hand_out(&profile, &base)?;
                            Ok((base, first))
                        }
                        (None, Turn::Source(next)) => Err(self_reference(&profile, next.at)),
                        (None, _) => Err(no_credentials(&profile)),
                    };
                }
            };
            if let Some(start) = self.chain.iter().position(|seen| *seen == next.name) {
                return Err(self.a_loop(start, &next));
            }
            if self.chain.len() >= LONGEST_CHAIN {
                return Err(Error::config(format!(
                    "the chain has more than {LONGEST_CHAIN} profiles"
                ))
                .at(next.at)
                .hint("let one of them name a profile with access keys as its source"));
            }
            profile = self.load(&next.name, Some((&profile, &next)))?;
        }
    }

    /// Notes what is handed out in place of the keys of `base`, if no role is assumed with them.
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

    /// Where the walk goes from `profile`: to the source of its role, or to the profile that its
    /// `credential_process` of ours names.
    fn turn(&mut self, profile: &Profile<'_>, request: Option<&Request>) -> Result<Turn> {
        let flagged =
            |pick: fn(&Request) -> &Option<String>| request.and_then(|r| pick(r).as_ref());
        let role_flag = flagged(|request| &request.role_arn);
        let source_flag = flagged(|request| &request.source_profile);
        let role = profile.get(Key::RoleArn);
        let role_arn = role_flag.map(String::as_str).or(role.map(|(arn, _)| arn));
        // A token file makes the role a web identity's; a source profile beside it does not count.
        let token = profile.get(Key::WebIdentityTokenFile).filter(|_| source_flag.is_none());
        let Some(role_arn) = role_arn else {
            return match token {
                Some((_, setting)) => Err(without_role(profile, setting)),
                None => without_role_or_token(profile, request),
            };
        };
        let flags = request.map(Request::hop_settings).unwrap_or_default();
        let (turn, own) = match (token, source_flag) {
            (Some((path, setting)), _) => {
                if flags.external_id.is_some() {
                    return Err(Error::new(
                        Kind::Usage,
                        "a role that is assumed with a web identity takes no external ID",
                    ));
                }
                let token_file = self.environment.context().expand_home(path.as_ref());
                let turn = Turn::WebIdentity { token_file, at: setting.at.clone() };
                (turn, HopSettings::of_web_identity(profile, self.environment)?)
            }
            (None, Some(name)) => {
                let key = "--source-profile".to_owned();
                let turn = Turn::Source(Next { name: name.clone(), at: None, key });
                (turn, HopSettings::of(profile, self.environment)?)
            }
            (None, None) => {
                let turn = source_of(profile, role.map(|(_, setting)| setting))?;
                (turn, HopSettings::of(profile, self.environment)?)
            }
        };
        // SDKs pass over a device beside a web identity, which is assumed without it.
        let mfa = match (&turn, request.and_then(Request::mfa_flag)) {
            (Turn::WebIdentity { .. }, _) => None,
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
        Ok(turn)
    }

    fn load(&self, name: &str, from: Option<(&Profile<'_>, &Next)>) -> Result<Profile<'a>> {
        let callers = self.environment.context().profile_chain();
        if callers.iter().any(|caller| caller == name) {
            let chain = callers.join(" -> ");
            return Err(Error::config(format!(
                "the credentials of profile '{name}' are waiting for themselves: {chain} -> {name}"
            ))
            .at(from.and_then(|(_, next)| next.at.clone()))
            .hint("let the 'credential_process' of the one before take them from elsewhere"));
        }
        if let Some(profile) = self.set.profile(name)? {
            return Ok(profile);
        }
        if self.set.is_empty() && self.set.ignored_header(name).is_none() {
            return Err(unknown::no_profiles(name));
        }
        let error = match from {
            None => Error::config(format!("profile '{name}' does not exist")),
            Some((from, next)) => no_such_source(&from.name, next),
        };
        Err(error.hint(unknown::known_profiles(self.set, name)))
    }

    fn a_loop(&self, start: usize, next: &Next) -> Error {
        let mut names: Vec<&str> = self.chain[start..].iter().map(String::as_str).collect();
        names.push(&next.name);
        circle(&names, next.at.clone())
    }
}

/// A source that is not there.
pub(super) fn no_such_source(profile: &str, next: &Next) -> Error {
    Error::config(format!(
        "profile '{profile}' names '{}' in '{}', and there is no such profile",
        next.name, next.key
    ))
    .at(next.at.clone())
}

/// The error of a loop; the last of `names` is the first again.
pub(super) fn circle(names: &[&str], at: Option<Location>) -> Error {
    Error::config(format!("the source profiles go in a circle: {}", names.join(" -> ")))
        .at(at)
        .hint("let one of them name a profile with access keys as its source")
}

/// The next profile of a walk, and the setting that named it.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) at: Option<Location>,
}

/// Where a profile leads that has neither a role nor a token file.
pub(super) fn without_role_or_token(
    profile: &Profile<'_>,
    request: Option<&Request>,
) -> Result<Turn> {
    if request.is_some_and(Request::adjusts_the_session) {
        return Err(Error::new(
            Kind::Usage,
            format!("profile '{}' names no role that these settings could be for", profile.name),
        )
        .hint("give --role-arn and --source-profile as well"));
    }
    let at = profile.setting(Key::CredentialProcess.name()).map(|setting| setting.at.clone());
    match ProcessLine::of(profile) {
        Some(ProcessLine::Ours(name)) if name != profile.name => {
            Ok(Turn::Source(Next { name, at, key: Key::CredentialProcess.name().to_owned() }))
        }
        Some(ProcessLine::OursWithFlags) => Err(Error::not_supported_yet(format!(
            "a role in the flags of 'credential_process', as in profile '{}',",
            profile.name
        ))
        .at(at)
        .hint("write rolecall_role_arn and rolecall_source_profile into the profile")),
        _ => Ok(Turn::OwnBase),
    }
}

/// The source of a role: exactly one of `source_profile` and `credential_source`.
pub(super) fn source_of(profile: &Profile<'_>, role: Option<&Setting<'_>>) -> Result<Turn> {
    let source = profile.get(Key::SourceProfile);
    let kind = profile.get(Key::CredentialSource);
    match (source, kind) {
        (Some((name, setting)), None) => Ok(Turn::Source(Next {
            name: name.to_owned(),
            key: setting.key.clone(),
            at: Some(setting.at.clone()),
        })),
        (Some((_, one)), Some((_, other))) => Err(Error::config(format!(
            "profile '{}' has both '{}' and '{}'",
            profile.name, one.key, other.key
        ))
        .at(Some(other.at.clone()))
        .hint("keep the one that is meant")),
        (None, Some(_)) => Ok(Turn::OwnBase),
        (None, None) => {
            let key = role.map_or("--role-arn", |setting| &setting.key);
            let wanted = key.replace(Key::RoleArn.name(), Key::SourceProfile.name());
            Err(Error::config(format!("profile '{}' has '{key}' without a source", profile.name))
                .at(Some(role.map_or(&profile.at, |setting| &setting.at).clone()))
                .hint(format!("add '{wanted} = …' with the profile that may assume the role")))
        }
    }
}

/// A token without a role is nothing; a role in the environment is not meant by the profile.
pub(super) fn without_role(profile: &Profile<'_>, token: &Setting<'_>) -> Error {
    let wanted = token.key.replace("web_identity_token_file", "role_arn");
    Error::config(format!("profile '{}' has '{}' without a role", profile.name, token.key))
        .at(Some(token.at.clone()))
        .hint(format!("add '{wanted} = …' with the role that trusts the token"))
}

pub(super) fn self_reference(profile: &Profile<'_>, at: Option<Location>) -> Error {
    Error::config(format!("profile '{}' is its own source but has no access keys", profile.name))
        .at(at)
        .hint("name a profile with access keys as the source")
}
