use super::{seeds::try_seeds, *};

#[test]
#[cfg(target_os = "linux")]
fn a_secret_service_may_say_anything() {
    try_seeds("dbus", dbus);
}

#[test]
fn sts_may_answer_anything() {
    try_seeds("sts", sts);
}

#[test]
fn identity_center_may_answer_anything() {
    try_seeds("identity_center", identity_center);
}

#[test]
fn a_browser_may_send_anything() {
    try_seeds("browser_request", browser_request);
}

#[test]
fn a_program_may_print_anything() {
    try_seeds("child_json", child_json);
}
