//! `rolecall sso login`: signs in to IAM Identity Center.

use super::{
    notice::{WantedSignIn, flags_of, sign_in},
    wanted::wanted_session,
};
use crate::{
    cli::{args, invocation::Invocation, time},
    context::Context,
    error::Result,
    identity_center::SignedIn,
    output::{Streams, escape},
    plan::{Environment, SsoSession, settings_of},
    profile::{Files, ProfileSet},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::SsoLogin,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let store = selection.store(context)?;
    let files = Files::read(context)?;
    let set = ProfileSet::new(&files);
    let session = wanted_session(invocation, args.session.as_deref(), &set)?;
    let profile = selection.profile_name(context, None)?;
    let settings = settings_of(&profile, &set, Environment::of(context))?;
    let flags = flags_of(args.sign_in);
    let wanted = WantedSignIn {
        session: &session,
        settings: &settings,
        store: &*store,
        flags,
        aws_cache: args.aws_cache,
    };
    let signed_in = sign_in(context, &wanted, streams)?;
    tell(context, &session, &signed_in, streams)
}

/// Prints until when the sign-in lasts, and where it is saved.
pub(in crate::cli) fn tell(
    context: &Context,
    session: &SsoSession,
    signed_in: &SignedIn,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let SignedIn { record, aws_cache, unsaved } = signed_in;
    if let Some(why) = unsaved {
        streams.warn(&format!("the sign-in is not saved in a store: {why}"));
    }
    let now = context.now();
    let ends = record.ends.unwrap_or(now);
    let store = record.store.as_ref().map(|store| format!(", saved in {store}"));
    let renewed = if record.renewable_until.is_some() {
        "; renewed without a person until the session in IAM Identity Center ends"
    } else {
        ""
    };
    let mut text = format!(
        "{}: signed in until {} ({}){}{renewed}\n",
        escape(session.token_name()),
        time::local(ends, now),
        time::length(ends - now),
        store.unwrap_or_default(),
    );
    if let Some(path) = aws_cache {
        let path = path.display().to_string();
        text.push_str(&format!("the token is in plain text in {}\n", escape(&path)));
    }
    streams.print(&text)
}
