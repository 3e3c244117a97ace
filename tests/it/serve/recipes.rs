//! The recipes of docs/serve.md, each on a stage of its own.

use std::fs;

use super::clients::ARN;
use crate::{
    book::stages::StageScene,
    support::{
        clients::{left_out, require_aws_cli, require_boto3, require_program},
        pages::{Page, follow, regions},
        stage::Stage,
    },
};

/// What a user has: the programs that the recipes name, in a folder of PATH.
fn prepare(stage: &Stage) -> Option<()> {
    let (aws, python) = (require_aws_cli(1)?, require_boto3()?);
    require_program("curl", "curl")?;
    let program = env!("CARGO_BIN_EXE_rolecall");
    // It passes on the variables that it is told to, as the real one does.
    let docker = "set -eu\n\
        [ \"$1 $2 $3\" = 'run --network host' ] && [ \"$5\" = \"$(id -u)\" ]\n\
        shift 5; passed=()\n\
        while [ \"$1\" = -e ]; do passed+=(\"$2=${!2}\"); shift 2; done\n\
        [ \"$1\" = amazon/aws-cli ]; shift\n\
        exec env -i PATH=\"$PATH\" AWS_DEFAULT_REGION=\"$AWS_REGION\" AWS_ENDPOINT_URL_STS=\"$AWS_ENDPOINT_URL_STS\" \"${passed[@]}\" aws \"$@\"\n";
    for (name, script) in [
        ("rolecall", format!("exec {program} \"$@\"\n")),
        ("aws", format!("exec {} \"$@\"\n", aws.display())),
        ("python3", format!("exec {} \"$@\"\n", python.display())),
        ("docker", docker.to_owned()),
    ] {
        stage.sandbox.script(format!("bin/{name}"), format!("#!/bin/bash\n{script}"));
    }
    let report = "import boto3\nprint(boto3.client('sts').get_caller_identity()['Arn'])\n";
    stage.sandbox.file("home/report.py", report);
    let path = format!("{}:/usr/bin:/bin", stage.sandbox.path("bin").display());
    stage.sandbox.env("PATH", path).env("AWS_REGION", "eu-west-1");
    stage.sandbox.env("AWS_DEFAULT_REGION", "eu-west-1");
    stage.sandbox.env("AWS_ENDPOINT_URL_S3", stage.sts.endpoint());
    stage.sandbox.may_hold_secrets(stage.sandbox.home().join(".aws/my-role.token"));
    Some(())
}

#[test]
fn every_recipe_of_the_page_works() {
    let page = Page::at("docs/serve.md");
    let regions = regions(&page);
    let recipes: Vec<_> = regions.iter().filter(|region| region.stage.is_some()).collect();
    assert_eq!(recipes.len(), 5);
    for recipe in recipes {
        let stage = need!(Stage::with_keyutils());
        need!(prepare(&stage));
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let mut scene = StageScene::new(&stage);
        scene.words = vec![("9911".to_owned(), port)];
        let printed = follow(&page, recipe, &scene);
        let expected = if recipe.has("bucket") { "my-app-data" } else { ARN };
        let times = if recipe.has("six") { 6 } else { 1 };
        assert_eq!(printed.matches(expected).count(), times, "{recipe:?}\n{printed}");
        assert_eq!(stage.assumed(), 1, "{recipe:?}");
        let policy = stage.sts.calls().into_iter().find_map(|call| call.policy);
        assert_eq!(policy.is_some(), recipe.has("bucket"), "{recipe:?}");
        assert!(!fs::exists(stage.sandbox.home().join(".aws/my-role.token")).unwrap());
    }
}

/// A network of its own, as a container has, that owns the address which SDKs call.
#[test]
#[cfg(target_os = "linux")] // which has networks of one process
fn a_container_that_owns_the_address_serves_its_own_programs() {
    let stage = need!(Stage::with_keyutils());
    let python = need!(require_boto3());
    need!(require_program("ip", "iproute2"));
    if !rustix::process::geteuid().is_root() {
        left_out("a container's network", "only root can make one");
        return;
    }
    stage.document("my-role");
    let script = "set -eu
        ip link set lo up
        ip address add 169.254.170.2/32 dev lo
        \"$1\" serve my-role --bind 169.254.170.2:80 --shell dotenv > variables &
        until grep -q TOKEN variables; do sleep 0.05; done
        grep -q 'FULL_URI=http://169.254.170.2/credentials/my-role' variables
        env $(cat variables) \"$2\" -c 'import boto3
credentials = boto3.Session().get_credentials()
print(credentials.method, credentials.get_frozen_credentials().access_key)'
        kill $!";
    let arguments = [
        "-n",
        "bash",
        "-c",
        script,
        "bash",
        env!("CARGO_BIN_EXE_rolecall"),
        python.to_str().unwrap(),
    ];
    let output = stage.sandbox.program("unshare", &arguments).run().ok();
    let id = stage.document("my-role")["AccessKeyId"].as_str().unwrap().to_owned();
    assert_eq!(output.stdout.trim(), format!("container-role {id}"));
}
