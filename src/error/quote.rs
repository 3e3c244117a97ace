//! What others said, apart from our own words.

use crate::redact;

/// What another program or a server said. It is shown without what looks like a secret, and never
/// recorded: we can't know what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What is shown.
    pub(super) shown: String,
    /// The words of ours that are recorded instead.
    pub(super) own_words: String,
}

impl Quote {
    /// Returns a quote of `text`.
    pub fn new(text: &str) -> Self {
        Self { shown: redact::foreign(text), own_words: String::new() }
    }

    /// Adds words of ours behind it, which may be recorded.
    #[must_use]
    pub fn and(mut self, own_words: &str) -> Self {
        self.shown.push_str(own_words);
        self.own_words.push_str(own_words);
        self
    }

    /// Replaces the words of ours that are recorded instead of the quote.
    #[must_use]
    pub(crate) fn recorded_as(self, own_words: &str) -> Self {
        Self { own_words: own_words.to_owned(), ..self }
    }
}
