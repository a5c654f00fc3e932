//! XML elements as values, and the names of what they say.

use super::view::shortened;

/// Conditions of stanza errors.
const STANZA_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";

/// An element with all that is in it.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// Its own text, in one piece.
    pub(super) text: String,
}

impl Element {
    pub(super) fn is(&self, name: &str, namespace: &str) -> bool {
        self.name == name && self.namespace == namespace
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn child(&self, name: &str, namespace: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(name, namespace))
    }

    /// The names of the features in a `stream:features`.
    pub(super) fn feature_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for feature in &self.children {
            if feature.is("mechanisms", SASL) {
                names.extend(feature.mechanisms().map(|name| format!("mechanism {name}")));
                continue;
            }
            let name = shortened(&format!("{} {}", feature.namespace, feature.name));
            feature.named_below(&name, &mut names);
            names.push(name);
        }
        names
    }

    /// What SASL mechanisms a `mechanisms` lists.
    pub(super) fn mechanisms(&self) -> impl Iterator<Item = &str> {
        let mechanisms = self.children.iter();
        mechanisms
            .filter(|child| child.name == "mechanism")
            .map(|child| child.text.trim())
    }

    /// `starttls/required`, `limits/max-bytes 262144`, `sasl-channel-binding/channel-binding tls-exporter`.
    fn named_below(&self, path: &str, names: &mut Vec<String>) {
        for child in &self.children {
            // At each level, or a deep path before many elements would need much memory.
            let path = shortened(&format!("{path}/{}", child.name));
            child.named_below(&path, names);
            let value = [child.attribute("type").unwrap_or_default(), &child.text];
            let value = value.map(str::trim).join(" ");
            names.push(format!("{path} {}", value.trim()).trim_end().to_owned());
        }
    }

    /// The condition of a stanza of type `error`.
    pub(super) fn stanza_error(&self) -> &str {
        let error = self.children.iter().find(|child| child.name == "error");
        let mut conditions = error.iter().flat_map(|error| &error.children);
        conditions
            .find(|child| child.namespace == STANZA_ERRORS && child.name != "text")
            .map_or("error without condition", |condition| &condition.name)
    }

    /// The condition of a SASL failure or a stream error, with the server's words for it.
    pub(super) fn reason(&self) -> String {
        let is_text = |child: &&Self| child.name == "text";
        let condition = self.children.iter().find(|child| !is_text(child));
        let condition = condition.map_or(self.name.as_str(), |condition| &condition.name);
        match self.children.iter().find(is_text) {
            Some(text) => format!("{condition} ({})", text.text.trim()),
            None => condition.to_owned(),
        }
    }
}
