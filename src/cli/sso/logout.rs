//! `rolecall sso logout`: ends sign-ins to IAM Identity Center.

use super::wanted::wanted_session;
use crate::{
    app::{self},
    cli::{args, invocation::Invocation, logout::line},
    context::Context,
    error::Result,
    identity_center::{SignInRecord, SignIns, SignedOut, portal_endpoint},
    output::{Streams, escape},
    plan::{Environment, Request, Source, SsoSession, resolve, settings_of},
    profile::{Files, ProfileSet},
    progress::waiting_for,
    session::{Forgetter, SignInSessions},
    store::Store,
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::SsoLogout,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    // A store that does not exist is a typo, though sign-ins are forgotten wherever they are.
    drop(selection.store(context)?);
    let files = Files::read(context)?;
    let set = ProfileSet::new(&files);
    let profile = selection.profile_name(context, None)?;
    let settings = settings_of(&profile, &set, Environment::of(context))?;
    let known = SignInRecord::all(context);
    let sessions: Vec<SsoSession> = if args.all {
        let mut sessions: Vec<_> = known.iter().map(SignInRecord::sso_session).collect();
        for name in set.sso_session_names() {
            // A section that is broken has no sign-in that could be found.
            sessions.extend(
                SsoSession::named(&name, &set)
                    .ok()
                    .filter(|session| known.iter().all(|record| !record.is_of(session))),
            );
        }
        sessions
    } else {
        let name = args.session.as_deref();
        match wanted_session(invocation, name, &set) {
            Ok(session) => vec![session],
            // The section may be gone, and the sign-in not.
            Err(error) => {
                let of_name = known.iter().filter(|record| record.session.as_deref() == name);
                let sessions: Vec<_> = of_name.map(SignInRecord::sso_session).collect();
                if name.is_none() || sessions.is_empty() {
                    return Err(error);
                }
                sessions
            }
        }
    };
    let (mut found, mut outcome) = (false, Ok(()));
    for session in &sessions {
        let record = known.iter().find(|record| record.is_of(session));
        let kept_in = record.and_then(|record| record.store.as_deref());
        let store: Box<dyn Store> = match kept_in {
            Some(name) => app::store_by_name(context, name)?,
            None => selection.store(context)?,
        };
        let portal = portal_endpoint(session, &settings);
        let name = escape(session.token_name()).into_owned();
        let waiting = waiting_for(context, "IAM Identity Center");
        let signed_out = SignIns::new(context, &*store).sign_out(session, &portal);
        drop(waiting);
        match signed_out {
            Ok(SignedOut { was_signed_in, not_ended, is_left_to_aws_cli }) => {
                found |= was_signed_in;
                if let Some(why) = not_ended {
                    streams.warn(&format!(
                        "'{name}' is forgotten, but could not be ended at the portal: {why}"
                    ));
                }
                if is_left_to_aws_cli {
                    streams.warn_with_hint(
                        &format!("the AWS CLI has a sign-in of its own to '{name}', which stays"),
                        "'aws sso logout' ends all of the AWS CLI's sign-ins",
                    );
                }
                if was_signed_in {
                    streams.print(&format!("{name}: signed out\n"))?;
                }
            }
            Err(error) => outcome = outcome.and(Err(error)),
        }
        let profiles = profiles_of(context, session, &set);
        let sessions = SignInSessions { start_url: &session.start_url, profiles: &profiles };
        let forgotten = Forgetter::new(context, app::store_by_name).forget_of_sign_in(&sessions);
        found |= !forgotten.records.is_empty();
        for record in &forgotten.records {
            streams.print(&line(context, record))?;
        }
        outcome = outcome.and(forgotten.outcome);
    }
    if !found && outcome.is_ok() {
        streams.print("no sign-ins found\n")?;
    }
    outcome
}

/// Returns the profiles whose credentials IAM Identity Center issues with this sign-in.
fn profiles_of(context: &Context, session: &SsoSession, set: &ProfileSet<'_>) -> Vec<String> {
    let uses = |name: &str| {
        let plan = resolve(&Request::profile(name), set, Environment::of(context));
        plan.is_ok_and(|plan| {
            plan.base.profile == name
                && matches!(&plan.base.source, Source::Sso(role) if role.session == *session)
        })
    };
    let names = set.names().into_iter().filter(|name| uses(name));
    names.map(std::borrow::Cow::into_owned).collect()
}
