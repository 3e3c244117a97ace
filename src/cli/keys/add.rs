//! `rolecall keys add`: saves an access key from the terminal or stdin in the keychain.

use std::io::{self, Read as _};

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{
    app::{self, IdentityRequest},
    cli::{args, invocation::Invocation},
    context::Context,
    credentials::Credentials,
    error::{Error, Kind, Result},
    output::{Streams, escape},
    plan::{Plan, check_flag, check_key_id, check_serial},
    profile::{Edited, FileEdit, Files, Key, Which, check_new_name},
    prompt::{Question, ask_for},
    secret::Secret,
    session::LongLivedKeys,
};

/// Larger than any file in which AWS provides a key.
const MOST_INPUT: usize = 64 * 1024;
/// Longer than any secret access key, which has 40 characters today.
const LONGEST_SECRET: usize = 128;

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::KeysAdd,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let name = &*args.name;
    selection.named_profile(Some(args.name.clone()))?;
    check_new_name(name)?;
    if let Some(serial) = &args.mfa_serial {
        check_serial(serial).map_err(|error| error.with_kind(Kind::Usage))?;
    }
    if let Some(region) = &args.region {
        check_flag(Key::Region, region)?;
    }
    let store = selection.store(context)?;
    LongLivedKeys::check_kind(&*store)?;
    let files = Files::read(context)?;
    app::refuse_plain_keys(&files, name)?;
    // Whatever can fail early does, before the prompt.
    let place = if args.dry_run { None } else { Some(LongLivedKeys::open(context, &*store)?) };
    let keys = keys_from(context, name, args.dry_run)?;
    let id = &*keys.access_key_id;
    let lines = app::KeyLines {
        region: args.region.clone(),
        mfa_serial: args.mfa_serial.clone(),
        ..app::KeyLines::new(&app::program(context, args.bare)?, name, id)?
    };
    let path = Which::Config.path(context)?;
    let config = app::after(context, &path, |document| lines.write(document, &path))?;
    let credentials = app::after(context, &Which::Credentials.path(context)?, |_| Ok(()))?;
    let plan = app::TextsAfter { config, credentials }.plan(context, name, id)?;
    let Some(place) = place else {
        let edited = FileEdit { path: &path, dry_run: true }
            .apply(context, |document| lines.write(document, &path))?;
        let Edited::WouldWrite(diff) = edited else { return streams.print("nothing to change\n") };
        return streams.print_diff(&diff);
    };
    let owner = if args.no_verify { None } else { Some(verify(context, plan, &keys)?) };
    if owner.is_none() && place.find(id)?.is_some_and(|kept| kept != keys.secret_access_key) {
        return Err(Error::new(
            Kind::Other,
            format!("the store '{}' already has a different secret for {id}", place.store_name()),
        )
        .hint("without --no-verify, AWS tells which one is right"));
    }
    place.keep(&keys)?;
    FileEdit { path: &path, dry_run: false }
        .apply(context, |document| lines.write(document, &path))?;
    app::warn_about_duplicates(&files, streams);
    let whose = owner.map(|arn| format!(" of {}", escape(&arn)));
    streams.print(&format!(
        "{}: saved access key {id}{} in {}\n",
        escape(name),
        whose.unwrap_or_default(),
        place.store_name()
    ))
}

/// Returns the ARN of the key's owner.
fn verify(context: &Context, plan: Plan, keys: &Credentials) -> Result<String> {
    let plan = Plan { mfa: None, session: None, ..plan };
    plan.check_region()?;
    let waiting_for = "STS, to check the key";
    let asked = IdentityRequest { context, plan: &plan, limit: app::CALL_LIMIT, waiting_for };
    let identity = asked.of(keys).map_err(|error| match error.kind() {
        Kind::Denied => error,
        kind => Error::new(kind, error.to_string())
            .hint(
                "check the network and the region, or use --no-verify to save the key \
                 unverified",
            )
            .naming_doctor(None),
    })?;
    Ok(identity.arn)
}

