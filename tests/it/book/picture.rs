//! docs/terminal.svg: what a real terminal shows when somebody adds a key and a role, is asked for one
//! code, and lists buckets twice. `ROLECALL_WRITE_DOCS=1` draws it again.

use std::fs;

use super::{
    screen::Screen,
    stages::{StageScene, add_device, be_empty, put_programs},
};
use crate::support::{
    clients::require_aws_cli,
    pages::{MFA_PROMPT, Scene as _, afternoon, matches},
    programs::repository,
    stage::Stage,
};

const PATH: &str = "docs/terminal.svg";
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
/// The commands, and what each asks.
const COMMANDS: [(&str, &[&str]); 5] = [
    ("rolecall keys add base", &["Access key ID: ", "Secret access key (not shown): "]),
    (
        "rolecall profile add my-role --source-profile base --external-id ext-42 \\\n    \
         --mfa-serial arn:aws:iam::111111111111:mfa/natan \\\n    \
         --role-arn arn:aws:iam::222222222222:role/MyApp/MyS3Access",
        &[],
    ),
    ("aws s3 ls --profile my-role", &[MFA_PROMPT]),
    ("aws s3 ls --profile my-role", &[]),
    ("rolecall status", &[]),
];

/// What the terminal shows in the end.
fn screen(stage: &Stage) -> Screen {
    let scene = StageScene::new(stage);
    let mut screen = Screen::default();
    for (command, prompts) in COMMANDS {
        for (i, line) in command.lines().enumerate() {
            screen.write(&format!("{}\x1b[1m{line}\x1b[0m\r\n", if i == 0 { "$ " } else { "" }));
        }
        let program = stage.sandbox.program("bash", &["-c", command]);
        let terminal = program.env("TERM", "xterm-256color").on_terminal();
        terminal.resize(100, 40);
        for prompt in prompts {
            terminal.until(prompt);
            terminal.type_keys(&format!("{}\r", scene.answer(prompt)));
        }
        let shown = terminal.finish().code(0).screen;
        let home = stage.sandbox.home().display().to_string();
        screen.write(&shown.replace(&stage.key_id, KEY).replace(&home, "~"));
    }
    screen
}

#[test]
#[expect(clippy::disallowed_methods, reason = "writes a file of this repository, on demand")]
fn the_picture_is_what_the_terminal_shows() {
    Stage::with_keyring(|stage, _bus| {
        let aws = need!(require_aws_cli(1));
        add_device(stage);
        be_empty(stage);
        put_programs(stage, &[("aws", aws)]);
        stage.sandbox.env_remove("NO_COLOR").env("AWS_PAGER", "").env("TZ", afternoon());
        let screen = screen(stage);
        let path = repository().join(PATH);
        if std::env::var_os("ROLECALL_WRITE_DOCS").is_some() {
            fs::write(&path, screen.to_svg()).unwrap();
        }
        let drawn = text_of(&fs::read_to_string(path).unwrap_or_default());
        let shown = screen.text();
        assert!(matches(&drawn, &shown), "{PATH} shows\n{drawn}\nbut the terminal\n{shown}");
    });
}

/// The lines of text in a picture.
fn text_of(svg: &str) -> String {
    let lines = svg.lines().filter(|line| line.starts_with("<text"));
    let mut text = String::new();
    for line in lines {
        let parts = line.split('<').skip(1);
        text.extend(parts.filter_map(|part| part.split_once('>')).map(|(_, text)| text));
        text.push('\n');
    }
    text.replace('\u{a0}', " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
