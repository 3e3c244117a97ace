//! `rolecall sso roles`: the roles that a sign-in gives access to.

use std::cell::RefCell;

use serde_json::{Value, json};

use super::{meant::meant_account, pattern};
use crate::{
    cli::args::{self, Output},
    cli::invocation::Invocation,
    error::{Error, Kind, Result},
    identity_center::SsoAccount,
    output::{Column, Streams, Table},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: &args::SsoRoles,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let directory = selection.directory(context, args.sso_session.as_deref(), streams)?;
    let seen = RefCell::new(Vec::new());
    let is_wanted = |account: &SsoAccount| {
        let is_wanted = args.account.as_deref().is_none_or(|it| pattern::is_of(it, account));
        if !is_wanted {
            seen.borrow_mut().push(account.clone());
        }
        is_wanted
    };
    let listing = if args.cached {
        let mut listing = directory.cached_roles()?;
        listing.retain(|listed| is_wanted(&listed.account));
        listing
    } else {
        directory.roles(args.account.is_some().then_some(&is_wanted))?
    };
    if let (true, Some(wanted)) = (listing.is_empty(), &args.account) {
        let list = "'rolecall sso accounts' lists them";
        return Err(Error::new(Kind::Config, format!("there is no account '{wanted}'"))
            .hint(meant_account(wanted, &*seen.borrow(), list)));
    }
    let rows = listing
        .iter()
        .flat_map(|listed| listed.roles.iter().flatten().map(move |role| (&listed.account, role)));
    if args.output == Output::Json {
        let objects = rows.map(|(account, role)| {
            json!({
                "account_id": account.id,
                "account_name": account.name,
                "role_name": role,
            })
        });
        streams.print_json(&Value::Array(objects.collect()))?;
    } else {
        let mut table = Table::new(&[
            Column::whole("ACCOUNT"),
            Column::wrapped("NAME"),
            Column::wrapped("ROLE"),
        ]);
        for (account, role) in rows {
            table.row([&*account.id, &account.name, role]);
        }
        let screen = streams.screen(context.stdout_width());
        streams.print(&table.text(screen))?;
    }
    directory.partial(&listing, streams).map_or(Ok(()), Err)
}
