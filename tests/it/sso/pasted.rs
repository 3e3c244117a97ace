//! The browser on another machine: it ends at an address that it can't open, and that is pasted.

use super::{Page, stage};
use crate::support::{sts::Person, terminal::Terminal};

/// The address that the screen shows.
fn address(screen: &str) -> String {
    let is_it = |line: &&str| line.starts_with("http") && line.contains("/authorize?");
    screen.lines().find(is_it).expect("an address").trim().to_owned()
}

/// Waits until an address can be pasted, and opens the page of the sign-in; returns where it ends.
fn end_of_browser(terminal: &Terminal<'_>) -> String {
    terminal.until("here, and press Enter. It is not shown.");
    Page::get(&address(&terminal.screen())).location
}

#[test]
fn the_address_at_which_the_browser_ends_can_be_pasted() {
    let stage = stage();
    for way in [&["--no-browser"][..], &["--redirect-port", "47123"], &["--browser"]] {
        // Over SSH, only the others wait for a browser.
        if way != ["--no-browser"] {
            stage.sandbox.env("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22");
        }
        let login = [&["sso", "login", "corp"], way].concat();
        let terminal = stage.sandbox.rolecall(&login).on_terminal();
        let end = end_of_browser(&terminal);
        assert!(end.starts_with("http://127.0.0.1:"), "{end}");
        for wrong in ["abc", &end.replace("state=", "state=x")] {
            terminal.type_keys(&format!("{wrong}\r"));
            terminal.until("This is not the address that the sign-in redirects to");
        }
        terminal.type_keys("\r");
        terminal.type_keys(&format!("{end}\r"));
        terminal.until("corp: signed in until");
        // Nothing of it is on the screen, which is searched for the code.
        terminal.finish().code(0);
    }
    assert_eq!(stage.sts.count("CreateToken"), 3);
    stage.document("sso");
}

#[test]
fn a_pasted_refusal_and_ctrl_c_end_the_sign_in() {
    let stage = stage();
    stage.rules(|rules| rules.person = Person::Refuses);
    let login = ["sso", "login", "corp", "--no-browser"];
    let terminal = stage.sandbox.rolecall(&login).on_terminal();
    let end = end_of_browser(&terminal);
    terminal.type_keys(&format!("{end}\r"));
    terminal.until("refused in the browser: The person refused");
    terminal.finish().code(4);
    let terminal = stage.sandbox.rolecall(&login).on_terminal();
    end_of_browser(&terminal);
    terminal.type_keys("half an addr\x1a\x03");
    terminal.until("cancelled");
    terminal.until_as_before();
    terminal.finish().code(130);
}

#[test]
fn nothing_is_asked_for_where_a_browser_opens_or_nobody_types() {
    let stage = stage();
    let terminal = stage.sandbox.rolecall(&["sso", "login", "corp"]).on_terminal();
    let file = stage.sandbox.path("home/url");
    Page::get(&Page::get(&super::browser::wait_for_file(&file)).location);
    let shown = terminal.finish().code(0);
    assert!(!shown.screen.contains("Paste"), "{}", shown.screen);
    let no_browser = ["sso", "login", "corp", "--no-browser"];
    let running = stage.sandbox.rolecall(&no_browser).spawn();
    let told = running.until_stderr("in a browser on this machine");
    running.until_stderr("\n\n");
    assert!(!told.contains("Paste"), "{told}");
    running.signal(rustix::process::Signal::INT);
    running.wait().code(130);
    // A browser that fails: the person opens the address, here or elsewhere.
    stage.sandbox.env("BROWSER", stage.sandbox.script("home/broken", "#!/bin/sh\nexit 3\n"));
    let terminal = stage.sandbox.rolecall(&["sso", "login", "corp"]).on_terminal();
    terminal.until("The browser could not be opened: it exited with exit status: 3");
    let end = end_of_browser(&terminal);
    terminal.type_keys(&format!("{end}\r"));
    terminal.finish().code(0);
}
