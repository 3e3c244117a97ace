//! `rolecall iam mfa-serial`, which `rolecall profile add --mfa-serial auto` runs.

use aws_sdk_iam::types::MfaDevice;
use rolecall::{app::Access, context::Context, error::Result, output::Streams};
use serde_json::json;

use crate::{
    args,
    caller::{Caller, explain, who},
    keys::user_of,
};

/// Prints `{"user": NAME, "devices": [SERIAL, …]}`: those of all kinds, in IAM's order.
pub(super) fn run(
    context: &Context,
    access: &args::Access,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let mut warn = |warning: &str| streams.warn(warning);
    let found = Access::of_long_lived_keys(context, who(access), &mut warn)?;
    let caller = Caller::of(context, access, found)?;
    let identity = caller.identity()?;
    let user = user_of(&identity.arn)?;
    let devices = caller.iam().list_mfa_devices().user_name(user).into_paginator();
    let devices = caller.call(devices.items().send().collect::<std::result::Result<Vec<_>, _>>());
    let devices = devices
        .map_err(|failure| explain(&failure, &format!("list the MFA devices of user {user}")))?;
    let devices: Vec<_> = devices.iter().map(MfaDevice::serial_number).collect();
    streams.print(&format!("{}\n", json!({ "user": user, "devices": devices })))
}
