//! Answers and refusals in XML, the way STS writes them.

/// The namespace of what STS itself says.
pub(super) const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The namespace of what AWS's front end says about a request that it finds no operation for.
const FRONT_NAMESPACE: &str = "http://webservices.amazon.com/AWSFault/2005-15-09";

/// A refusal: the HTTP status, the error code and the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// The caller is who it says, and may not.
    pub(super) fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "AccessDenied", message)
    }

    /// A parameter has the wrong form.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// There is no such operation.
    pub(super) fn no_operation(action: &str, version: &str) -> Self {
        let message = format!("Could not find operation {action} for version {version}");
        Self::new(400, "InvalidAction", message)
    }

    /// The refusal as STS's XML.
    pub(super) fn to_xml(&self, request_id: &str) -> String {
        let namespace = if self.code == "InvalidAction" { FRONT_NAMESPACE } else { STS_NAMESPACE };
        let kind = if self.status >= 500 { "Receiver" } else { "Sender" };
        let mut xml = Xml::new();
        xml.open_with("ErrorResponse", namespace);
        xml.open("Error");
        xml.leaf("Type", kind).leaf("Code", &self.code).leaf("Message", &self.message);
        xml.close("Error");
        xml.leaf("RequestId", request_id);
        xml.close("ErrorResponse");
        xml.finish()
    }
}

/// An XML document under construction.
pub(super) struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    pub(super) fn new() -> Self {
        Self { text: String::new(), depth: 0 }
    }

    /// The line that S3's documents begin with and STS's don't.
    pub(super) fn declare(&mut self) -> &mut Self {
        self.start("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self
    }

    /// Opens an element with a namespace.
    pub(super) fn open_with(&mut self, name: &str, namespace: &str) -> &mut Self {
        self.start(&format!("<{name} xmlns=\"{namespace}\">\n"));
        self.depth += 1;
        self
    }

    /// Opens an element.
    pub(super) fn open(&mut self, name: &str) -> &mut Self {
        self.start(&format!("<{name}>\n"));
        self.depth += 1;
        self
    }

    /// Closes an element.
    pub(super) fn close(&mut self, name: &str) -> &mut Self {
        self.depth -= 1;
        self.start(&format!("</{name}>\n"));
        self
    }

    /// An element with text in it.
    pub(super) fn leaf(&mut self, name: &str, text: &str) -> &mut Self {
        self.start(&format!("<{name}>{}</{name}>\n", escape(text)));
        self
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn start(&mut self, markup: &str) {
        self.text.push_str(&"  ".repeat(self.depth));
        self.text.push_str(markup);
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#xD;"),
            // XML 1.0 can't hold the other control characters at all.
            c if c.is_control() && c != '\n' && c != '\t' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The text of the first element of that name.
pub(super) fn text_of<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}

/// The document with another text in the first element of that name or, if it is JSON, with another
/// value under that key.
pub(super) fn with(document: &str, name: &str, text: &str) -> String {
    let (start, end) = match document.split_once(&format!("<{name}>")) {
        Some((before, _)) => (before.len() + name.len() + 2, "<"),
        None => match document.split_once(&format!("\"{name}\":")) {
            Some((before, _)) => (before.len() + name.len() + 3, ",}"),
            None => return document.to_owned(),
        },
    };
    let length = document[start..].find(|c| end.contains(c)).unwrap_or_default();
    format!("{}{text}{}", &document[..start], &document[start + length..])
}

/// The document without the first element of that name.
pub(super) fn without(xml: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let span = xml
        .find(&open)
        .and_then(|start| xml[start..].find(&close).map(|end| (start, start + end + close.len())));
    match span {
        Some((start, end)) => format!("{}{}", &xml[..start], &xml[end..]),
        None => xml.to_owned(),
    }
}
