//! `--read-only`, judged: the policies that rolecall sends are evaluated as documents, with AWS's own text of
//! `ReadOnlyAccess`, and put on a role at moto's, whose access control judges what that role's session does. moto takes
//! session policies and does not judge them, nor conditions: those are judged as documents alone.

use chrono::TimeDelta;
use rolecall::{AssumeRole, Aws as _, Budget, Call, Credentials, Endpoint, Failure, Sdk};
use serde_json::Value;

use crate::{
    evaluator::{Context, Principal},
    moto::{Account, call, decoded, refusal},
    proxy::Proxy,
};

const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/admin/natan";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// What the session may do at all.
const READS: [&str; 18] = [
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListAllMyBuckets",
    "ec2:DescribeInstances",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "logs:FilterLogEvents",
    "cloudformation:DescribeStacks",
    "cloudwatch:GetMetricData",
    "iam:GetRole",
    "iam:ListUsers",
    "iam:GenerateCredentialReport",
    "iam:SimulatePrincipalPolicy",
    "sts:GetCallerIdentity",
    "lambda:GetFunctionConfiguration",
    "ecr:BatchGetImage",
    "secretsmanager:DescribeSecret",
    "ssm:DescribeParameters",
];
/// What it never may, whatever its role may.
const NEVER: [&str; 46] = [
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:PutBucketPolicy",
    "s3:CreateBucket",
    "s3:GetDataAccess",
    "ec2:RunInstances",
    "ec2:TerminateInstances",
    "dynamodb:PutItem",
    "dynamodb:DeleteTable",
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
    "sqs:SendMessage",
    "sns:Publish",
    "cloudformation:CreateStack",
    "ssm:SendCommand",
    "ssm:StartSession",
    "ssm:PutParameter",
    "ssm:GetAccessToken",
    "secretsmanager:PutSecretValue",
    "kms:Encrypt",
    "kms:ScheduleKeyDeletion",
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoot",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
    "sts:GetServiceBearerToken",
    "sts:GetWebIdentityToken",
    "codeartifact:GetAuthorizationToken",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
    "connect:GetFederationToken",
    "gamelift:GetComputeAccess",
    "lakeformation:GetTemporaryGlueTableCredentials",
    "redshift:GetClusterCredentials",
    "iam:PassRole",
    "iam:CreateUser",
    "iam:CreateAccessKey",
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:DeleteRole",
    "iam:AddUserToGroup",
    "iam:SetDefaultPolicyVersion",
    "iam:TagRole",
];
/// What it may only with `--allow-secrets`.
const SECRETS: [(&str, &str); 12] = [
    ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"),
    ("secretsmanager:BatchGetSecretValue", "*"),
    ("ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/db/password"),
    ("ssm:GetParameters", "arn:aws:ssm:us-east-1:123456789012:parameter/db/password"),
    ("ssm:GetParametersByPath", "arn:aws:ssm:us-east-1:123456789012:parameter/db"),
    ("ssm:GetParameterHistory", "arn:aws:ssm:us-east-1:123456789012:parameter/db/password"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/1"),
    ("ec2:GetPasswordData", "*"),
    ("appsync:ListApiKeys", "*"),
    ("cognito-idp:DescribeUserPoolClient", "*"),
    ("apigateway:GET", "arn:aws:apigateway:us-east-1::/apikeys/1"),
    ("apigateway:GET", "arn:aws:apigateway:us-east-1::/apikeys"),
];

/// The policies that rolecall sends with these flags: the inline one, and AWS's text of the managed one.
fn documents(account: &Account, flags: &[&str]) -> [Value; 2] {
    let proxy = Proxy::before(&account.endpoint);
    let arguments = [&["exec", "reader"], flags, &["--", "true"]].concat();
    account.rolecall(&arguments).env("AWS_ENDPOINT_URL", &proxy.url).run().ok();
    let parameter = |name: &str| proxy.parameter("AssumeRole", name).expect(name);
    let arn = parameter("PolicyArns.member.1.arn");
    assert_eq!(arn, "arn:aws:iam::aws:policy/ReadOnlyAccess");
    let iam = account.iam(&account.admin);
    let version = call(iam.get_policy().policy_arn(&arn).send()).unwrap().policy.unwrap();
    let version = version.default_version_id.unwrap();
    let get = iam.get_policy_version().policy_arn(&arn).version_id(version);
    let document = call(get.send()).unwrap().policy_version.unwrap().document.unwrap();
    let managed =
        serde_json::from_str(&document).or_else(|_| serde_json::from_str(&decoded(&document)));
    [serde_json::from_str(&parameter("Policy")).unwrap(), managed.unwrap()]
}

/// An account with the role `reader`, which may do everything.
fn account() -> Option<Account> {
    let account = Account::with_managed_policies()?;
    role(&account, "reader", EVERYTHING);
    account.sandbox.config(
        "[profile reader]\nrole_arn = arn:aws:iam::123456789012:role/reader\nsource_profile = admin\n",
    );
    Some(account)
}

fn role(account: &Account, name: &str, policy: &str) {
    let iam = account.iam(&account.admin);
    let create = iam.create_role().role_name(name).assume_role_policy_document(TRUST);
    call(create.send()).unwrap();
    let put = iam.put_role_policy().role_name(name).policy_name(name).policy_document(policy);
    call(put.send()).unwrap();
}

#[test]
fn the_documents_allow_reading_and_deny_what_hands_out_more() {
    let account = need!(account());
    let narrow = documents(&account, &["--read-only"]);
    let with_secrets = documents(&account, &["--read-only", "--allow-secrets"]);
    let may = |documents: &[Value], action: &str, resource: &str, context: &Context| {
        Principal { documents, arn: SESSION, context }.may(action, resource)
    };
    let none = Context::default();
    for documents in [&narrow, &with_secrets] {
        for action in READS {
            assert!(may(documents, action, "*", &none), "{action} is refused");
        }
        for action in NEVER {
            assert!(!may(documents, action, "arn:aws:x:::y", &none), "{action} is allowed");
        }
        let public = "arn:aws:ssm:us-east-1::parameter/aws/service/ami-amazon-linux-latest/al2023";
        assert!(may(documents, "ssm:GetParameter", public, &none));
        let settings = "arn:aws:apigateway:us-east-1::/restapis/1";
        assert!(may(documents, "apigateway:GET", settings, &none));
        for service in ["s3", "dynamodb", "kinesis"] {
            let through =
                Context::of(&[("kms:ViaService", &format!("{service}.us-east-1.amazonaws.com"))]);
            assert!(may(documents, "kms:Decrypt", "*", &through), "through {service}");
        }
    }
    for (action, resource) in SECRETS {
        assert!(!may(&narrow, action, resource, &none), "{action} is allowed");
        assert!(may(&with_secrets, action, resource, &none), "{action} is refused");
    }
    for service in ["ssm", "secretsmanager", "lambda"] {
        let through =
            Context::of(&[("kms:ViaService", &format!("{service}.us-east-1.amazonaws.com"))]);
        assert!(!may(&narrow, "kms:Decrypt", "*", &through), "through {service}");
    }
    // The denials hold whatever else allows it: a wider policy that AWS would join to them, or a resource's own.
    let wide: Value = serde_json::from_str(EVERYTHING).unwrap();
    let joined = [narrow[0].clone(), wide];
    for action in
        NEVER.iter().filter(|action| action.starts_with("sts:") || action.starts_with("iam:"))
    {
        assert!(!may(&joined, action, "*", &none), "{action} is allowed");
    }
    for (action, resource) in SECRETS {
        assert!(!may(&joined, action, resource, &none), "{action} is allowed");
    }
}

#[test]
fn motos_access_control_judges_the_documents_alike() {
    let account = need!(account());
    let [inline, _] = documents(&account, &["--read-only"]);
    role(&account, "judged", &inline.to_string());
    let iam = account.iam(&account.admin);
    let attach = iam.attach_role_policy().role_name("judged");
    call(attach.policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess").send()).unwrap();
    account.buckets(&["one"]);
    let session = assume(&account, &account.admin, "judged").unwrap();
    let (iam, s3) = (account.iam(&session), account.s3(&session));
    call(s3.list_buckets().send()).unwrap();
    call(iam.list_users().send()).unwrap();
    call(iam.get_role().role_name("judged").send()).unwrap();
    assert_eq!(refusal(s3.create_bucket().bucket("two").send()), "AccessDenied");
    assert_eq!(refusal(s3.delete_bucket().bucket("one").send()), "AccessDenied");
    assert_eq!(refusal(iam.create_user().user_name("more").send()), "AccessDenied");
    let more = iam.attach_role_policy().role_name("judged");
    let more = more.policy_arn("arn:aws:iam::aws:policy/AdministratorAccess");
    assert_eq!(refusal(more.send()), "AccessDenied");
    match assume(&account, &session, "reader") {
        Err(Failure::Refused { code, .. }) => assert_eq!(code, "AccessDenied"),
        other => panic!("not refused, but {other:?}"),
    }
}

/// A session of the role `name`, assumed by `who`.
fn assume(account: &Account, who: &Credentials, name: &str) -> Result<Credentials, Failure> {
    let url = Some(account.endpoint.clone());
    let endpoint = Endpoint { region: "us-east-1".to_owned(), url, ..Endpoint::default() };
    let limit = std::time::Duration::from_mins(1);
    let budget = Budget { limit, attempts: 3, clock_offset: TimeDelta::zero() };
    let role = AssumeRole {
        role_arn: format!("arn:aws:iam::123456789012:role/{name}"),
        session_name: "natan".to_owned(),
        ..AssumeRole::default()
    };
    let call = Call { endpoint: &endpoint, budget };
    Sdk.assume_role(call, who, &role).map(|issued| issued.credentials)
}
