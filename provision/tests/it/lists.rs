//! `rolecall s3 list-…`.

use crate::moto::{Account, call};

#[test]
fn buckets_are_listed_as_json() {
    let Some(account) = Account::new() else { return };
    let s3 = account.s3(&account.admin);
    for bucket in ["one", "two"] {
        call(s3.create_bucket().bucket(bucket).send()).unwrap();
    }
    let output = account.rolecall(&["s3", "list-buckets"]).run().ok();
    let listed: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|bucket| &bucket["Name"]).collect();
    assert_eq!(names, ["one", "two"]);
}