/// Reads the key from the terminal or stdin; for a dry run on the terminal, only its id.
fn keys_from(context: &Context, name: &str, dry_run: bool) -> Result<Credentials> {
    let (id, secret) = if context.stdin_is_terminal() {
        let about = format!("rolecall: an access key for profile '{name}'");
        let id = Question { about: &[&about], prompt: "Access key ID: ", is_hidden: false };
        let id = ask_for("access key ID", &id, context)?;
        check_id(id.expose())?;
        let secret =
            Question { about: &[], prompt: "Secret access key (not shown): ", is_hidden: true };
        let secret = (!dry_run).then(|| ask_for("secret access key", &secret, context));
        (id, secret.transpose()?)
    } else {
        let (id, secret) = from_stdin()?;
        check_id(id.expose())?;
        (id, Some(secret))
    };
    if let Some(secret) = &secret {
        check_secret(secret)?;
    }
    Ok(Credentials {
        access_key_id: id.expose().to_owned(),
        secret_access_key: secret.unwrap_or_else(|| Secret::from("")),
        session_token: None,
        expiration: None,
        account_id: None,
    })
}

fn check_id(id: &str) -> Result<()> {
    check_key_id(id).map_err(|error| error.with_kind(Kind::Usage))
}

fn check_secret(secret: &Secret) -> Result<()> {
    let text = secret.expose();
    if (16..=LONGEST_SECRET).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, "this is not a secret access key")
        .hint("it has 40 letters, digits, / and +, and no spaces"))
}

fn from_stdin() -> Result<(Secret, Secret)> {
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST_INPUT + 1));
    io::stdin()
        .lock()
        .take(MOST_INPUT as u64)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::new(Kind::Other, format!("can't read stdin: {error}")))?;
    let text = std::str::from_utf8(&bytes).ok().and_then(keys_in);
    text.ok_or_else(|| {
        Error::new(Kind::Usage, "there is no access key on stdin")
            .hint(
                "provide the ID and the secret on separate lines, the JSON of 'aws iam \
                 create-access-key', or the console's CSV file",
            )
            .hint("or run it in a terminal, without redirecting stdin")
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pair {
    access_key_id: Zeroizing<String>,
    secret_access_key: Zeroizing<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    access_key: Pair,
}

/// Returns the id and the secret from a text in any of the formats that AWS provides.
fn keys_in(text: &str) -> Option<(Secret, Secret)> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('{') {
        let created = serde_json::from_str::<Created>(text).map(|created| created.access_key);
        let pair = created.or_else(|_| serde_json::from_str::<Pair>(text)).ok()?;
        return Some((pair.access_key_id.as_str().into(), pair.secret_access_key.as_str().into()));
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (first, second) = (lines.next()?, lines.next()?);
    if lines.next().is_some() {
        return None;
    }
    if !first.contains(',') {
        return Some((first.into(), second.into()));
    }
    // Headings, then values. The console has also written other columns at times.
    let column = |heading: &str| {
        let at = first.split(',').position(|it| it.trim().eq_ignore_ascii_case(heading))?;
        Some(Secret::from(second.split(',').nth(at)?.trim()))
    };
    Some((column("access key id")?, column("secret access key")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_every_form_that_aws_gives_them_in() {
        for text in [
            "AKIAX\nsecret\n",
            "\u{feff}AKIAX\r\n\r\n  secret  \r\n",
            "{\"AccessKey\": {\"UserName\": \"u\", \"AccessKeyId\": \"AKIAX\", \"SecretAccessKey\": \"secret\"}}",
            "{\"AccessKeyId\": \"AKIAX\", \"SecretAccessKey\": \"secret\"}",
            "\u{feff}Access key ID,Secret access key\r\nAKIAX,secret\r\n",
            "User name,Password,Access key ID,Secret access key,Link\nu,,AKIAX,secret,https://x\n",
        ] {
            let (id, secret) = keys_in(text).unwrap_or_else(|| panic!("{text:?}"));
            assert_eq!((id.expose(), secret.expose()), ("AKIAX", "secret"), "{text:?}");
        }
        for text in [
            "",
            "AKIAX",
            "a\nb\nc",
            "{}",
            "{\"AccessKey\": 1}",
            "[default]\naws = x\n\nb",
            "a,b\nc,d",
        ] {
            assert!(keys_in(text).is_none(), "{text:?}");
        }
    }
}
