//! The keys of a list: from the bytes that a terminal sends to what they mean.

/// A key, by its meaning in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prompt) enum Key {
    Character(char),
    Enter,
    Escape,
    /// Tab.
    Mark,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Erase,
    EraseWord,
    EraseAll,
    /// Ctrl-D.
    End,
    /// A key without a meaning here.
    Other,
}

/// What the next bytes were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prompt) enum Pressed {
    Key(Key),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-\.
    Quit,
    /// Ctrl-Z.
    Stop,
}

/// Reads keys.
#[derive(Default)]
pub(in crate::prompt) struct Keyboard {
    /// The bytes of a key that has not ended.
    begun: Vec<u8>,
}

const ESCAPE: u8 = 0x1b;
/// Longer than any sequence of a key.
const LONGEST: usize = 16;

impl Keyboard {
    /// Takes the next byte, and returns the key that it ends.
    pub(in crate::prompt) fn take(&mut self, byte: u8) -> Option<Pressed> {
        // Also in the middle of a sequence.
        match byte {
            0x03 => return Some(Pressed::Interrupt),
            0x1c => return Some(Pressed::Quit),
            0x1a => return Some(Pressed::Stop),
            _ => {}
        }
        self.begun.push(byte);
        let key = match &*self.begun {
            [ESCAPE] | [ESCAPE, b'[' | b'O'] => None,
            [ESCAPE, b'[' | b'O', parameters @ .., last] => {
                sequence(parameters, *last).or((self.begun.len() > LONGEST).then_some(Key::Other))
            }
            // Alt with a letter.
            [ESCAPE, ..] => Some(Key::Other),
            [control] if control.is_ascii_control() => Some(control_key(*control)),
            bytes => character(bytes),
        };
        if key.is_some() {
            self.begun.clear();
        }
        key.map(Pressed::Key)
    }

    /// Whether a key has begun, and may be the Escape key alone.
    pub(in crate::prompt) fn has_begun(&self) -> bool {
        self.begun.first() == Some(&ESCAPE)
    }

    /// Returns the key that has begun, because nothing followed: the Escape key.
    pub(in crate::prompt) fn pause(&mut self) -> Option<Key> {
        let key = match &*self.begun {
            [] => None,
            [ESCAPE] => Some(Key::Escape),
            _ => Some(Key::Other),
        };
        self.begun.clear();
        key
    }
}

/// The key of a sequence; `None` if it has not ended.
///
/// Rule: ECMA-48, 5.4; xterm's control sequences, "PC-Style Function Keys".
fn sequence(parameters: &[u8], last: u8) -> Option<Key> {
    let number = parameters.split(|byte| *byte == b';').next().unwrap_or_default();
    Some(match (last, number) {
        (b' '..=b'?', _) => return None,
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'H', _) | (b'~', b"1" | b"7") => Key::First,
        (b'F', _) | (b'~', b"4" | b"8") => Key::Last,
        (b'~', b"5") => Key::PageUp,
        (b'~', b"6") => Key::PageDown,
        _ => Key::Other,
    })
}

fn control_key(byte: u8) -> Key {
    match byte {
        b'\r' | b'\n' => Key::Enter,
        b'\t' => Key::Mark,
        0x04 => Key::End,
        0x08 | 0x7f => Key::Erase,
        0x0e => Key::Down,      // Ctrl-N
        0x10 => Key::Up,        // Ctrl-P
        0x15 => Key::EraseAll,  // Ctrl-U
        0x17 => Key::EraseWord, // Ctrl-W
        _ => Key::Other,
    }
}

/// The character of these bytes; `None` if it has not ended.
fn character(bytes: &[u8]) -> Option<Key> {
    match str::from_utf8(bytes) {
        Ok(text) => text.chars().next().map(Key::Character),
        // The end is missing.
        Err(error) if error.error_len().is_none() => None,
        Err(_) => Some(Key::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut keyboard = Keyboard::default();
        let mut keys = Vec::new();
        for byte in bytes {
            match keyboard.take(*byte) {
                Some(Pressed::Key(key)) => keys.push(key),
                Some(other) => panic!("{other:?}"),
                None => {}
            }
        }
        keys.extend(keyboard.pause());
        keys
    }

    #[test]
    fn keys_are_read_from_what_terminals_send() {
        for (bytes, key) in [
            (&b"a"[..], Key::Character('a')),
            ("ä".as_bytes(), Key::Character('ä')),
            ("🦀".as_bytes(), Key::Character('🦀')),
            (b"\r", Key::Enter),
            (b"\n", Key::Enter),
            (b"\t", Key::Mark),
            (b"\x1b", Key::Escape),
            (b"\x1b[A", Key::Up),
            (b"\x1bOA", Key::Up),
            (b"\x1b[1;5B", Key::Down),
            (b"\x1b[5~", Key::PageUp),
            (b"\x1b[6~", Key::PageDown),
            (b"\x1b[H", Key::First),
            (b"\x1b[4~", Key::Last),
            (b"\x1b[200~", Key::Other),
            (b"\x1bx", Key::Other),
            (b"\x7f", Key::Erase),
            (b"\x15", Key::EraseAll),
            (b"\xff", Key::Other),
            (b"\x1b[", Key::Other),
        ] {
            assert_eq!(keys(bytes), [key], "{bytes:?}");
        }
        assert_eq!(keys(b"a\x1b[Bb"), [Key::Character('a'), Key::Down, Key::Character('b')]);
        let endless = [b"\x1b[".to_vec(), vec![b'1'; 100]].concat();
        assert!(!keys(&endless).contains(&Key::Up));
    }

    #[test]
    fn keys_that_send_signals_do_so_in_the_middle_of_others() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.take(ESCAPE), None);
        assert_eq!(keyboard.take(0x03), Some(Pressed::Interrupt));
        assert_eq!(keyboard.take(0x1a), Some(Pressed::Stop));
    }
}
