//! From a request to the plan of credentials that are handed out: narrowed as the command line and the profile say.

use super::{
    Environment, Plan, Request, Source,
    agent::{AgentPolicy, AgentRule, tag_for_agent},
    narrowing::{Collision, Narrowing},
    resolve::resolve,
};
use crate::{
    context::Context,
    error::{Error, Kind, Location, Result},
    profile::{Key, ProfileSet},
    rules::{LONGEST_SESSION_POLICY, MOST_POLICY_ARNS, partition_of, session_name_of_agent},
};

/// The most profiles that a hint names.
const MOST_NAMES: usize = 5;

/// The hint for an agent that gets no credentials.
const FOR_THE_AGENT: &str =
    "the user can run this in their own terminal, or give you another profile";

/// A request to narrow a session.
#[derive(Clone, Copy)]
struct NarrowingRequest<'w> {
    narrowing: &'w Narrowing,
    by: By<'w>,
}

/// Who wants a session to be narrowed.
#[derive(Clone, Copy)]
enum By<'b> {
    /// The flags of the call.
    Flags,
    /// The setting at this place, for a coding agent.
    Setting(&'b Location),
}

/// Resolves `request` like [`resolve`], for credentials that are handed out.
///
/// If the flags narrow the session, or if a coding agent asks and the profile says what it gets, the session of the
/// last role is narrowed accordingly. The plan depends on nothing else, so another caller has another session.
///
/// # Errors
/// Those of [`resolve`]; of kind `Denied`, if the profile refuses agents; of kind `Config` or `Usage`, if the
/// session can't be narrowed. It is never handed out as it is then.
pub(crate) fn resolve_handed_out(
    request: &Request,
    set: &ProfileSet<'_>,
    environment: Environment<'_>,
) -> Result<Plan> {
    check_not_confined(environment.context())?;
    let mut plan = resolve(request, set, environment)?;
    if let Some(policy) = plan.agent_policy.clone()
        && let Some(mark) = environment.context().agent_mark()
    {
        match &policy.rule {
            AgentRule::Refuse => return Err(refused(&policy.profile, &policy.at, mark)),
            AgentRule::Narrow(narrowing) => {
                narrow(
                    &mut plan,
                    NarrowingRequest { narrowing, by: By::Setting(&policy.at) },
                    set,
                )?;
            }
        }
        if let Some(hop) = plan.hops.last_mut() {
            hop.session_name = session_name_of_agent(&hop.session_name);
            tag_for_agent(&mut hop.attributes.tags, mark);
        }
    }
    if !request.narrowing.is_none() {
        narrow(&mut plan, NarrowingRequest { narrowing: &request.narrowing, by: By::Flags }, set)?;
    }
    Ok(plan)
}

/// Checks that this process may have credentials.
///
/// # Errors
/// Of kind `Denied`, if it runs under `rolecall exec` with a narrowed session, and is to have nothing else.
pub(crate) fn check_not_confined(context: &Context) -> Result<()> {
    let Some(name) = context.confined_to() else { return Ok(()) };
    let text = format!(
        "this program has the narrowed session of '{name}', and rolecall gives it no other credentials"
    );
    Err(Error::new(Kind::Denied, text).hint(
        "the user can run this in another terminal, or start the program with --keep-profiles",
    ))
}

/// Checks that `plan` gives the credentials of its base to this caller, or those of a role before its last.
///
/// # Errors
/// Of kind `Denied`, if the caller is a coding agent, and the profile limits what it gets.
pub(crate) fn check_base_is_handed_out(plan: &Plan, environment: Environment<'_>) -> Result<()> {
    match (&plan.agent_policy, environment.context().agent_mark()) {
        (Some(policy), Some(mark)) => Err(limited(&policy.profile, &policy.at, mark)),
        _ => Ok(()),
    }
}

/// Checks that the long-lived key `id` itself may be given to this caller.
///
/// # Errors
/// Of kind `Denied`, if the caller is a coding agent, and a profile with this key limits what it gets.
pub(crate) fn check_key_is_handed_out(
    id: &str,
    set: &ProfileSet<'_>,
    environment: Environment<'_>,
) -> Result<()> {
    let Some(mark) = environment.context().agent_mark() else { return Ok(()) };
    for profile in set.profiles().filter_map(Result::ok) {
        if profile.get(Key::AccessKeyId).is_some_and(|(its, _)| its == id)
            && let Some(setting) = profile.setting(Key::AgentPolicy.prefixed())
        {
            return Err(limited(&profile.name, &setting.at, mark));
        }
    }
    Ok(())
}

/// Checks that an agent gets a session as the profile says, whoever asks now.
///
/// # Errors
/// Those of [`resolve_handed_out`] for sessions that can't be narrowed.
pub(crate) fn check_agent_policy(plan: &Plan, set: &ProfileSet<'_>) -> Result<()> {
    match &plan.agent_policy {
        Some(AgentPolicy { rule: AgentRule::Narrow(narrowing), at, .. }) => {
            narrow(&mut plan.clone(), NarrowingRequest { narrowing, by: By::Setting(at) }, set)
        }
        _ => Ok(()),
    }
}

/// Narrows the session of the last role of `plan`.
fn narrow(plan: &mut Plan, request: NarrowingRequest<'_>, set: &ProfileSet<'_>) -> Result<()> {
    plan.adjusted = true;
    let Some(hop) = plan.hops.last_mut() else {
        return Err(not_narrowable(plan, request.by, set));
    };
    let own = std::mem::take(&mut hop.attributes);
    let partition = partition_of(&hop.role_arn).to_owned();
    match request.narrowing.applied(own, &partition) {
        Ok(attributes) => {
            hop.attributes = attributes;
            Ok(())
        }
        Err(Collision::OwnPolicies) => {
            let setting = own_policies(hop.profile.as_deref(), set);
            Err(has_own_policies(plan.name(), setting))
        }
        Err(collision) => Err(collided(collision, plan.name(), request.by)),
    }
}

