//! The language of Calico's selectors: `has(a) && !(b == 'c' || d in {'e', 'f'})`.
//!
//! A selector is written by whoever may write a policy: it is evaluated while it is read, in a loop, and how deep its
//! parentheses go costs memory and no stack.

use super::target::{Answer, NotEvaluated};
use crate::model::Text;

/// The label of a key, if there is one; an error where nobody here can tell.
pub(super) type Lookup<'l> = &'l dyn Fn(&str) -> Result<Option<Text>, NotEvaluated>;

/// The longest selector that is evaluated, in bytes: a policy is held against every pod, and none that a person writes
/// comes near.
pub(super) const LONGEST: usize = 1 << 16;

/// Whether a selector selects what has these labels; an empty one selects everything.
///
/// # Errors
/// Calico would not take it, it is longer than [`LONGEST`], or a label that decides it is not known here.
pub(super) fn selects(selector: &str, label: Lookup<'_>) -> Answer {
    if selector.len() > LONGEST {
        return Err(NotEvaluated);
    }
    let mut reader = Reader { rest: selector };
    if reader.peek().is_empty() {
        return Ok(true);
    }
    let mut open: Vec<Level> = Vec::new();
    let mut level = Level::default();
    loop {
        // What stands before a term.
        while reader.takes("!") {
            level.negated = !level.negated;
        }
        if reader.takes("(") {
            open.push(std::mem::take(&mut level));
            continue;
        }
        level.adds(reader.term(label)?);
        // What stands after one.
        while reader.takes(")") {
            let inner = level.any_of();
            level = open.pop().ok_or(NotEvaluated)?;
            level.adds(inner);
        }
        if reader.takes("||") {
            level.ends_alternative();
        } else if !reader.takes("&&") {
            break;
        }
    }
    if reader.peek().is_empty() && open.is_empty() {
        level.any_of().ok_or(NotEvaluated)
    } else {
        Err(NotEvaluated)
    }
}

/// What is known of what stands between two parentheses; none stands for what cannot be told.
#[derive(Debug)]
struct Level {
    /// Whether one of the alternatives before holds.
    any: Option<bool>,
    /// Whether all terms of this alternative do so far.
    all: Option<bool>,
    /// Whether the next term is negated.
    negated: bool,
}

impl Default for Level {
    fn default() -> Self {
        Self {
            any: Some(false),
            all: Some(true),
            negated: false,
        }
    }
}

impl Level {
    fn adds(&mut self, term: Option<bool>) {
        let term = term.map(|holds| holds != self.negated);
        self.negated = false;
        self.all = match (self.all, term) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (all, term) => all.and(term),
        };
    }

    fn ends_alternative(&mut self) {
        self.any = self.any_of();
        self.all = Some(true);
    }

    fn any_of(&self) -> Option<bool> {
        match (self.any, self.all) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (any, all) => any.and(all),
        }
    }
}

/// What is left of a selector.
struct Reader<'s> {
    rest: &'s str,
}

