//! Prompts for what the flags leave open.

use rolecall::{Context, Error, Kind, Result, Secret, Streams};

use crate::{
    args::Share,
    ask,
    caller::Invocation,
    password::{self, PasswordRules},
};

/// How many times a password may be entered.
const TRIES: usize = 3;

/// Prompts if it may; otherwise reports what is missing.
pub(super) struct Asker<'a> {
    context: &'a Context,
    pub(super) args: &'a Share,
    /// The region named by `--region`.
    pub(super) region: Option<&'a String>,
    asks: bool,
}

/// A value from a flag or a prompt.
pub(super) struct Entry<'e> {
    pub(super) given: Option<&'e String>,
    pub(super) question: &'e str,
    pub(super) default: Option<&'e str>,
    pub(super) flag: &'e str,
    pub(super) check: fn(&str) -> Result<()>,
}

impl<'a> Asker<'a> {
    /// Returns an error that lists the missing flags if nobody can be prompted.
    pub(super) fn new(invocation: Invocation<'a>, args: &'a Share) -> Result<Self> {
        let Invocation { context, access } = invocation;
        let asker = Self { context, args, region: access.region.as_ref(), asks: true };
        if args.yes || args.dry_run {
            return Ok(Self { asks: false, ..asker });
        }
        let mut missing: Vec<&str> =
            [("BUCKET", args.bucket.is_none()), ("--client", args.client.is_none())]
                .into_iter()
                .filter_map(|(flag, is_missing)| is_missing.then_some(flag))
                .collect();
        missing.push("--yes");
        ask::can_ask(context, &format!("{} missing", are(&missing))).map_err(|error| {
            error.hint(
                "--region, --username and --password have defaults: see 'rolecall s3 share --help'",
            )
        })?;
        Ok(asker)
    }

    /// Returns the value of the flag, or else the answer, or else the default.
    pub(super) fn text(&self, entry: &Entry<'_>) -> Result<String> {
        let Entry { given, question, default, flag, check } = *entry;
        if let Some(given) = given {
            return check(given).map(|()| given.clone());
        }
        if !self.asks {
            let missing = || Error::new(Kind::Usage, format!("{flag} is missing"));
            return default.map(str::to_owned).ok_or_else(missing);
        }
        let mut whole = question.to_owned();
        loop {
            let answer = ask::line(self.context, &whole, default)?;
            match check(&answer) {
                Ok(()) => return Ok(answer),
                // Repeats the question, after what was wrong.
                Err(error) => whole = format!("{error}. {question}"),
            }
        }
    }

    pub(super) fn yes(&self, question: &str) -> Result<bool> {
        if self.asks { ask::yes(self.context, question) } else { Ok(true) }
    }

    pub(super) fn password(
        &self,
        rules: Option<PasswordRules>,
        streams: &mut Streams<'_>,
    ) -> Result<Secret> {
        if rules.is_none() {
            streams.warn("the account's password policy can't be read; using IAM's default rules");
        }
        let rules = rules.unwrap_or_else(PasswordRules::default_ones);
        match self.args.password.as_deref() {
            Some("-") => {
                let password = password::from_stdin()?;
                let wrong =
                    |why| Error::new(Kind::Usage, format!("the password can't be used: {why}"));
                rules.check(&password).map(|()| password).map_err(wrong)
            }
            None if self.asks => self.typed(&rules),
            _ => rules.generate(),
        }
    }

    fn typed(&self, rules: &PasswordRules) -> Result<Secret> {
        let mut about = format!("The account's password policy requires {}.", rules.words());
        for _ in 0..TRIES {
            let question = "Password (not shown; press Enter to generate one): ";
            let password = ask::hidden(self.context, &[&about], question)?;
            if password.expose().is_empty() {
                return rules.generate();
            }
            if let Err(why) = rules.check(&password) {
                about = format!("This password can't be used: {why}.");
                continue;
            }
            if ask::hidden(self.context, &[], "Repeat the password: ")? == password {
                return Ok(password);
            }
            "The passwords don't match.".clone_into(&mut about);
        }
        Err(Error::new(Kind::NeedsHuman, "no password was given"))
    }
}

fn are(missing: &[&str]) -> String {
    let verb = if missing.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", missing.join(", "))
}
