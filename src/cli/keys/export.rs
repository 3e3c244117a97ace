//! `rolecall keys export`: prints an access key with its secret, so that nobody is locked in.

use zeroize::Zeroizing;

use crate::{
    app::{self, KeyHandOut},
    cli::args::{self, KeyFormat},
    cli::invocation::Invocation,
    context::Context,
    error::{Error, Kind, Result},
    output::Streams,
    plan::{Environment, audit_of_named, check_key_is_handed_out, check_not_confined},
    profile::{Files, ProfileSet},
    prompt::{Question, ask_for},
    secret::Secret,
    session::LongLivedKeys,
};

/// Room for the longest keys, so that the buffer is not moved while a secret is in it.
const CAPACITY: usize = 1024;

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::KeysExport,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    selection.named_profile(Some(args.name.clone()))?;
    let store = selection.store(context)?;
    let files = Files::read(context)?;
    check_not_confined(context)?;
    let set = ProfileSet::new(&files);
    let id = app::id_of(&set, &args.name)?;
    check_key_is_handed_out(&id, &set, Environment::of(context))?;
    let audit = audit_of_named(&args.name, &set, Environment::of(context))?;
    let place = LongLivedKeys::open(context, &*store)?;
    if !args.yes {
        confirm(context, &id)?;
    }
    let secret = place.find(&id)?.ok_or_else(|| {
        Error::new(Kind::Store, format!("the store '{}' has no access key {id}", store.name()))
            .hint("'rolecall keys list' shows the stored keys")
    })?;
    let (profile, verb) = (&*args.name, "keys export");
    KeyHandOut { context, profile, access_key_id: &id, audit, verb }.note();
    streams.print_bytes(&text(&args, &id, &secret))
}

fn confirm(context: &Context, id: &str) -> Result<()> {
    let about = format!("rolecall: the secret access key of {id} will be printed in plain text");
    let question =
        Question { about: &[&about], prompt: "Type 'yes' to continue: ", is_hidden: false };
    let answer = ask_for("permission to print the key", &question, context);
    let answer = answer.map_err(|error| match error.kind() {
        Kind::NeedsHuman => error.hint("run it in a terminal, or use --yes"),
        _ => error,
    })?;
    match answer.expose() {
        "yes" => Ok(()),
        _ => Err(Error::new(Kind::Interrupted, "the key was not printed")),
    }
}

fn text(args: &args::KeysExport, id: &str, secret: &Secret) -> Zeroizing<Vec<u8>> {
    let secret = secret.expose();
    let mut text = Zeroizing::new(Vec::with_capacity(CAPACITY + args.name.len()));
    let mut add = |part: &str| text.extend_from_slice(part.as_bytes());
    match args.output {
        KeyFormat::Ini => {
            for part in ["[", &args.name, "]\naws_access_key_id = ", id] {
                add(part);
            }
            for part in ["\naws_secret_access_key = ", secret, "\n"] {
                add(part);
            }
        }
        KeyFormat::Json => {
            let quoted = Zeroizing::new(serde_json::to_string(secret).unwrap_or_default());
            for part in ["{\"AccessKeyId\":\"", id, "\",\"SecretAccessKey\":", &quoted, "}\n"] {
                add(part);
            }
        }
    }
    text
}
