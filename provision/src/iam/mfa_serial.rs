//! `rolecall iam mfa-serial`, which `rolecall profile add --mfa-serial auto` runs.

use aws_sdk_iam::types::MfaDevice;
use rolecall::{
    app::{Access, MfaDevices, SiblingReply},
    context::Context,
    error::Result,
    output::Streams,
};

use crate::{
    args,
    caller::{Caller, explain, who},
    keys::user_of,
};

/// Prints the reply to the program that asks: the devices of all kinds, or the error, which is
/// returned as well.
pub(super) fn run(
    context: &Context,
    access: &args::Access,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let mut warnings = Vec::new();
    let result = devices(context, access, &mut warnings);
    let failed = result.as_ref().err().cloned();
    streams.print_json(&SiblingReply { warnings, result })?;
    failed.map_or(Ok(()), Err)
}

fn devices(
    context: &Context,
    access: &args::Access,
    warnings: &mut Vec<String>,
) -> Result<MfaDevices> {
    let mut warn = |warning: &str| warnings.push(warning.to_owned());
    let found = Access::of_long_lived_keys(context, who(access), &mut warn)?;
    let caller = Caller::of(context, access, found)?;
    let identity = caller.identity()?;
    let user = user_of(&identity.arn)?.to_owned();
    let devices = caller.iam().list_mfa_devices().user_name(&user).into_paginator();
    let devices = caller.call(devices.items().send().collect::<std::result::Result<Vec<_>, _>>());
    let devices = devices
        .map_err(|failure| explain(&failure, &format!("list the MFA devices of user {user}")))?;
    let devices = devices.iter().map(MfaDevice::serial_number).map(str::to_owned).collect();
    Ok(MfaDevices { user, devices })
}
