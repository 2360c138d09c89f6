//! What is kept of environment variables: their names, and of a value only its class.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess},
    ser::SerializeStruct,
};

use super::types::EnvVarSource;
use crate::{
    model::Text,
    wire::{
        Decode, WireError,
        decode::{self, Borrowed},
        protobuf::{Layout, Reader, Wire, WireType},
    },
};

/// What the literal value of an environment variable looks like.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ValueClass {
    /// No value, or an empty one.
    #[default]
    Empty,
    /// Nothing but references to other variables: `$(NAME)`.
    Reference,
    /// `true`, `false`, `yes`, `no`, `on`, `off`.
    Boolean,
    /// A number.
    Number,
    /// A file path.
    Path,
    /// A URL without a password.
    Url,
    /// A URL with a password.
    UrlWithPassword,
    /// A private key, a token, an access key: recognised by its shape.
    Credential,
    /// Anything else.
    Other,
}

/// One environment variable of a container; its value does not survive decoding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EnvVar {
    /// The variable's name.
    pub name: Text,
    /// What its literal value looks like.
    pub value: ValueClass,
    /// Where its value comes from instead.
    pub value_from: Option<Box<EnvVarSource>>,
    /// The literal value of an `ETCD_*` variable of a control-plane pod, which is a flag of etcd.
    pub(crate) flag: Option<Text>,
}

impl EnvVar {
    /// The value of an etcd flag set through the environment; only control-plane pods keep it.
    pub fn flag(&self) -> Option<&Text> {
        self.flag.as_ref()
    }
}

impl Serialize for EnvVar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("EnvVar", 4)?;
        out.serialize_field("name", &self.name)?;
        if self.value != ValueClass::Empty {
            out.serialize_field("valueClass", &self.value)?;
        }
        if let Some(from) = &self.value_from {
            out.serialize_field("valueFrom", from)?;
        }
        if let Some(flag) = &self.flag {
            out.serialize_field("value", flag)?;
        }
        out.end()
    }
}

/// A scalar: YAML lets a value be written as a number or a boolean, which kubectl reads as such.
struct Literal<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Literal<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Literal<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Owned(text.to_owned())))
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Borrowed(if value { "true" } else { "false" })))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Owned(value.to_string())))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Owned(value.to_string())))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Literal(Cow::Owned(value.to_string())))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl EnvVar {
    /// Takes the literal value: its class, and for etcd, whose flags can be variables, the value itself until the pod
    /// is known to be one of the control plane.
    fn take(&mut self, literal: &str) {
        self.value = classify(literal);
        self.flag = match self.value {
            ValueClass::Credential | ValueClass::UrlWithPassword => None,
            _ if self.name.starts_with("ETCD_") => Some(literal.into()),
            _ => None,
        };
    }
}

