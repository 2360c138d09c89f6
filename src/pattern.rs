//! Globs that a person wrote, of names: however they look, reading them ends soon and never badly.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::words::shortened;

/// A list of some dozen names has room in it.
const LONGEST: usize = 4096;

/// How many globs may be held against a name at a time; plain names are not counted.
const MOST: usize = 1000;

/// A glob, or several of which one has to match.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(GlobSet);

impl Pattern {
    /// Reads a glob.
    ///
    /// # Errors
    /// What is wrong with it, as a clause that names it.
    pub(crate) fn parse(text: &str, any_case: bool) -> Result<Self, String> {
        Self::any([text], any_case)
    }

    /// Reads several globs.
    ///
    /// # Errors
    /// What is wrong with one of them, as a clause that names it.
    pub(crate) fn any<'a>(
        texts: impl IntoIterator<Item = &'a str>,
        any_case: bool,
    ) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        let mut globs = 0;
        for text in texts {
            let wrong = |why: &str| format!("`{}` is not a pattern: {why}", shortened(text));
            if text.len() > LONGEST {
                return Err(wrong(&format!("it is longer than {LONGEST} bytes")));
            }
            globs += usize::from(is_glob(text));
            if globs > MOST {
                return Err(format!("there are more than {MOST} patterns"));
            }
            let glob = GlobBuilder::new(text)
                .case_insensitive(any_case)
                .build()
                .map_err(|error| wrong(&error.kind().to_string()))?;
            // By itself first, so that what is wrong is told of the right one.
            if is_glob(text) {
                let mut alone = GlobSetBuilder::new();
                alone.add(glob.clone());
                alone.build().map_err(|_| wrong("it is too complicated"))?;
            }
            set.add(glob);
        }
        let set = set
            .build()
            .map_err(|_| "the patterns together are too complicated".to_owned())?;
        Ok(Self(set))
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

/// Whether a text may match other names than itself.
pub(crate) fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_held_against_globs() {
        let pattern = Pattern::parse("team-{a,b}*", false).unwrap();
        assert!(pattern.matches("team-a") && pattern.matches("team-b2"));
        assert!(!pattern.matches("team-c") && !pattern.matches("Team-a"));
        assert!(
            Pattern::parse("deployment", true)
                .unwrap()
                .matches("Deployment")
        );
        let any = Pattern::any(["shop", "team-*"], false).unwrap();
        assert!(any.matches("shop") && any.matches("team-x") && !any.matches("shops"));
        assert!(!Pattern::any([], false).unwrap().matches("shop"));
    }

    #[test]
    fn whatever_is_no_pattern_is_told_and_never_breaks_anything() {
        let many = "*?".repeat(2_000);
        for text in [
            "[",
            "{a",
            &"*".repeat(10 << 20),
            &"x".repeat(10 << 20),
            &"[!a]".repeat(3 << 20),
            &("{".repeat(1_000) + &"}".repeat(1_000)),
            &("{a,".repeat(600) + &"}".repeat(600)),
        ] {
            let wrong = Pattern::parse(text, true).unwrap_err();
            assert!(wrong.contains("is not a pattern: "), "{wrong}");
            assert!(wrong.chars().count() < 160, "{wrong}");
        }
        // It is odd, and can be read.
        assert!(!Pattern::parse(&many, true).unwrap().matches("x"));
        let texts: Vec<String> = (0..=MOST).map(|number| format!("*{number}*")).collect();
        let wrong = Pattern::any(texts.iter().map(String::as_str), false).unwrap_err();
        assert_eq!(wrong, "there are more than 1000 patterns");
    }
}
