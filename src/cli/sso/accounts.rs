//! `rolecall sso accounts`: the accounts that a sign-in gives access to.

use serde_json::{Value, json};

use crate::{
    cli::args::{self, Output},
    cli::invocation::Invocation,
    error::Result,
    output::{Column, Streams, Table},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: &args::SsoAccounts,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let name = args.session.as_deref().or(args.sso_session.as_deref());
    let Invocation { context, selection } = invocation;
    let accounts = selection.directory(context, name, streams)?.accounts(args.cached)?;
    if args.output == Output::Json {
        let objects = accounts.iter().map(|account| {
            json!({
                "account_id": account.id,
                "account_name": account.name,
                "email_address": account.email,
            })
        });
        return streams.print_json(&Value::Array(objects.collect()));
    }
    let mut table =
        Table::new(&[Column::whole("ACCOUNT"), Column::wrapped("NAME"), Column::wrapped("EMAIL")]);
    for account in &accounts {
        table.row([&*account.id, &account.name, &account.email]);
    }
    let screen = streams.screen(context.stdout_width());
    streams.print(&table.text(screen))
}
