//! `--mfa-serial auto`: the MFA device of the user whose keys a source profile starts from. IAM is
//! asked by the program beside this one.

use crate::{
    app::{self, MfaDevices, Selection, SiblingReply},
    context::Context,
    error::{Error, Result},
    output::Streams,
    plan::check_serial,
};

/// Chooses one of several devices; `None`: nobody is there to choose.
pub(super) type Choose<'c> = dyn Fn(&[String]) -> Result<Option<String>> + 'c;

/// The device's serial number or ARN.
///
/// # Errors
/// Of kind `Config` where there is none that STS takes, or more than one and nobody to choose.
pub(super) fn find(
    context: &Context,
    selection: &Selection,
    (source, region): (&str, Option<&str>),
    choose: &Choose<'_>,
    streams: &mut Streams<'_>,
) -> Result<String> {
    let mut arguments = vec!["iam".to_owned(), "mfa-serial".to_owned()];
    let flags =
        [("profile", Some(source)), ("store", selection.store.as_deref()), ("region", region)];
    let flags = flags.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
    arguments.extend(flags);
    let reply: SiblingReply<MfaDevices> = app::ask_sibling(context, &arguments)?;
    for warning in &reply.warnings {
        streams.warn(warning);
    }
    let answer =
        reply.result.map_err(|error| error.hint("or give the device with --mfa-serial"))?;
    let user = &answer.user;
    let usable = answer.devices.iter().filter(|serial| check_serial(serial).is_ok());
    let usable: Vec<String> = usable.cloned().collect();
    match &usable[..] {
        [one] => Ok(one.clone()),
        [] if answer.devices.is_empty() => {
            Err(Error::config(format!("the user {user} of profile '{source}' has no MFA device"))
                .hint("add one to the user, or leave --mfa-serial out"))
        }
        [] => Err(Error::config(format!(
            "the MFA devices of user {user} are FIDO keys, and those can't be used with STS"
        ))
        .hint("add an authenticator app to the user")),
        many => match choose(many)? {
            Some(chosen) => Ok(chosen),
            None => Err(Error::config(format!(
                "the user {user} has {} MFA devices: {}",
                many.len(),
                many.join(", ")
            ))
            .hint("give one with --mfa-serial")),
        },
    }
}
