//! What `serve` prints: the variables for clients.

use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::start::{Client, Started};
use crate::{
    cli::{
        args::{self, ServeOutput},
        env::language_for,
    },
    context::Context,
    credentials::{CREDENTIAL_VARIABLES, rfc3339},
    error::{Error, Result},
    output::{Language, Streams, escape},
};

/// How to use the server that `args` asked for.
pub(super) struct Usage<'u> {
    pub(super) args: &'u args::Serve,
    pub(super) started: &'u Started,
}

impl Usage<'_> {
    pub(super) fn print(&self, context: &Context, streams: &mut Streams<'_>) -> Result<()> {
        let Self { args, started } = *self;
        match args.output {
            ServeOutput::Json => streams.print_json(&document(args, started)),
            ServeOutput::Env => {
                // A service manager has no shell; there is nobody to ask either.
                let language = match args.shell {
                    Some(_) => language_for(context, args.shell)?,
                    None => language_for(context, None).unwrap_or(Language::Posix),
                };
                let text = script(language, &started.clients)?;
                streams.print_bytes(text.as_bytes())
            }
        }
    }
}

/// Returns commands that set the variables, and remove those that would take precedence.
fn script(language: Language, clients: &[Client]) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let variables: Vec<_> = clients.iter().map(Client::variables).collect();
    let is_set = |name: &&str| variables.iter().flatten().any(|(set, _)| set == name);
    let unset: Vec<&str> = CREDENTIAL_VARIABLES.into_iter().filter(|name| !is_set(name)).collect();
    text.push_str(&language.unset(&unset).unwrap_or_default());
    for (client, variables) in clients.iter().zip(&variables) {
        if clients.len() > 1 {
            text.push_str(&format!("# {}\n", escape(client.plan.name())));
        }
        for (name, value) in variables {
            if !language.set(name, value.expose(), &mut text) {
                let what =
                    format!("the value of {name} has characters that this format can't express");
                return Err(Error::config(what));
            }
        }
    }
    Ok(text)
}

#[derive(Serialize)]
struct Document<'d> {
    url: Option<&'d str>,
    socket: Option<String>,
    profiles: Vec<Profile<'d>>,
}

#[derive(Serialize)]
struct Profile<'d> {
    #[serde(rename = "profile")]
    name: Option<&'d str>,
    role_arn: Option<&'d str>,
    account_id: Option<&'d str>,
    expiration: String,
    url: &'d str,
    environment: Map<String, Value>,
}

fn document<'d>(args: &args::Serve, started: &'d Started) -> Document<'d> {
    let socket = args.unix_socket.as_ref().map(|path| path.display().to_string());
    let profiles = started.clients.iter().map(|client| {
        let variables = client.variables();
        let environment =
            variables.iter().map(|(name, value)| ((*name).to_owned(), value.expose().into()));
        Profile {
            name: client.plan.profile.as_deref(),
            role_arn: client.plan.hops.last().map(|hop| &*hop.role_arn),
            account_id: client.account_id.as_deref(),
            expiration: rfc3339(client.ends),
            url: &client.url,
            environment: environment.collect(),
        }
    });
    let url = Some(&*started.base).filter(|_| socket.is_none());
    Document { url, socket, profiles: profiles.collect() }
}
