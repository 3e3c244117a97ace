//! `rolecall iam service-account`: creates a user with no permissions except to assume one role,
//! and that role.
//!
//! First everything is decided ([`spec`]) and compared with the account. Then it is created, all or
//! nothing, the access key last ([`key`]). Finally it waits for IAM ([`spread`]); a failure there
//! undoes nothing.

mod key;
mod spec;
mod spread;

use rolecall::{Result, Streams, escape};

use crate::{
    args,
    caller::{Caller, Invocation},
    engine::{self, ChangePlan},
    new_key,
    permissions::{RequiredPermission, require},
    turn,
    undo::StepOptions,
};

use key::KeySource;
use spec::{CheckedFlags, Device, ServiceAccountSpec};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: &args::ServiceAccount,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let (flags, warnings) = CheckedFlags::of(invocation.access, args)?;
    for warning in warnings {
        streams.warn(&warning);
    }
    let caller = Caller::new(invocation, streams)?;
    let what = format!("user {}", args.name);
    let _turn = if args.dry_run { None } else { turn::take(&caller, &what, streams)? };
    let identity = caller.identity()?;
    let spec = flags.settle(&caller, &identity)?;
    let plan = engine::plan(&caller, &spec.account, &spec.wanted())?;
    let key = KeySource::look(&caller, &spec, args.dry_run)?;
    plan.warn(streams);
    key.warn(streams)?;
    if args.dry_run {
        return streams.print_changes(&to_text(&plan, &key, &spec)?);
    }
    let required = [plan.required_permissions(), calls_for_key(&key, &spec)].concat();
    require(&caller, &identity, &required)?;
    let is_there = plan.is_empty() && key.is_there()?;
    let options = StepOptions { keep: args.keep, ..StepOptions::default() };
    let keys = options.all_or_nothing(&caller, streams, |steps| {
        plan.carry_out(steps)?;
        key.carry_out(steps, &spec)
    })?;
    if is_there {
        let ServiceAccountSpec { name, role, .. } = &spec;
        let id = &keys.access_key_id;
        streams.note(&format!(
            "User {name}, role {role}, their profiles and the access key {id} already exist: \
             nothing to change\n"
        ));
    }
    spec.wait_until_usable(&caller, &keys, streams)?;
    close(invocation.access, &spec, streams)
}

/// Returns the calls that create the key.
fn calls_for_key(key: &KeySource<'_>, spec: &ServiceAccountSpec) -> Vec<RequiredPermission> {
    let KeySource::Missing { lost, .. } = key else { return Vec::new() };
    new_key::required_permissions(&spec.account, &spec.name, lost.len())
}

fn to_text(plan: &ChangePlan, key: &KeySource<'_>, spec: &ServiceAccountSpec) -> Result<String> {
    let mut text = String::new();
    if plan.is_empty() && key.is_there()? {
        return Ok("Nothing to do: everything already exists\n".to_owned());
    }
    if !plan.is_empty() {
        text += "Would change in the account:\n";
        text += &plan.to_text();
    }
    let calls = [plan.calls(), calls_for_key(key, spec)].concat();
    if !calls.is_empty() {
        text += "Would call:\n";
        for RequiredPermission { action, resource } in &calls {
            text += &format!("    {action} {}\n", escape(resource));
        }
    }
    Ok(text + &key.remaining_steps(&spec.name)?)
}

/// Prints what to do next; only the command goes to stdout.
fn close(
    access: &args::CallerFlags,
    spec: &ServiceAccountSpec,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let ServiceAccountSpec { name, role, mfa, bucket, reads, .. } = spec;
    if let Some(Device { serial, is_there: false }) = mfa {
        let profile = access.profile.as_ref().map(|profile| format!(" --profile {profile}"));
        let profile = escape(&profile.unwrap_or_default()).into_owned();
        streams.note(&format!(
            "The role requires an MFA code, and user {name} has no MFA device yet. To create one:\n  \
             aws iam create-virtual-mfa-device --virtual-mfa-device-name {name} \
             --outfile {name}.png --bootstrap-method QRCodePNG{profile}\n  \
             aws iam enable-mfa-device --user-name {name} --serial-number {serial} \
             --authentication-code1 CODE --authentication-code2 NEXT-CODE{profile}\n"
        ));
    }
    let (what, sync) = if *reads {
        ("download the bucket", format!("s3://{bucket}/ ."))
    } else {
        ("upload this directory", format!(". s3://{bucket}/"))
    };
    streams.note(&format!("To {what}, with credentials for 15 minutes:\n"));
    streams.print(&format!("rolecall exec {role} --duration 900 -- aws s3 sync {sync}\n"))
}
