//! Label selectors that a person wrote, read as Kubernetes reads them.

use kready_checks::{
    inventory::types::{LabelSelector, LabelSelectorRequirement},
    model::Text,
    wire::Labels,
};

use crate::words::shortened;

/// A list of some dozen requirements has room in it.
const LONGEST: usize = 4096;

/// The longest name of a label, and the longest value.
const LONGEST_NAME: usize = 63;

/// The longest prefix of a label's key.
const LONGEST_PREFIX: usize = 253;

/// A label selector, with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selector {
    text: String,
    selector: LabelSelector,
}

/// How a requirement compares, by the names of Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Operator {
    pub(crate) const NAMES: [&'static str; 4] = ["In", "NotIn", "Exists", "DoesNotExist"];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "In" => Self::In,
            "NotIn" => Self::NotIn,
            "Exists" => Self::Exists,
            "DoesNotExist" => Self::DoesNotExist,
            _ => return None,
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::In => "In",
            Self::NotIn => "NotIn",
            Self::Exists => "Exists",
            Self::DoesNotExist => "DoesNotExist",
        }
    }
}

/// One requirement: a key, how it compares, and the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) key: String,
    pub(crate) operator: Operator,
    pub(crate) values: Vec<String>,
}

impl Selector {
    /// Reads what `kubectl get -l` takes: `app=cart,tier in (web, api),!canary`.
    ///
    /// # Errors
    /// What is wrong with it, as a clause.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: String| {
            format!(
                "`{}` is not a label selector: {why}",
                shortened(text.trim())
            )
        };
        if text.len() > LONGEST {
            return Err(wrong(format!("it is longer than {LONGEST} bytes")));
        }
        let requirements = Reader::new(text).requirements().map_err(wrong)?;
        Self::of(&requirements).map_err(wrong)
    }

    /// A selector of requirements, of which all have to hold.
    ///
    /// # Errors
    /// What of them no API server takes, as a clause.
    pub(crate) fn of(requirements: &[Requirement]) -> Result<Self, String> {
        if requirements.is_empty() {
            return Err("it selects everything; name a label, or leave it out".to_owned());
        }
        let mut texts = Vec::new();
        let mut selector = LabelSelector::default();
        for requirement in requirements {
            texts.push(written(requirement)?);
            selector.match_expressions.push(LabelSelectorRequirement {
                key: requirement.key.as_str().into(),
                operator: requirement.operator.name().into(),
                values: requirement.values.iter().map(Text::from).collect(),
            });
        }
        Ok(Self {
            text: texts.join(","),
            selector,
        })
    }

    /// As kubectl writes it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn selects(&self, labels: &Labels) -> bool {
        // Its operators are known.
        self.selector.selects(labels).unwrap_or(false)
    }
}

/// A requirement as kubectl writes it, once it is one that an API server takes.
fn written(requirement: &Requirement) -> Result<String, String> {
    let Requirement {
        key,
        operator,
        values,
    } = requirement;
    if !is_key(key) {
        return Err(format!("`{}` is not the key of a label", shortened(key)));
    }
    if let Some(value) = values.iter().find(|value| !is_value(value)) {
        return Err(format!(
            "`{}` is not the value of a label",
            shortened(value)
        ));
    }
    let counts = matches!(operator, Operator::In | Operator::NotIn);
    match (counts, values.is_empty()) {
        (true, true) => return Err(format!("`{key}` is compared with no value")),
        (false, false) => {
            return Err(format!("{} of `{key}` takes no values", operator.name()));
        }
        _ => {}
    }
    let among = || values.join(",");
    Ok(match (operator, &values[..]) {
        (Operator::In, [only]) => format!("{key}={only}"),
        (Operator::NotIn, [only]) => format!("{key}!={only}"),
        (Operator::In, _) => format!("{key} in ({})", among()),
        (Operator::NotIn, _) => format!("{key} notin ({})", among()),
        (Operator::Exists, _) => key.clone(),
        (Operator::DoesNotExist, _) => format!("!{key}"),
    })
}

fn is_key(key: &str) -> bool {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    prefix.is_none_or(is_prefix) && !name.is_empty() && is_value(name)
}

