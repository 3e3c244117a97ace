//! `rolecall iam mfa-serial`, which `rolecall profile add --mfa-serial auto` runs.

use rolecall::{Access, MfaDevices, Result, SiblingReply, Streams};

use crate::{
    caller::{Caller, Invocation},
    failure::OrCannot as _,
    keys::user_of,
};

/// Prints the reply to the calling program: the devices of all kinds, or the error, which is also
/// returned.
pub(super) fn run(invocation: Invocation<'_>, streams: &mut Streams<'_>) -> Result<()> {
    let mut warnings = Vec::new();
    let result = devices(invocation, &mut warnings);
    let failed = result.as_ref().err().cloned();
    streams.print_json(&SiblingReply { warnings, result })?;
    failed.map_or(Ok(()), Err)
}

fn devices(invocation: Invocation<'_>, warnings: &mut Vec<String>) -> Result<MfaDevices> {
    let mut warn = |warning: &str| warnings.push(warning.to_owned());
    let request = invocation.access_request();
    let found = Access::of_long_lived_keys(invocation.context, request, &mut warn)?;
    let caller = Caller::of(invocation, found)?;
    let identity = caller.identity()?;
    let user = user_of(&identity.arn)?.to_owned();
    let devices = serials(&caller, &user)?;
    Ok(MfaDevices { user, devices })
}

/// Returns the serial numbers of a user's MFA devices of all kinds.
pub(super) fn serials(caller: &Caller<'_>, user: &str) -> Result<Vec<String>> {
    let devices = caller.iam().list_mfa_devices().user_name(user).into_paginator();
    let devices = caller.list(devices.items().send());
    let devices = devices.or_cannot(format_args!("list the MFA devices of user {user}"))?;
    Ok(devices.into_iter().map(|device| device.serial_number).collect())
}
