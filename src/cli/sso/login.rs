//! `rolecall sso login`: signs in to IAM Identity Center.

use super::notice::{WantedSignIn, flags_of, sign_in};
use crate::{
    cli::{args, invocation::Invocation},
    error::Result,
    output::Streams,
    plan::{Environment, settings_of},
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
    let session = selection.sso_session(context, args.session.as_deref(), &set)?;
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
    sign_in(context, &wanted, streams)
}