/// The setting of a profile that gives its session policies.
fn own_policies(profile: Option<&str>, set: &ProfileSet<'_>) -> Option<(String, Location)> {
    let profile = set.profile(profile?).ok()??;
    [Key::SessionPolicy, Key::SessionPolicyArns].into_iter().find_map(|key| {
        let (_, setting) = profile.get(key)?;
        Some((setting.key.to_string(), setting.at.clone()))
    })
}

fn refused(profile: &str, at: &Location, mark: &str) -> Error {
    let text = format!(
        "profile '{profile}' gives no credentials to coding agents, and {mark} says that this is \
         one"
    );
    Error::new(Kind::Denied, text).at(Some(at.clone())).hint(FOR_THE_AGENT)
}

fn limited(profile: &str, at: &Location, mark: &str) -> Error {
    let text = format!(
        "profile '{profile}' only gives coding agents a narrowed session, and {mark} says that \
         this is one"
    );
    Error::new(Kind::Denied, text).at(Some(at.clone())).hint(FOR_THE_AGENT)
}

/// Returns the error for a plan whose last step is not the session of a role.
fn not_narrowable(plan: &Plan, by: By<'_>, set: &ProfileSet<'_>) -> Error {
    let name = plan.name();
    let why = match &plan.base.source {
        Source::Keys(keys) if keys.session_token.is_some() => "they are a session in a file",
        Source::Keys(_) | Source::StoredKeys { .. } => "they are a user's access keys",
        Source::Sso(_) => "IAM Identity Center issues them",
        Source::Login { .. } => "'aws login' issued them",
        Source::Process { .. } => "another program provides them",
        Source::Container { .. } => "the container's service provides them",
        Source::InstanceMetadata { .. } => "the instance's metadata service provides them",
        Source::WebIdentity { .. } => "there is no role",
    };
    let error = Error::config(format!(
        "the credentials of '{name}' can't be narrowed, because {why}: only the session of a role that \
         rolecall assumes can be"
    ))
    .at(match by {
        By::Flags => plan.base.at.clone(),
        By::Setting(at) => Some(at.clone()),
    });
    let roles = roles_from(plan, set);
    if roles.is_empty() {
        return error.hint(format!(
            "add a role that '{name}' may assume: 'rolecall profile add NAME --source-profile {name} --role-arn ARN'"
        ));
    }
    let more = if roles.len() > MOST_NAMES { " and others" } else { "" };
    let names: Vec<String> =
        roles.iter().take(MOST_NAMES).map(|name| format!("'{name}'")).collect();
    error.hint(format!(
        "these profiles assume a role with its credentials: {}{more}",
        names.join(", ")
    ))
}

/// The profiles whose role is assumed with the credentials of `plan`, directly or through others.
fn roles_from(plan: &Plan, set: &ProfileSet<'_>) -> Vec<String> {
    let mut sources: Vec<String> = plan.chain.clone();
    let mut found = Vec::new();
    let profiles: Vec<_> = set.profiles().filter_map(Result::ok).collect();
    let mut next = 0;
    while let Some(source) = sources.get(next).cloned() {
        next += 1;
        for profile in &profiles {
            let names_it = profile.get(Key::SourceProfile).is_some_and(|(name, _)| name == source);
            if names_it && profile.get(Key::RoleArn).is_some() && !sources.contains(&profile.name) {
                sources.push(profile.name.clone());
                found.push(profile.name.clone());
            }
        }
    }
    found
}

fn has_own_policies(name: &str, setting: Option<(String, Location)>) -> Error {
    let (key, at) = match setting {
        Some((key, at)) => (key, Some(at)),
        None => ("--session-policy".to_owned(), None),
    };
    Error::config(format!(
        "the session of '{name}' can't be narrowed: it already has a session policy ('{key}'), \
         and AWS would allow what either policy allows"
    ))
    .at(at)
    .hint("use a profile without it; a read-only session policy can be combined with --read-only")
}

fn collided(collision: Collision, name: &str, by: By<'_>) -> Error {
    let error = |text: String| match by {
        By::Flags => Error::new(Kind::Usage, text),
        By::Setting(at) => Error::config(text).at(Some(at.clone())),
    };
    match collision {
        Collision::OwnPolicies => has_own_policies(name, None),
        Collision::ReadOnlyAndMore => {
            let read_only = match by {
                By::Flags => "--read-only",
                By::Setting(_) => "read-only",
            };
            error(format!(
                "{read_only} can't be combined with a policy that allows anything, because AWS \
                 would allow what either of them allows"
            ))
            .hint(format!(
                "use one of the two; {read_only} can be combined with a policy that only denies"
            ))
        }
        Collision::NothingAllowed => {
            error(format!("the policies for '{name}' only deny, so its session could do nothing"))
                .hint("add --read-only, or a policy that allows something")
        }
        Collision::TooLong(length) => error(format!(
            "the session policies of '{name}' have {length} characters together, and STS accepts {LONGEST_SESSION_POLICY}"
        ))
        .hint("move the long parts into a managed policy, and use its name"),
        Collision::TooMany => error(format!("STS accepts at most {MOST_POLICY_ARNS} managed policies for a session"))
            .hint("combine some of them in one managed policy"),
    }
}
