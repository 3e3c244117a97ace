//! `--mfa-serial auto`: finds the MFA device of the IAM user at the start of a source profile, by
//! way of `rolecall-provision`.

use crate::{
    app::{self, MfaDevices, SiblingReply},
    cli::invocation::Invocation,
    error::{Error, Result},
    output::Streams,
    plan::check_serial,
};

/// A search for the device.
pub(super) struct MfaSearch<'s> {
    /// The source profile.
    pub(super) source: &'s str,
    /// The region to call, if not the profile's.
    pub(super) region: Option<&'s str>,
    /// Chooses one of several devices; `None` if nobody can be prompted.
    pub(super) choose: &'s dyn Fn(&[String]) -> Result<Option<String>>,
}

impl MfaSearch<'_> {
    /// Returns the device's serial number or ARN.
    ///
    /// # Errors
    /// Of kind `Config`, if there is none that STS accepts, or several and nobody to choose.
    pub(super) fn run(
        &self,
        invocation: Invocation<'_>,
        streams: &mut Streams<'_>,
    ) -> Result<String> {
        let Self { source, region, choose } = *self;
        let Invocation { context, selection } = invocation;
        let mut arguments = vec!["iam".to_owned(), "mfa-serial".to_owned()];
        let flags =
            [("profile", Some(source)), ("store", selection.store.as_deref()), ("region", region)];
        let flags =
            flags.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
        arguments.extend(flags);
        let reply: SiblingReply<MfaDevices> = app::ask_sibling(context, &arguments)?;
        for warning in &reply.warnings {
            streams.warn(warning);
        }
        let answer =
            reply.result.map_err(|error| error.hint("or name the device with --mfa-serial"))?;
        let user = &answer.user;
        let usable = answer.devices.iter().filter(|serial| check_serial(serial).is_ok());
        let usable: Vec<String> = usable.cloned().collect();
        match &usable[..] {
            [one] => Ok(one.clone()),
            [] if answer.devices.is_empty() => Err(Error::config(format!(
                "the user {user} of profile '{source}' has no MFA device"
            ))
            .hint("add one to the user, or omit --mfa-serial")),
            [] => Err(Error::config(format!(
                "the MFA devices of user {user} are FIDO keys, which don't work with STS"
            ))
            .hint("add an authenticator app to the user")),
            many => match choose(many)? {
                Some(chosen) => Ok(chosen),
                None => Err(Error::config(format!(
                    "the user {user} has {} MFA devices: {}",
                    many.len(),
                    many.join(", ")
                ))
                .hint("choose one with --mfa-serial")),
            },
        }
    }
}
