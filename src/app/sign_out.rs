//! Signs out of IAM Identity Center, and deletes the sessions of the sign-ins.

use super::{Selection, store_by_name};
use crate::{
    context::Context,
    error::Result,
    identity_center::{SignInRecord, SignIns, SignedOut, portal_endpoint},
    plan::{AwsSettings, Environment, Request, Source, SsoSession, resolve, settings_of},
    profile::{Files, ProfileSet},
    progress::waiting_for,
    session::{Forgetter, Forgotten, SignInSessions},
};

/// Which sign-ins to end.
#[derive(Clone, Copy)]
pub(crate) enum SignOut<'s> {
    /// All that there are.
    All,
    /// That of this name, or of the selected profile, or the only one.
    One(Option<&'s str>),
}

/// What became of one sign-in.
pub(crate) struct SignOutReport {
    /// The name of the section, or the start URL.
    pub(crate) name: String,
    /// An error: the sign-in may still be in its store.
    pub(crate) signed_out: Result<SignedOut>,
    /// The sessions of roles that were deleted with it.
    pub(crate) forgotten: Forgotten,
}

/// The sign-ins that are ended one after the other.
pub(crate) struct SignOuts<'s> {
    context: &'s Context,
    selection: &'s Selection,
    files: Files,
    settings: AwsSettings,
    known: Vec<SignInRecord>,
}

impl<'s> SignOuts<'s> {
    /// Reads the files and the records of sign-ins.
    ///
    /// # Errors
    /// If the files can't be read or the selected store does not exist.
    pub(crate) fn new(context: &'s Context, selection: &'s Selection) -> Result<Self> {
        // A store that does not exist is a typo, though sign-ins are deleted wherever they are.
        drop(selection.store(context)?);
        let files = Files::read(context)?;
        let profile = selection.profile_name(context, None)?;
        let settings = settings_of(&profile, &ProfileSet::new(&files), Environment::of(context))?;
        Ok(Self { context, selection, files, settings, known: SignInRecord::all(context) })
    }

    /// Returns the sign-ins that are meant.
    ///
    /// # Errors
    /// If there is none of that name.
    pub(crate) fn meant(&self, which: SignOut<'_>) -> Result<Vec<SsoSession>> {
        let Self { context, selection, files, known, .. } = self;
        let set = ProfileSet::new(files);
        let name = match which {
            SignOut::All => return Ok(self.all(&set)),
            SignOut::One(name) => name,
        };
        selection.sso_session(context, name, &set).map(|session| vec![session]).or_else(|error| {
            // The section may be gone, and the sign-in not.
            let of_name = known.iter().filter(|record| record.session.as_deref() == name);
            let sessions: Vec<_> = of_name.map(SignInRecord::sso_session).collect();
            if name.is_none() || sessions.is_empty() { Err(error) } else { Ok(sessions) }
        })
    }

    fn all(&self, set: &ProfileSet<'_>) -> Vec<SsoSession> {
        let is_known = |session: &SsoSession| self.known.iter().any(|record| record.is_of(session));
        let recorded = self.known.iter().map(SignInRecord::sso_session);
        // A section that is broken has no sign-in that could be found.
        let names = set.sso_session_names();
        let sections = names.iter().filter_map(|name| SsoSession::named(name, set).ok());
        recorded.chain(sections.filter(|session| !is_known(session))).collect()
    }

    /// Ends one sign-in at the portal and here.
    ///
    /// # Errors
    /// If its store does not exist.
    pub(crate) fn end(&self, session: &SsoSession) -> Result<SignOutReport> {
        let Self { context, selection, files, settings, known } = self;
        let record = known.iter().find(|record| record.is_of(session));
        let store = match record.and_then(|record| record.store.as_deref()) {
            Some(name) => store_by_name(context, name)?,
            None => selection.store(context)?,
        };
        let waiting = waiting_for(context, "IAM Identity Center");
        let portal = portal_endpoint(session, settings);
        let signed_out = SignIns::new(context, &*store).sign_out(session, &portal);
        drop(waiting);
        let profiles = profiles_of(context, session, &ProfileSet::new(files));
        let sessions = SignInSessions { start_url: &session.start_url, profiles: &profiles };
        let forgotten = Forgetter::new(context, store_by_name).forget_of_sign_in(&sessions);
        Ok(SignOutReport { name: session.token_name().to_owned(), signed_out, forgotten })
    }
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
