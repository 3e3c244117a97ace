//! Evaluates policies without knowing the request's context.
//!
//! Rule: IAM User Guide, "Policy evaluation logic", within one account.

use serde_json::Value;

use super::{pattern::Set, statements};

/// What policies say of actions on resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All of it is allowed.
    Allowed,
    /// All of it is allowed if the conditions and variables in the policies turn out so.
    Depends,
    /// Only a part is allowed, as far as can be told.
    Partly,
    /// None of it is allowed, whatever the conditions.
    Refused,
}

/// The statements of some policies, which apply together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statements(Vec<Statement>);

#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) is_allow: bool,
    pub(super) actions: Set,
    pub(super) resources: Set,
    has_condition: bool,
}

impl Statements {
    /// Returns those of all the documents.
    pub(crate) fn of<'d>(documents: impl IntoIterator<Item = &'d Value>) -> Self {
        Self(documents.into_iter().flat_map(statements).map(Statement::of).collect())
    }

    pub(super) fn allowing(&self) -> impl Iterator<Item = &Statement> {
        self.0.iter().filter(|statement| statement.is_allow)
    }

    /// Judges one action on one resource; both may be patterns.
    pub(crate) fn judge_one(&self, action: &str, resource: &str) -> Verdict {
        self.judge(&Set::of_one(action, true), &Set::of_one(resource, false))
    }

    /// Judges these actions on these resources.
    pub(super) fn judge(&self, actions: &Set, resources: &Set) -> Verdict {
        let concerns =
            |it: &&Statement| it.actions.overlaps(actions) && it.resources.overlaps(resources);
        let (allowing, denying): (Vec<_>, Vec<_>) =
            self.0.iter().filter(concerns).partition(|statement| statement.is_allow);
        let surely = |it: &&Statement| it.surely_covers(actions, resources);
        let perhaps = |it: &&Statement| {
            it.actions.covers(actions, false) && it.resources.covers(resources, false)
        };
        if allowing.is_empty() || denying.iter().any(surely) {
            Verdict::Refused
        } else if denying.is_empty() && allowing.iter().any(surely) {
            Verdict::Allowed
        } else if denying.iter().all(|it| !it.is_certain()) && allowing.iter().any(perhaps) {
            Verdict::Depends
        } else {
            Verdict::Partly
        }
    }
}

impl Statement {
    fn of(statement: &Value) -> Self {
        Self {
            is_allow: statement["Effect"] == "Allow",
            actions: Set::of_actions(statement),
            resources: Set::of_resources(statement),
            has_condition: statement.get("Condition").is_some(),
        }
    }

    /// Returns whether it depends neither on a condition nor on a variable.
    fn is_certain(&self) -> bool {
        !self.has_condition && self.resources.is_exact()
    }

    fn surely_covers(&self, actions: &Set, resources: &Set) -> bool {
        !self.has_condition
            && self.actions.covers(actions, true)
            && self.resources.covers(resources, true)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const USER: &str = "arn:aws:iam::111111111111:user/acme";

    fn judge(statements: Value) -> Verdict {
        let document = json!({ "Statement": statements });
        Statements::of([&document]).judge_one("iam:CreateUser", USER)
    }

    #[test]
    fn what_no_statement_allows_is_refused() {
        let other = json!({ "Effect": "Allow", "Action": ["s3:*", "iam:Get*"], "Resource": "*" });
        assert_eq!(judge(other), Verdict::Refused);
        let elsewhere = json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" });
        assert_eq!(judge(elsewhere), Verdict::Refused);
        for allowing in [
            json!({ "Effect": "Allow", "Action": "IAM:createuser", "Resource": [USER] }),
            json!([{ "Effect": "Allow", "NotAction": "s3:*", "Resource": "*" }]),
            json!({ "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:iam::*:user/b*" }),
        ] {
            assert_eq!(judge(allowing.clone()), Verdict::Allowed, "{allowing}");
        }
    }

    #[test]
    fn conditions_and_variables_leave_it_open() {
        for open in [
            json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "Bool": {} } }),
            json!({ "Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/${aws:username}" }),
            json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" },
                { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "Bool": {} } }]),
            json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" },
                { "Effect": "Deny", "Action": "*", "NotResource": "arn:aws:iam::*:user/${aws:username}" }]),
        ] {
            assert_eq!(judge(open.clone()), Verdict::Depends, "{open}");
        }
    }

    #[test]
    fn a_denial_overrides() {
        let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        let deny = json!({ "Effect": "Deny", "Action": "iam:Create*", "NotResource": "arn:aws:iam::*:user/b*" });
        assert_eq!(judge(json!([all, deny])), Verdict::Refused);
    }

    #[test]
    fn patterns_may_be_allowed_in_part() {
        let document = json!({ "Statement": [
            { "Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*" },
            { "Effect": "Deny", "Action": "s3:GetObjectAcl", "Resource": "*" },
        ] });
        let judged = |action| Statements::of([&document]).judge_one(action, "arn:aws:s3:::b/*");
        assert_eq!(judged("s3:*"), Verdict::Partly);
        assert_eq!(judged("s3:GetObject*"), Verdict::Partly);
        assert_eq!(judged("s3:ListBucket"), Verdict::Allowed);
        assert_eq!(judged("s3:Put*"), Verdict::Refused);
        assert_eq!(judged("s3:GetObjectAcl"), Verdict::Refused);
    }
}
