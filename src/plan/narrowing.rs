//! Narrows the session of a role, so that it never may do more than without it.
//!
//! AWS joins all policies of a session: it may do what one of them allows. So a policy that is added to another can
//! widen the session, unless it only denies. What can't be proven to be narrower is refused.
//!
//! Rule: IAM user guide, "Session policies" and "Policy evaluation logic".

use serde_json::{Value, json};

use super::{GivenPolicy, SessionAttributes};
use crate::rules::{
    LONGEST_SESSION_POLICY, MOST_POLICY_ARNS, ReadOnly, is_reading_action, is_reading_policy,
};

/// How a session is narrowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Narrowing {
    /// To reading.
    pub(crate) read_only: Option<ReadOnly>,
    /// To what these policies allow together.
    pub(crate) policies: Vec<GivenPolicy>,
}

/// Why a session can't be narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collision {
    /// The session has policies already, and may do more with others beside them.
    OwnPolicies,
    /// It is to be read-only, and another policy allows something too.
    ReadOnlyAndMore,
    /// The policies only deny.
    NothingAllowed,
    /// They are too long together, with this many characters.
    TooLong(usize),
    /// There are too many managed policies.
    TooMany,
}

impl Narrowing {
    /// Whether it narrows nothing.
    pub(crate) fn is_none(&self) -> bool {
        self.read_only.is_none() && self.policies.is_empty()
    }

    /// Returns `own`, the attributes of a session of a role in `partition`, narrowed.
    pub(super) fn applied(
        &self,
        own: SessionAttributes,
        partition: &str,
    ) -> Result<SessionAttributes, Collision> {
        let mut arns: Vec<String> =
            self.policies.iter().filter_map(|policy| policy.arn(partition)).collect();
        let texts: Vec<String> =
            self.policies.iter().filter_map(|policy| policy.document(partition)).collect();
        let mut statements: Vec<Value> =
            texts.iter().flat_map(|text| statements_in(text)).collect();
        let only_denies = arns.is_empty() && statements.iter().all(is_denial);
        let has_own = own.policy.is_some() || !own.policy_arns.is_empty();
        let own_document: Option<Value> =
            own.policy.as_deref().and_then(|text| serde_json::from_str(text).ok());
        match self.read_only {
            Some(_) if !only_denies => return Err(Collision::ReadOnlyAndMore),
            Some(_) if has_own && !only_reads(&own, own_document.as_ref()) => {
                return Err(Collision::OwnPolicies);
            }
            Some(read_only) => {
                statements.extend(read_only.denials(partition));
                if !has_own {
                    arns = vec![ReadOnly::managed_policy(partition)];
                    statements.splice(0..0, read_only.allowances());
                }
            }
            None if has_own && !only_denies => return Err(Collision::OwnPolicies),
            None if !has_own && only_denies => return Err(Collision::NothingAllowed),
            None => {}
        }
        let policy = match (&own_document, &*texts) {
            // As it was written.
            (None, [only]) if self.read_only.is_none() => Some(only.clone()),
            (None, _) if statements.is_empty() => None,
            (None, _) => {
                Some(json!({ "Version": "2012-10-17", "Statement": statements }).to_string())
            }
            (Some(own), _) => Some(with_statements(own, statements).to_string()),
        };
        let policy_arns = if has_own { own.policy_arns.clone() } else { arns };
        let length = policy.iter().chain(&policy_arns).map(|text| text.chars().count()).sum();
        if length > LONGEST_SESSION_POLICY {
            return Err(Collision::TooLong(length));
        }
        if policy_arns.len() > MOST_POLICY_ARNS {
            return Err(Collision::TooMany);
        }
        Ok(SessionAttributes { policy, policy_arns, ..own })
    }
}

fn statements_in(text: &str) -> Vec<Value> {
    serde_json::from_str(text).as_ref().map(statements_of).unwrap_or_default()
}

