//! `rolecall sso populate`: a profile for every account and role.

use std::cell::RefCell;

use super::{
    meant::{meant_account, meant_role},
    pattern,
    populated::Report,
};
use crate::{
    app::{self, AssignedRole, Assignment, DEFAULT_TEMPLATE, Population, Template},
    cli::{args, invocation::Invocation},
    error::{Error, Kind, Result},
    identity_center::{AccountRoles, SsoAccount},
    output::Streams,
    plan::check_flag,
    profile::Key,
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: &args::SsoPopulate,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let template = Template::parse(args.new.template.as_deref().unwrap_or(DEFAULT_TEMPLATE))?;
    let settings = settings(args)?;
    let name = args.session.as_deref().or(args.sso_session.as_deref());
    let directory = selection.directory(context, name, streams)?;
    let Some(session) = directory.session.name.clone() else {
        return Err(Error::config("populated profiles need an sso-session section")
            .hint("name one: 'rolecall sso populate SESSION'"));
    };
    let seen = RefCell::new(Vec::new());
    let is_wanted = |account: &SsoAccount| {
        seen.borrow_mut().push(account.clone());
        args.account.is_empty() || args.account.iter().any(|it| pattern::is_of(it, account))
    };
    let has_filter = !args.account.is_empty();
    let listing = directory.roles(has_filter.then_some(&is_wanted))?;
    let partial = directory.partial(&listing, streams);
    let is_wanted_role =
        |role: &str| args.role.is_empty() || args.role.iter().any(|it| pattern::fits(it, role));
    let roles: Vec<AssignedRole> =
        assigned(&listing).filter(|role| is_wanted_role(&role.assignment.role_name)).collect();
    if partial.is_none() {
        let typos = typos(args, &seen.into_inner(), &listing);
        for (what, hint) in &typos {
            streams.warn_with_hint(what, hint);
        }
        if roles.is_empty() && typos.is_empty() && (has_filter || !args.role.is_empty()) {
            streams.warn_with_hint("no role matches", "'rolecall sso roles' lists them");
        }
    }
    // An account that is gone has no name any more: then only its ID says whether it was meant.
    let is_in_scope = |assignment: &Assignment| {
        let id = &*assignment.account_id;
        let is_account = !has_filter
            || args.account.iter().any(|it| pattern::fits(it, id))
            || listing.iter().any(|listed| listed.account.id == id);
        is_account && is_wanted_role(&assignment.role_name)
    };
    let population = Population {
        session: &session,
        roles,
        template,
        settings,
        program: if args.new.plain { None } else { Some(app::program(context, args.new.bare)?) },
        is_in_scope: if partial.is_none() { Some(&is_in_scope) } else { None },
        prune: args.prune,
        rename: args.rename && partial.is_none(),
    };
    let (populated, edited) = population.write(context, args.dry_run)?;
    Report {
        session: &session,
        populated: &populated,
        edited: &edited,
        is_complete: partial.is_none(),
    }
    .print(context, args.output, streams)?;
    for (is_wanted, what) in [(args.prune, "removed"), (args.rename, "renamed")] {
        if is_wanted && partial.is_some() {
            streams.warn(&format!("nothing was {what}, because some roles could not be listed"));
        }
    }
    partial.map_or(Ok(()), Err)
}

/// Returns a warning and a hint for each filter that matches nothing. `accounts` are all that there are.
fn typos(
    args: &args::SsoPopulate,
    accounts: &[SsoAccount],
    listing: &[AccountRoles],
) -> Vec<(String, String)> {
    let mut typos = Vec::new();
    for wanted in &args.account {
        if !accounts.iter().any(|account| pattern::is_of(wanted, account)) {
            let list = "'rolecall sso accounts' lists them";
            let hint = meant_account(wanted, accounts, list);
            typos.push((format!("there is no account '{wanted}'"), hint));
        }
    }
    let roles = || listing.iter().flat_map(|listed| listed.roles.iter().flatten());
    for wanted in &args.role {
        if roles().next().is_some() && !roles().any(|role| pattern::fits(wanted, role)) {
            let list = "'rolecall sso roles' lists them";
            let hint = meant_role(wanted, roles().map(String::as_str), list);
            typos.push((format!("there is no role '{wanted}'"), hint));
        }
    }
    typos
}

/// Returns the settings of new profiles that the command line gives.
fn settings(args: &args::SsoPopulate) -> Result<Vec<(String, String)>> {
    let mut settings: Vec<(String, String)> = Vec::new();
    if let Some(region) = &args.new.region {
        check_flag(Key::Region, region)?;
        settings.push((Key::Region.name().to_owned(), region.clone()));
    }
    for word in &args.new.set {
        // Not echoed: a value without its key may be a secret.
        let (key, value) = word.split_once('=').ok_or_else(|| {
            Error::new(Kind::Usage, "a setting must have the form KEY=VALUE")
                .hint("for example --set output=json")
        })?;
        Population::check_setting(key, value)?;
        if settings.iter().any(|(known, _)| known.eq_ignore_ascii_case(key)) {
            return Err(Error::new(Kind::Usage, format!("'{key}' is set twice")));
        }
        settings.push((key.to_owned(), value.to_owned()));
    }
    Ok(settings)
}

fn assigned(listing: &[AccountRoles]) -> impl Iterator<Item = AssignedRole> {
    listing.iter().flat_map(|listed| {
        let account = &listed.account;
        listed.roles.iter().flatten().map(|role_name| AssignedRole {
            assignment: Assignment { account_id: account.id.clone(), role_name: role_name.clone() },
            account_name: account.name.clone(),
            email: account.email.clone(),
        })
    })
}