/// A DNS subdomain.
fn is_prefix(prefix: &str) -> bool {
    prefix.len() <= LONGEST_PREFIX
        && prefix.split('.').all(|label| {
            is_between(label, |byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit()
            }) && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
}

fn is_value(value: &str) -> bool {
    value.is_empty()
        || value.len() <= LONGEST_NAME
            && is_between(value, |byte| byte.is_ascii_alphanumeric())
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether it begins and ends with such a byte.
fn is_between(text: &str, is: impl Fn(u8) -> bool) -> bool {
    let ends = text.bytes().next().zip(text.bytes().next_back());
    ends.is_some_and(|(first, last)| is(first) && is(last))
}

/// A piece of a selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Equal,
    Unequal,
    Not,
    Comma,
    Open,
    Close,
    /// `<` and `>`: they compare numbers, and no selector of labels in an object has them.
    Order,
    End,
}

impl Token<'_> {
    fn shown(self) -> String {
        match self {
            Self::Word(word) => format!("`{}`", shortened(word)),
            Self::Equal => "`=`".to_owned(),
            Self::Unequal => "`!=`".to_owned(),
            Self::Not => "`!`".to_owned(),
            Self::Comma => "a comma".to_owned(),
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::Order => "`<` or `>`".to_owned(),
            Self::End => "the end".to_owned(),
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    const fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    fn next(&mut self) -> Token<'t> {
        self.rest = self.rest.trim_start();
        for (symbol, token) in [
            ("!=", Token::Unequal),
            ("==", Token::Equal),
            ("=", Token::Equal),
            ("!", Token::Not),
            (",", Token::Comma),
            ("(", Token::Open),
            (")", Token::Close),
            ("<", Token::Order),
            (">", Token::Order),
        ] {
            if let Some(rest) = self.rest.strip_prefix(symbol) {
                self.rest = rest;
                return token;
            }
        }
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '=' | '!' | ',' | '(' | ')' | '<' | '>');
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if word.is_empty() {
            Token::End
        } else {
            Token::Word(word)
        }
    }

    fn peek(&self) -> Token<'t> {
        Self { rest: self.rest }.next()
    }

    fn requirements(mut self) -> Result<Vec<Requirement>, String> {
        let mut all = Vec::new();
        if self.peek() == Token::End {
            return Ok(all);
        }
        loop {
            all.push(self.requirement()?);
            match self.next() {
                Token::End => return Ok(all),
                Token::Comma => {}
                other => return Err(format!("{} stands where a comma should", other.shown())),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let absent = self.peek() == Token::Not;
        if absent {
            self.next();
        }
        let key = match self.next() {
            Token::Word(word) => word.to_owned(),
            other => return Err(format!("{} stands where a key should", other.shown())),
        };
        let operator = |operator, values| Requirement {
            key: key.clone(),
            operator,
            values,
        };
        if absent {
            return Ok(operator(Operator::DoesNotExist, Vec::new()));
        }
        match self.peek() {
            Token::Equal => {
                self.next();
                Ok(operator(Operator::In, vec![self.value()]))
            }
            Token::Unequal => {
                self.next();
                Ok(operator(Operator::NotIn, vec![self.value()]))
            }
            Token::Word("in") => {
                self.next();
                Ok(operator(Operator::In, self.values()?))
            }
            Token::Word("notin") => {
                self.next();
                Ok(operator(Operator::NotIn, self.values()?))
            }
            Token::Order => {
                Err("it compares numbers, which selectors of objects cannot".to_owned())
            }
            _ => Ok(operator(Operator::Exists, Vec::new())),
        }
    }

    /// A value, which may be empty.
    fn value(&mut self) -> String {
        let Token::Word(word) = self.peek() else {
            return String::new();
        };
        self.next();
        word.to_owned()
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        if self.next() != Token::Open {
            return Err("`in` and `notin` need values in parentheses".to_owned());
        }
        if self.peek() == Token::Close {
            self.next();
            return Ok(Vec::new());
        }
        let mut values = Vec::new();
        loop {
            values.push(self.value());
            match self.next() {
                Token::Close => return Ok(values),
                Token::Comma => {}
                other => {
                    return Err(format!(
                        "{} stands where a comma or `)` should",
                        other.shown()
                    ));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect()
    }

    #[test]
    fn selectors_select_what_kubectl_selects() {
        let shop = labels(&[
            ("app.kubernetes.io/part-of", "shop"),
            ("tier", "web"),
            ("empty", ""),
        ]);
        for (text, selected) in [
            ("app.kubernetes.io/part-of=shop", true),
            ("app.kubernetes.io/part-of==shop", true),
            ("app.kubernetes.io/part-of = shop , tier=web", true),
            ("tier!=web", false),
            ("tier!=api", true),
            ("missing!=api", true),
            ("tier in (web, api)", true),
            ("tier in (api)", false),
            ("tier notin (web,api)", false),
            ("missing notin (web)", true),
            ("tier", true),
            ("missing", false),
            ("!missing", true),
            ("! tier", false),
            ("empty=", true),
            ("empty in (,x)", true),
            ("tier in(web)", true),
            ("in=x", false),
            ("tier=web,app=other", false),
        ] {
            let selector = Selector::parse(text).unwrap();
            assert_eq!(selector.selects(&shop), selected, "{text}");
            // What is written reads the same again.
            assert_eq!(
                Selector::parse(selector.text()).unwrap(),
                selector,
                "{text}"
            );
        }
    }

    #[test]
    fn what_no_api_server_takes_is_refused_with_its_cause() {
        let long = "x".repeat(64);
        for (text, cause) in [
            ("", "selects everything"),
            ("  ", "selects everything"),
            ("=a", "where a key should"),
            ("a=b,", "where a key should"),
            ("a,,b", "where a key should"),
            ("a=b c", "where a comma should"),
            ("a in b", "in parentheses"),
            ("a in (b", "where a comma or `)` should"),
            ("a in ()", "compared with no value"),
            ("a>1", "compares numbers"),
            ("a b", "where a comma should"),
            ("-a=b", "not the key"),
            ("a/b/c=d", "not the key"),
            ("A.b/c=d", "not the key"),
            ("/c=d", "not the key"),
            ("a=-b", "not the value"),
            ("a=b\u{202e}c", "not the value"),
            (&format!("a={long}"), "not the value"),
            (&format!("{long}=a"), "not the key"),
            (&"a,".repeat(3000), "longer than"),
        ] {
            let wrong = Selector::parse(text).unwrap_err();
            assert!(wrong.contains(cause), "{text}: {wrong}");
            assert!(wrong.chars().count() < 220, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_ends_and_reads_the_same_again(text in "[ab=!,() <>in]{0,24}|.{0,40}") {
            if let Ok(selector) = Selector::parse(&text) {
                prop_assert_eq!(Selector::parse(selector.text()), Ok(selector));
            }
        }
    }
}
