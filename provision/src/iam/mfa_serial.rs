//! `rolecall iam mfa-serial`, which `rolecall profile add --mfa-serial auto` runs.

use rolecall::{Access, MfaDevices, Result};

use crate::{
    caller::{Caller, Invocation},
    failure::OrCannot as _,
    keys::user_of,
};

/// Returns the devices of all kinds.
pub(super) fn devices(
    invocation: Invocation<'_>,
    warn: &mut dyn FnMut(&str),
) -> Result<MfaDevices> {
    let request = invocation.access_request();
    let found = Access::of_long_lived_keys(invocation.context, request, warn)?;
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
