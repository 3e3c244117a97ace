//! The profiles whose sessions a server hands out.

use super::{
    Acquisition, ClientNotes, HandOut, Recipient, Way, plan, selection::Selection, sessions,
};
use crate::{
    context::Context,
    error::{Error, Location, Result},
    plan::{Plan, Request},
    profile::{DEFAULT_PROFILE, Files, ProfileSet},
    session::{Acquired, Confirmed, SessionRequest},
    store::Store,
};

/// Signs a person in to IAM Identity Center for a plan that needs it. Returns whether that was done; `false`:
/// nobody can be asked.
type SignIn<'s> = dyn FnMut(&Context, &Plan, &dyn Store) -> Result<bool> + 's;

/// A profile that is served, with the settings of the command line.
#[derive(Clone)]
pub(crate) struct ServedProfile {
    /// The store that the command line names.
    pub(crate) store: Option<String>,
    /// The profile and settings.
    pub(crate) request: Request,
    /// The verb that serves it.
    pub(crate) verb: &'static str,
}

/// A session to hand out.
pub(crate) struct Served {
    /// What the profile resolves to now.
    pub(crate) plan: Plan,
    /// The session, which has a token and a lifetime.
    pub(crate) acquired: Acquired,
    /// What to note of the clients that get it.
    pub(crate) notes: ClientNotes,
    /// How long it may be handed out.
    pub(crate) confirmed: Confirmed,
    /// Problems that did not fail the call.
    pub(crate) warnings: Vec<String>,
}

impl ServedProfile {
    /// Returns a session of the profile as its files are now. Opens the store anew: it may have been locked or
    /// started since the last time.
    ///
    /// # Errors
    /// Those of every verb that needs a session; of kind `Config`, if the profile has credentials that don't
    /// expire.
    pub(crate) fn session(
        &self,
        context: &Context,
        session_request: SessionRequest,
        sign_in: &mut SignIn<'_>,
    ) -> Result<Served> {
        let Self { store, request, verb } = self;
        let store = Selection { profile: None, store: store.clone() }.store(context)?;
        let (files, plan) = plan(context, request)?;
        let sessions = sessions(context, &*store, &files);
        let way = Way { verb, to: Recipient::Clients };
        let hand_out = HandOut { context, plan: &plan, way, request: session_request };
        let (acquired, confirmed) = hand_out.confirmed(|| {
            let acquisition = Acquisition {
                context,
                sessions: &sessions,
                files: &files,
                plan: &plan,
                request: session_request,
            };
            let acquired = acquisition.signing_in(|_| sign_in(context, &plan, &*store))?;
            if acquired.lifetime.is_none() || acquired.credentials.session_token.is_none() {
                return Err(never_expires(&plan));
            }
            Ok(acquired)
        })?;
        let warnings = sessions.take_warnings();
        let notes = hand_out.client_notes(&acquired);
        Ok(Served { plan, acquired, notes, confirmed, warnings })
    }
}

fn never_expires(plan: &Plan) -> Error {
    let text =
        format!("'{}' has credentials that don't expire, which are never served", plan.name());
    Error::config(text)
        .at(plan.base.at.clone())
        .hint("serve a profile with a role, or set 'rolecall_session = on' in this one")
}

/// Returns where the profile `default` gets credentials that SDKs prefer to those of a container endpoint, if it
/// does.
///
/// Rule: the default chains of the SDKs all ask the profile first, even if nothing names one.
pub(crate) fn credentials_of_default(context: &Context) -> Result<Option<Location>> {
    const SETTINGS: [&str; 7] = [
        "aws_access_key_id",
        "role_arn",
        "credential_process",
        "web_identity_token_file",
        "sso_session",
        "sso_start_url",
        "login_session",
    ];
    let (_, found) = Files::look_up(context, |files| {
        let profile = ProfileSet::new(files).profile(DEFAULT_PROFILE)?;
        Ok(profile.and_then(|profile| {
            let found = SETTINGS.into_iter().find_map(|name| profile.setting(name));
            found.map(|found| found.at.clone())
        }))
    })?;
    Ok(found)
}