impl<'s> Reader<'s> {
    fn peek(&mut self) -> &'s str {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        self.rest
    }

    fn takes(&mut self, token: &str) -> bool {
        let rest = self.peek().strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expects(&mut self, token: &str) -> Result<(), NotEvaluated> {
        self.takes(token).then_some(()).ok_or(NotEvaluated)
    }

    /// A key, or a word of the language.
    fn word(&mut self) -> Result<&'s str, NotEvaluated> {
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-');
        let rest = self.peek();
        let end = rest.find(|c| !inner(c)).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word).ok_or(NotEvaluated)
    }

    /// A value in quotes of either kind; nothing in it is escaped.
    fn value(&mut self) -> Result<&'s str, NotEvaluated> {
        let rest = self.peek();
        let quote = rest
            .chars()
            .next()
            .filter(|c| matches!(c, '\'' | '"'))
            .ok_or(NotEvaluated)?;
        let (value, rest) = rest[1..].split_once(quote).ok_or(NotEvaluated)?;
        self.rest = rest;
        Ok(value)
    }

    /// Whether one of the values in braces is this one: `{'a', "b"}`.
    fn set_holds(&mut self, label: Option<&Text>) -> Result<bool, NotEvaluated> {
        self.expects("{")?;
        let mut holds = false;
        while !self.takes("}") {
            let value = self.value()?;
            holds |= label.is_some_and(|label| label == value);
            if !self.takes(",") {
                self.expects("}")?;
                break;
            }
        }
        Ok(holds)
    }

    /// Whether a term holds, if that can be told.
    ///
    /// # Errors
    /// It is none.
    fn term(&mut self, label: Lookup<'_>) -> Result<Option<bool>, NotEvaluated> {
        let word = self.word()?;
        if matches!(word, "all" | "global" | "has") && self.rest.starts_with('(') && self.takes("(")
        {
            let holds = match word {
                "has" => label(self.word()?).ok().map(|label| label.is_some()),
                _ => Some(word == "all"),
            };
            self.expects(")")?;
            return Ok(holds);
        }
        let found = label(word);
        let label = found.as_ref().ok().and_then(Option::as_ref);
        let holds = if self.takes("==") {
            let value = self.value()?;
            label.is_some_and(|label| label == value)
        } else if self.takes("!=") {
            let value = self.value()?;
            label.is_none_or(|label| label != value)
        } else {
            // The two words of one operator need no space between them.
            let first = self.word()?;
            let second = match first {
                "not" | "starts" | "ends" => self.word()?,
                _ => "",
            };
            match (first, second) {
                ("in", "") => self.set_holds(label)?,
                ("notin", "") | ("not", "in") => !self.set_holds(label)?,
                ("contains", "") => {
                    let value = self.value()?;
                    label.is_some_and(|label| label.contains(value))
                }
                ("startswith", "") | ("starts", "with") => {
                    let value = self.value()?;
                    label.is_some_and(|label| label.starts_with(value))
                }
                ("endswith", "") | ("ends", "with") => {
                    let value = self.value()?;
                    label.is_some_and(|label| label.ends_with(value))
                }
                _ => return Err(NotEvaluated),
            }
        };
        Ok(found.is_ok().then_some(holds))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{LONGEST, selects};
    use crate::{
        kubernetes::isolation::target::{Answer, NotEvaluated},
        model::Text,
    };

    fn ask(selector: &str) -> Answer {
        selects(selector, &|key| match key {
            "app" => Ok(Some(Text::from("cart"))),
            "unknown" => Err(NotEvaluated),
            _ => Ok(None),
        })
    }

    #[test]
    fn selectors_are_read_as_calico_reads_them() {
        for selector in [
            "",
            " \t",
            "all()",
            "!global( )",
            "has( app )",
            "app=='cart'",
            "app == \"cart\"",
            "app != 'a'",
            "b != 'a'",
            "app in {'a', 'cart',}",
            "app in{\"cart\"}",
            "b not in {}",
            "b notin {'x'}",
            "app contains 'ar'",
            "app starts with 'c'",
            "app startswith 'c'",
            "app ends  with 'rt'",
            "(all())",
            "((app == 'a' || has(app)) && !(has(b)))",
            "!!has(app)",
            "! ( has(b) || global() )",
            "has(b) && has(c) || all()",
            "app != 'x||y' && app != \"it's\"",
            "has(unknown) || all()",
            "!(has(unknown) && global())",
        ] {
            assert_eq!(ask(selector), Ok(true), "{selector}");
        }
        for selector in [
            "global()",
            "has(b)",
            "app == 'a'",
            "b == ''",
            "b in {'a'}",
            "app in {}",
            "b starts with ''",
            "!(all())",
            "has(unknown) && global()",
            "all() && has(b) || global()",
        ] {
            assert_eq!(ask(selector), Ok(false), "{selector}");
        }
    }

    #[test]
    fn what_calico_would_not_take_or_nobody_knows_has_no_answer() {
        for selector in [
            "has(unknown)",
            "unknown == 'a' && all()",
            "!has(unknown)",
            "app",
            "app ==",
            "app == cart",
            "app = 'cart'",
            "app == 'cart",
            "all",
            "all(",
            "all ()",
            "has()",
            "has(a",
            "(all()",
            "all())",
            ")",
            "()",
            "all() all()",
            "all() &&",
            "|| all()",
            "all() & all()",
            "!",
            "app in 'cart'",
            "app in {'a' 'b'}",
            "app in {,}",
            "app not {'a'}",
            "app starts 'c'",
            "app == 'cart'\n",
            "ä == 'b'",
            "all() || app ==",
            "app ==== 'a'",
            "\u{a0}all()",
        ] {
            assert_eq!(ask(selector), Err(NotEvaluated), "{selector}");
        }
    }

    #[test]
    fn no_selector_is_too_deep_and_one_may_be_too_long() {
        for (open, close) in [("!", ""), ("(", ")"), ("!(", ")"), ("has(app) && (", ")")] {
            let deep = |times: usize| {
                let text = format!("{}all(){}", open.repeat(times), close.repeat(times));
                (text.len() <= LONGEST, ask(&text))
            };
            let times = (LONGEST - 5) / (open.len() + close.len()) / 2 * 2;
            assert_eq!(deep(times), (true, Ok(true)), "{open}");
            assert_eq!(deep(1_000_000), (false, Err(NotEvaluated)), "{open}");
        }
        for (between, first) in [(" && ", "all()"), ("||", "global()")] {
            let mut chain = first.to_owned();
            while chain.len() < LONGEST - 20 {
                let _ = write!(chain, "{between}{first}");
            }
            assert_eq!(ask(&chain), Ok(first == "all()"));
        }
        let set = |values: usize| format!("app in {{{}'cart'}}", "'a',".repeat(values));
        assert_eq!(ask(&set(16_000)), Ok(true));
        assert_eq!(ask(&set(100_000)), Err(NotEvaluated));
    }
}