impl Decode for EnvVar {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = EnvVar;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an environment variable")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EnvVar, A::Error> {
                let mut variable = EnvVar::default();
                let mut literal: Option<Literal<'de>> = None;
                while let Some(Borrowed(key)) = map.next_key()? {
                    match &*key {
                        "name" => variable.name = decode::value(&mut map)?,
                        "value" => literal = map.next_value()?,
                        "valueClass" => variable.value = map.next_value()?,
                        "valueFrom" => variable.value_from = decode::value(&mut map)?,
                        _ => decode::skip(&mut map)?,
                    }
                }
                if let Some(Literal(literal)) = literal {
                    variable.take(&literal);
                }
                Ok(variable)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

impl Wire for EnvVar {
    fn merge(
        &mut self,
        _: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let mut literal = Cow::Borrowed("");
        reader.message(wire, |field, wire, fields| {
            match field {
                1 => self.name.merge(Layout::Own, wire, fields)?,
                2 => literal = fields.text(wire)?,
                3 => self.value_from.merge(Layout::Own, wire, fields)?,
                _ => fields.skip(wire)?,
            }
            Ok(())
        })?;
        self.take(&literal);
        Ok(())
    }
}

/// The class of a literal value.
pub fn classify(value: &str) -> ValueClass {
    let value = value.trim();
    if value.is_empty() {
        ValueClass::Empty
    } else if has_credential_shape(value) {
        ValueClass::Credential
    } else if let Some(class) = url(value) {
        class
    } else if is_reference(value) {
        ValueClass::Reference
    } else if ["true", "false", "yes", "no", "on", "off"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
    {
        ValueClass::Boolean
    } else if value.parse::<f64>().is_ok() {
        ValueClass::Number
    } else if is_path(value) {
        ValueClass::Path
    } else {
        ValueClass::Other
    }
}

fn is_reference(value: &str) -> bool {
    let mut rest = value;
    while let Some(tail) = rest.strip_prefix("$(") {
        let Some((_, after)) = tail.split_once(')') else {
            return false;
        };
        rest = after.trim_start_matches(['/', ':', '-', '_', '.', '@', ',']);
    }
    rest.is_empty()
}

fn is_path(value: &str) -> bool {
    let rooted = ["/", "./", "../", "~/"]
        .iter()
        .any(|root| value.starts_with(root));
    let drive = value.len() > 2
        && value.as_bytes()[0].is_ascii_alphabetic()
        && matches!(&value.as_bytes()[1..3], b":\\" | b":/");
    // Base64 may begin with a slash as well; a path is made of words.
    (rooted || drive)
        && !value.contains(char::is_whitespace)
        && !value.contains(['=', '+'])
        && value.split(['/', '\\']).all(|part| part.len() <= 64)
}

fn url(value: &str) -> Option<ValueClass> {
    let (scheme, rest) = value.split_once("://")?;
    let scheme = scheme.strip_prefix("jdbc:").unwrap_or(scheme);
    let valid = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if !valid {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A password may hold any character that a careless hand left unescaped, a slash included.
    let user_info = authority
        .rsplit_once('@')
        .or_else(|| rest.rsplit_once('@'))
        .map_or("", |(user_info, _)| user_info);
    let password = user_info
        .split_once(':')
        .map_or("", |(_, password)| password);
    let in_query = rest
        .split_once('?')
        .is_some_and(|(_, query)| query.split(['&', ';']).any(has_password));
    let written = !password.is_empty() && !is_reference(password);
    Some(if written || in_query {
        ValueClass::UrlWithPassword
    } else {
        ValueClass::Url
    })
}

fn has_password(pair: &str) -> bool {
    pair.split_once('=').is_some_and(|(key, value)| {
        ["password", "pwd", "passwd"]
            .iter()
            .any(|name| key.eq_ignore_ascii_case(name))
            && !value.is_empty()
            && !is_reference(value)
    })
}

/// Whether a value is recognised as a credential by its shape alone.
fn has_credential_shape(value: &str) -> bool {
    if value.contains("PRIVATE KEY-----") {
        return true;
    }
    // A service account key of a cloud provider as inline JSON.
    if value.starts_with('{') && value.contains("\"private_key\"") {
        return true;
    }
    if value.contains("AccountKey=") || value.contains("SharedAccessKey=") {
        return true;
    }
    value.split([' ', ',', ';', '"', '\'', '\n']).any(is_token)
        || value
            .get(..7)
            .is_some_and(|start| start.eq_ignore_ascii_case("bearer "))
            && value[7..].trim().len() >= 8
            && !is_reference(value[7..].trim())
}

fn is_token(word: &str) -> bool {
    let tail = |prefix: &str, length: usize, allowed: fn(u8) -> bool| {
        word.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() >= length && rest.bytes().all(allowed))
    };
    let word_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    // AWS access keys have exactly twenty characters.
    (word.len() == 20 && (tail("AKIA", 16, upper) || tail("ASIA", 16, upper)))
        || ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]
            .iter()
            .any(|prefix| tail(prefix, 30, word_byte))
        || tail("github_pat_", 30, word_byte)
        || tail("glpat-", 20, word_byte)
        || (word.len() == 39 && tail("AIza", 35, word_byte))
        || ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"]
            .iter()
            .any(|prefix| tail(prefix, 10, word_byte))
        || is_jwt(word)
}

fn is_jwt(word: &str) -> bool {
    let mut parts = word.split('.');
    let base64url = |part: &str| {
        part.len() >= 8
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    word.starts_with("eyJ")
        && parts.next().is_some_and(base64url)
        && parts.next().is_some_and(base64url)
        && parts.next().is_some()
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::{ValueClass, classify};

    #[test]
    fn values_are_classified_by_their_shape() {
        use ValueClass::{
            Boolean, Credential, Empty, Number, Other, Path, Reference, Url, UrlWithPassword,
        };
        for (value, class) in [
            ("", Empty),
            ("  ", Empty),
            ("$(DB_PASSWORD)", Reference),
            ("$(A)-$(B)", Reference),
            ("true", Boolean),
            ("Off", Boolean),
            ("42", Number),
            ("-1.5e3", Number),
            ("/etc/secrets/token", Path),
            ("C:\\keys\\id", Path),
            ("https://vault.example:8200/v1", Url),
            ("postgres://shop@db/shop", Url),
            ("postgres://shop:$(PW)@db/shop", Url),
            ("postgres://shop:hunter2@db/shop", UrlWithPassword),
            (
                "jdbc:mysql://db/shop?user=shop&password=x1y2",
                UrlWithPassword,
            ),
            ("amqp://u:a/b@mq:5672", UrlWithPassword),
            ("-----BEGIN RSA PRIVATE KEY-----\nMII", Credential),
            ("AKIAIOSFODNN7EXAMPLE", Credential),
            ("ghp_0123456789abcdefghijABCDEFGHIJ012345", Credential),
            ("xoxb-123456789012-abcdefghijkl", Credential),
            ("Bearer abcdefgh12345678", Credential),
            (
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
                Credential,
            ),
            ("hunter2", Other),
            ("bearer", Other),
            ("/QzFbase64+like==", Other),
        ] {
            assert_eq!(classify(value), class, "{value}");
        }
    }
}
