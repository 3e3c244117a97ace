//! Who is at the other end of a connection to a local port.

/// Whether the connection from the local port `peer` belongs to our user. Other users can also read
/// the browser's arguments, and could be faster.
///
/// Rule: proc(5), `/proc/net/tcp`: addresses in hexadecimal, and the user of the socket.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "a file of the kernel's, which never blocks")]
pub(super) fn is_own(peer: u16, port: u16) -> bool {
    let own = rustix::process::geteuid().as_raw().to_string();
    let local = |port: u16| [format!("0100007F:{port:04X}"), mapped(port)];
    let (from, to) = (local(peer), local(port));
    let mut readable = false;
    for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let Ok(table) = std::fs::read_to_string(file) else { continue };
        readable = true;
        let user = table.lines().find_map(|line| {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            let is_it = from.iter().any(|from| Some(&from.as_str()) == fields.get(1))
                && to.iter().any(|to| Some(&to.as_str()) == fields.get(2));
            fields.get(7).filter(|_| is_it).map(|user| **user == own)
        });
        if let Some(is_own) = user {
            return is_own;
        }
    }
    // Without these tables there is no way to find out.
    !readable
}

/// Returns the port at 127.0.0.1 as an IPv6 address.
#[cfg(target_os = "linux")]
fn mapped(port: u16) -> String {
    format!("0000000000000000FFFF00000100007F:{port:04X}")
}

/// There is no way to find out without unsafe code.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_own(_peer: u16, _port: u16) -> bool {
    true
}
