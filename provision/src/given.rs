//! Input besides the flags: secrets on stdin or at the terminal, policies in files.

use rolecall::{
    Bytes, Context, Credentials, Error, Kind, Pipe, Question, Result, S3Access, Secret, ask_for,
    is_session_key_id, read_stdin, read_text,
};
use serde_json::Value;

use crate::{
    args::{CallerFlags, Grant, SecretSource},
    policy::{Template, parse},
};

/// Longer than any key, token or policy, in bytes.
const MOST_INPUT: usize = 64 * 1024;

/// Returns the credentials of `--access-key`; `None` if it is not used.
pub(crate) fn credentials(context: &Context, args: &CallerFlags) -> Result<Option<Credentials>> {
    for (name, given) in [("secret-key", args.secret_key), ("session-token", args.session_token)] {
        if given == Some(SecretSource::CommandLine) {
            return Err(Error::new(
                Kind::Usage,
                format!("--{name} does not accept the secret itself, because other users can see the command line"),
            )
            .hint(format!("--{name} - reads it from stdin")));
        }
    }
    let Some(id) = args.access_key.clone() else {
        if args.reads_stdin() {
            return Err(Error::new(
                Kind::Usage,
                "--secret-key and --session-token only work with --access-key",
            ));
        }
        return Ok(None);
    };
    let text = if args.reads_stdin() { stdin(MOST_INPUT)? } else { Bytes::default() };
    let text =
        std::str::from_utf8(&text).map_err(|_| Error::new(Kind::Usage, "stdin is not UTF-8"))?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut secret = |given: Option<SecretSource>, what: &str| -> Result<Secret> {
        if given.is_some() {
            let line = lines.next().map(Secret::from);
            return line
                .ok_or_else(|| Error::new(Kind::Usage, format!("there is no {what} on stdin")));
        }
        let about = format!("rolecall: for the access key {id}");
        let mut prompt = format!("{what} (not shown): ");
        prompt[..1].make_ascii_uppercase();
        ask_for(what, &Question { about: &[&about], prompt: &prompt, is_hidden: true }, context)
    };
    let secret_access_key = secret(args.secret_key, "secret access key")?;
    let wants_token = args.session_token.is_some() || is_session_key_id(&id);
    let session_token =
        if wants_token { Some(secret(args.session_token, "session token")?) } else { None };
    Ok(Some(Credentials { session_token, ..Credentials::long_lived(id, secret_access_key) }))
}

/// Returns the policy that the flags describe.
pub(crate) fn template(access: &CallerFlags, grant: &Grant) -> Result<Template> {
    if let Some(policy) = &grant.policy {
        return Ok(Template::Given(policy_text(access, policy)?));
    }
    let granted = match (grant.read_only, grant.write_only) {
        (true, _) => S3Access::ReadOnly,
        (_, true) => S3Access::WriteOnly,
        _ => S3Access::ReadWrite,
    };
    // A final * makes no difference: everything with the prefix is included anyway.
    let prefix = grant.prefix.as_deref().unwrap_or_default();
    let prefix = prefix.strip_suffix('*').unwrap_or(prefix).to_owned();
    let statement = |text: &String| -> Result<Value> {
        let statement = parse(text, "the statement")?;
        if statement.is_object() {
            Ok(statement)
        } else {
            Err(Error::new(Kind::Usage, "the statement is not a JSON object"))
        }
    };
    let extra = grant.statements.iter().map(statement).collect::<Result<_>>()?;
    Ok(Template::Own { access: granted, prefix, extra })
}

fn policy_text(access: &CallerFlags, policy: &str) -> Result<String> {
    if policy.trim_start().starts_with('{') {
        return Ok(policy.to_owned());
    }
    if policy != "-" {
        return read_text(policy.as_ref(), MOST_INPUT as u64, Pipe::Wait).map_err(|error| {
            Error::new(Kind::Usage, format!("the policy {policy} can't be read: {error}"))
                .hint("--policy takes a file, JSON, or - for stdin")
        });
    }
    if access.reads_stdin() {
        return Err(Error::new(Kind::Usage, "stdin can't hold both a secret and the policy")
            .hint("write the policy to a file"));
    }
    String::from_utf8(stdin(MOST_INPUT)?.to_vec())
        .map_err(|_| Error::new(Kind::Usage, "the policy is not UTF-8"))
}

/// Returns the first `most` bytes of stdin.
pub(crate) fn stdin(most: usize) -> Result<Bytes> {
    read_stdin(most).map_err(|error| Error::new(Kind::Other, format!("can't read stdin: {error}")))
}