fn statements_of(document: &Value) -> Vec<Value> {
    match &document["Statement"] {
        Value::Array(many) => many.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

/// Returns `document` with these statements behind its own, unless it has them.
fn with_statements(document: &Value, statements: Vec<Value>) -> Value {
    let mut all = statements_of(document);
    for statement in statements {
        if !all.contains(&statement) {
            all.push(statement);
        }
    }
    let mut whole = document.clone();
    whole["Statement"] = Value::Array(all);
    whole
}

fn is_denial(statement: &Value) -> bool {
    statement["Effect"] == "Deny"
}

/// Whether all that these policies allow is certain to be reading.
fn only_reads(own: &SessionAttributes, document: Option<&Value>) -> bool {
    let statements = match (&own.policy, document) {
        (None, _) => Vec::new(),
        (Some(_), Some(document)) => statements_of(document),
        (Some(_), None) => return false,
    };
    let reads = |statement: &Value| match &statement["Action"] {
        Value::String(action) => is_reading_action(action),
        Value::Array(actions) => {
            actions.iter().all(|action| action.as_str().is_some_and(is_reading_action))
        }
        _ => false,
    };
    // A session that is narrowed twice.
    let ours = ReadOnly { with_secrets: false }.allowances();
    own.policy_arns.iter().all(|arn| is_reading_policy(arn))
        && statements
            .iter()
            .all(|statement| is_denial(statement) || ours.contains(statement) || reads(statement))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITES: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    const READS: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"*"}}"#;
    const DENIES: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;
    const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
    const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

    fn own(policy: Option<&str>, arns: &[&str]) -> SessionAttributes {
        SessionAttributes {
            policy: policy.map(str::to_owned),
            policy_arns: arns.iter().map(|arn| (*arn).to_owned()).collect(),
            ..SessionAttributes::default()
        }
    }

    fn reading(policies: &[&str]) -> Narrowing {
        Narrowing { read_only: Some(ReadOnly { with_secrets: false }), ..to(policies) }
    }

    fn to(policies: &[&str]) -> Narrowing {
        let given = |text: &&str| match text.strip_prefix("arn:") {
            Some(_) => GivenPolicy::Arn((*text).to_owned()),
            None => GivenPolicy::Document((*text).to_owned()),
        };
        Narrowing { read_only: None, policies: policies.iter().map(given).collect() }
    }

    fn statements(attributes: &SessionAttributes) -> Vec<Value> {
        statements_in(attributes.policy.as_deref().unwrap())
    }

    #[test]
    fn reading_is_awss_policy_and_denials() {
        let narrowed = reading(&[]).applied(own(None, &[]), "aws-cn").unwrap();
        assert_eq!(narrowed.policy_arns, ["arn:aws-cn:iam::aws:policy/ReadOnlyAccess"]);
        let (allowed, denied): (Vec<_>, Vec<_>) =
            statements(&narrowed).into_iter().partition(|statement| !is_denial(statement));
        assert_eq!(allowed.len(), 1);
        assert_eq!(allowed[0]["Action"], "kms:Decrypt");
        assert_eq!(denied, ReadOnly { with_secrets: false }.denials("aws-cn"));
    }

    #[test]
    fn a_session_that_is_narrowed_twice_is_as_narrow_as_the_narrower() {
        let once = reading(&[]).applied(own(None, &[]), "aws").unwrap();
        assert_eq!(reading(&[]).applied(once.clone(), "aws").as_ref(), Ok(&once));
        let with_secrets =
            Narrowing { read_only: Some(ReadOnly { with_secrets: true }), ..to(&[]) };
        assert_eq!(with_secrets.applied(once.clone(), "aws").as_ref(), Ok(&once));
        let more = with_secrets.applied(own(None, &[]), "aws").unwrap();
        assert_ne!(more, once);
        assert_eq!(reading(&[]).applied(more, "aws"), Err(Collision::OwnPolicies));
    }

    #[test]
    fn policies_that_may_allow_more_than_reading_collide_with_it() {
        for (policy, arns) in [
            (Some(WRITES), &[][..]),
            (None, &[ADMIN]),
            (Some(READS), &[ADMIN]),
            (Some("{\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"s3:Put*\"}}"), &[]),
        ] {
            let result = reading(&[]).applied(own(policy, arns), "aws");
            assert_eq!(result, Err(Collision::OwnPolicies), "{policy:?} {arns:?}");
        }
        for policy in [WRITES, READS, ADMIN] {
            let result = reading(&[policy]).applied(own(None, &[]), "aws");
            assert_eq!(result, Err(Collision::ReadOnlyAndMore), "{policy}");
        }
    }

    #[test]
    fn policies_that_only_read_stay_and_get_denials_alone() {
        for (policy, arns) in
            [(Some(READS), &[][..]), (None, &[READ_ONLY]), (Some(DENIES), &[READ_ONLY])]
        {
            let before = own(policy, arns);
            let narrowed = reading(&[]).applied(before.clone(), "aws").unwrap();
            assert_eq!(narrowed.policy_arns, before.policy_arns);
            let had = before.policy.as_deref().map_or_else(Vec::new, |_| statements(&before));
            let all = statements(&narrowed);
            let (old, new) = all.split_at(had.len());
            assert_eq!(old, had);
            assert!(!new.is_empty() && new.iter().all(is_denial), "{new:?}");
            // Twice is the same as once.
            assert_eq!(reading(&[]).applied(narrowed.clone(), "aws").unwrap(), narrowed);
        }
    }

    #[test]
    fn given_policies_are_taken_as_they_are_and_only_denials_join_others() {
        let narrowed = to(&[WRITES, ADMIN]).applied(own(None, &[]), "aws").unwrap();
        assert_eq!(
            (narrowed.policy.as_deref(), narrowed.policy_arns),
            (Some(WRITES), vec![ADMIN.to_owned()])
        );
        let narrowed = to(&[WRITES, READS]).applied(own(None, &[]), "aws").unwrap();
        assert_eq!(statements(&narrowed).len(), 2);
        assert_eq!(to(&[DENIES]).applied(own(None, &[]), "aws"), Err(Collision::NothingAllowed));
        for given in [WRITES, READS, ADMIN] {
            let result = to(&[given]).applied(own(None, &[READ_ONLY]), "aws");
            assert_eq!(result, Err(Collision::OwnPolicies));
        }
        let narrowed = to(&[DENIES]).applied(own(Some(WRITES), &[ADMIN]), "aws").unwrap();
        assert_eq!(narrowed.policy_arns, [ADMIN]);
        assert!(is_denial(&statements(&narrowed)[1]));
        let narrowed = reading(&[DENIES]).applied(own(None, &[]), "aws").unwrap();
        assert_eq!(narrowed.policy_arns, [READ_ONLY]);
    }

    #[test]
    fn the_arns_count_for_sts_s_limit() {
        let long = READS.replace("s3:GetObject", &format!("s3:Get{}", "x".repeat(1950)));
        assert_eq!(to(&[&long]).applied(own(None, &[]), "aws").map(drop), Ok(()));
        let result = to(&[&long, READ_ONLY]).applied(own(None, &[]), "aws");
        assert!(matches!(result, Err(Collision::TooLong(_))), "{result:?}");
        let many = [ADMIN; 11];
        assert_eq!(to(&many).applied(own(None, &[]), "aws"), Err(Collision::TooMany));
    }
}
