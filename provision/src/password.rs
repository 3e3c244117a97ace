//! Console passwords: the account's password policy, and generating passwords.

use aws_sdk_iam::types::PasswordPolicy;
use rolecall::{Error, Failure, Kind, Result, Secret};

use crate::{
    caller::Caller,
    failure::{explain, if_exists},
    given::stdin,
};

/// The longest password that IAM accepts.
///
/// Rule: IAM API Reference, "CreateLoginProfile".
const LONGEST: usize = 128;
/// The length of a generated password: more than 140 bits.
const LENGTH: usize = 24;
/// The characters that IAM counts as symbols.
///
/// Rule: IAM API Reference, "PasswordPolicy".
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";
/// The kinds of characters that an account may require.
const KINDS: [&str; 4] = [
    "an upper-case letter",
    "a lower-case letter",
    "a digit",
    "one of ! @ # $ % ^ & * ( ) _ + - = [ ] { } | '",
];
/// The characters of generated passwords: none that look alike or that are special in mail programs
/// and shells.
const ALPHABETS: [&str; 4] =
    ["ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz", "23456789", "!@%^_+-="];

/// An account's password policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PasswordRules {
    least_length: usize,
    /// Which of [`KINDS`] are required.
    asked: [bool; 4],
    /// How many of the four kinds are required at least.
    least_kinds: usize,
}

impl PasswordRules {
    /// Returns the policy of an account without its own.
    ///
    /// Rule: IAM User Guide, "Default password policy".
    pub(crate) fn default_ones() -> Self {
        Self { least_length: 8, asked: [false; 4], least_kinds: 3 }
    }

    /// Returns the policy of the caller's account; `None` if the caller may not read it.
    pub(crate) fn of_account(caller: &Caller<'_>) -> Result<Option<Self>> {
        let call = caller.iam().get_account_password_policy();
        match if_exists(caller.call(call.send())) {
            Ok(None) => Ok(Some(Self::default_ones())),
            Ok(Some(answer)) => Ok(answer.password_policy().map(Self::of)),
            Err(Failure::Refused { .. }) => Ok(None),
            Err(failure) => Err(explain(&failure, "read the account's password policy")),
        }
    }

    /// Returns the rules in IAM's answer.
    pub(crate) fn of(policy: &PasswordPolicy) -> Self {
        let least = policy.minimum_password_length().and_then(|it| usize::try_from(it).ok());
        Self {
            least_length: least.unwrap_or(6),
            asked: [
                policy.require_uppercase_characters(),
                policy.require_lowercase_characters(),
                policy.require_numbers(),
                policy.require_symbols(),
            ],
            least_kinds: 0,
        }
    }

    /// Returns what the policy requires, in words.
    pub(crate) fn words(&self) -> String {
        let mut words = format!("at least {} characters", self.least_length);
        for (kind, _) in KINDS.iter().zip(self.asked).filter(|(_, is_asked)| *is_asked) {
            words.push_str(", ");
            words.push_str(kind);
        }
        if self.least_kinds > 0 {
            words.push_str(", three of: upper case, lower case, digits, symbols");
        }
        words
    }

    /// Checks `password` against the policy. The error doesn't contain any part of it.
    pub(crate) fn check(&self, password: &Secret) -> std::result::Result<(), String> {
        let text = password.expose();
        // Rule: IAM API Reference, "CreateLoginProfile": the pattern of `Password`.
        if !text.chars().all(|c| matches!(c, '\u{20}'..='\u{ff}')) {
            return Err("it has characters that IAM does not accept".to_owned());
        }
        let length = text.chars().count();
        if length > LONGEST {
            return Err(format!("it is longer than {LONGEST} characters"));
        }
        let has = |test: fn(char) -> bool| text.chars().any(test);
        let kinds = [
            has(|c| c.is_ascii_uppercase()),
            has(|c| c.is_ascii_lowercase()),
            has(|c| c.is_ascii_digit()),
            has(|c| SYMBOLS.contains(c)),
        ];
        let is_good = length >= self.least_length
            && self.asked.iter().zip(kinds).all(|(asked, has)| !asked || has)
            && kinds.iter().filter(|has| **has).count() >= self.least_kinds;
        if is_good {
            Ok(())
        } else {
            Err(format!("the account's password policy requires {}", self.words()))
        }
    }

    /// Returns a random password with characters of each kind.
    pub(crate) fn generate(&self) -> Result<Secret> {
        let length = self.least_length.clamp(LENGTH, LONGEST);
        let all = ALPHABETS.concat();
        loop {
            let mut text = String::with_capacity(length);
            for _ in 0..length {
                text.push(pick(&all)?);
            }
            let password = Secret::new(text);
            let text = password.expose();
            if ALPHABETS.iter().all(|kind| text.contains(|c| kind.contains(c))) {
                return Ok(password);
            }
        }
    }
}

/// Returns a random one of `characters`, all equally likely.
pub(crate) fn pick(characters: &str) -> Result<char> {
    let count = characters.len();
    // Bytes from here on would make the first characters more likely.
    let fair = 256 - 256 % count;
    loop {
        let mut byte = [0];
        getrandom::fill(&mut byte)
            .map_err(|error| Error::new(Kind::Other, format!("can't get random bytes: {error}")))?;
        if usize::from(byte[0]) < fair {
            return Ok(char::from(characters.as_bytes()[usize::from(byte[0]) % count]));
        }
    }
}

/// Reads one line from stdin.
pub(crate) fn from_stdin() -> Result<Secret> {
    let bytes = stdin(4 * LONGEST)?;
    let wrong = || Error::new(Kind::Usage, "stdin has no password on a line of its own");
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong())?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() || line.contains('\n') { Err(wrong()) } else { Ok(line.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_rules_ask_for_three_kinds() {
        let rules = PasswordRules::default_ones();
        for (text, is_good) in [
            ("Sesame-1", true),
            ("sesame-1", true),
            ("sesame11", false),
            ("Ses-1", false),
            ("Sesame-1\u{100}", false),
        ] {
            assert_eq!(rules.check(&text.into()).is_ok(), is_good, "{text}");
        }
        assert!(rules.check(&"Aa1".repeat(50).as_str().into()).is_err());
    }

    #[test]
    fn generated_passwords_satisfy_the_policy_and_differ() {
        let policy = PasswordPolicy::builder()
            .minimum_password_length(40)
            .require_symbols(true)
            .require_numbers(true)
            .require_uppercase_characters(true)
            .require_lowercase_characters(true)
            .build();
        let strict = PasswordRules::of(&policy);
        for rules in [strict.clone(), PasswordRules::default_ones()] {
            let (one, two) = (rules.generate().unwrap(), rules.generate().unwrap());
            assert_eq!(rules.check(&one), Ok(()));
            assert!(one != two && one.expose().len() >= 24);
        }
        assert_eq!(strict.generate().unwrap().expose().len(), 40);
        let why = strict.check(&"short".into()).unwrap_err();
        assert!(
            why.starts_with(
                "the account's password policy requires at least 40 characters, an upper"
            ),
            "{why}"
        );
    }
}
