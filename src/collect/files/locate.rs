//! Documents of a text, and where they and their fields stand.

use std::cell::OnceCell;

use kready_checks::inventory::{BadYaml, Composed, Read, Step, read};
use serde_json::Value;

/// A document, and where it and the items of its list begin.
#[derive(Debug)]
pub(super) struct Located<'t> {
    pub(super) value: Value,
    /// The template that Helm names in front of the document.
    pub(super) template: Option<String>,
    /// The line on which the object begins, counted from one.
    pub(super) line: u32,
    /// The lines of the objects that its lists open to; none when they are not known.
    pub(super) items: Vec<u32>,
    pub(super) fields: Fields<'t>,
}

/// The lines of the fields of a document, which are found when one is asked for.
#[derive(Debug)]
pub(super) struct Fields<'t> {
    text: &'t str,
    /// The line on which the text begins, counted from one.
    first: usize,
    composed: OnceCell<Option<Composed>>,
}

impl Fields<'_> {
    /// The line of a field, or of as much of the way to it as there is.
    pub(super) fn line_of(&self, path: &[Step]) -> Option<u32> {
        let composed = self.composed.get_or_init(|| Read::fields(self.text));
        let line = composed.as_ref()?.line_of(path)?;
        Some(line.saturating_add(u32::try_from(self.first - 1).unwrap_or(u32::MAX)))
    }
}

/// Takes a text apart: JSON values in a row, or YAML documents, each by itself.
pub(super) fn documents(text: &str, maybe_yaml: bool) -> Vec<Result<Located<'_>, BadYaml>> {
    let documents = read(text, maybe_yaml).into_iter();
    documents.map(|read| read.map(located)).collect()
}

fn located(read: Read<'_>) -> Located<'_> {
    let Read {
        value,
        text,
        first,
        line,
        items,
    } = read;
    Located {
        value,
        template: template(text),
        line,
        items,
        fields: Fields {
            text,
            first,
            composed: OnceCell::new(),
        },
    }
}

/// The template that Helm's `# Source:` names in front of a document.
fn template(text: &str) -> Option<String> {
    let comments = text.lines().map_while(|line| {
        let line = line.trim();
        match line.strip_prefix('#') {
            Some(comment) => Some(comment.trim()),
            None => line.is_empty().then_some(""),
        }
    });
    let named = comments.filter_map(|comment| comment.strip_prefix("Source: "));
    named.last().map(|file| file.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use kready_checks::inventory::Step;

    use super::documents;

    fn lines(text: &str) -> Vec<(u32, Vec<u32>)> {
        documents(text, true)
            .into_iter()
            .map(|document| document.unwrap())
            .map(|document| (document.line, document.items))
            .collect()
    }

    #[test]
    fn documents_begin_where_their_first_field_stands() {
        let text = "# a comment\n\n---\n# another\nkind: A\n---\n\n---\nkind: B\ntext: |\n  ---\n  x\n...\n--- # next\n{kind: C}\n";
        assert_eq!(lines(text), [(5, vec![]), (9, vec![]), (15, vec![])]);
    }

    #[test]
    fn items_of_a_list_have_lines_of_their_own() {
        let text = "apiVersion: v1\nitems:\n# first\n- kind: A\n  items:\n  - x\n-\n  kind: B\n  text: |\n    - no\nkind: List\n";
        assert_eq!(lines(text), [(1, vec![4, 8])]);
        let indented =
            "apiVersion: v1\nkind: List\nitems:\n  - kind: A\n    x:\n    - y\n  - kind: B\n";
        assert_eq!(lines(indented), [(1, vec![4, 7])]);
        let flow = "apiVersion: v1\nkind: List\nitems: [{kind: A},\n  {kind: B}]\n";
        assert_eq!(lines(flow), [(1, vec![3, 4])]);
        let nested = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: list\n  items:\n  - &a {kind: A}\n  - *a\n- kind: B\n";
        assert_eq!(lines(nested), [(1, vec![7, 8, 9])]);
        let json = "{\"kind\": \"List\",\n\"items\": [\n{\"kind\": \"A\"},\n\n{\"kind\": \"B\"}]}\n{\"kind\":\"C\"}{\"kind\":\"D\"}";
        assert_eq!(lines(json), [(1, vec![3, 5]), (6, vec![]), (6, vec![])]);
    }

    #[test]
    fn errors_name_the_place_in_the_file() {
        let first = |text: &str, maybe_yaml| {
            let documents = documents(text, maybe_yaml);
            documents.into_iter().find_map(Result::err).unwrap()
        };
        let error = first("a: 1\n---\nb: 2\nc: [1,\n---\n", true);
        assert!(error.line >= 4, "{error:?}");
        let error = first("a: 1\n---\nb: 2\n x: 3\n", true);
        assert_eq!(error.line, 4, "{error:?}");
        assert!(!error.message.contains("at line"), "{error:?}");
        let error = first("{\"a\": 1}\n{\"b\": }\n", false);
        assert_eq!((error.line, error.column), (2, 7), "{error:?}");
    }

    #[test]
    fn a_key_that_stands_twice_is_told_with_both_lines() {
        for (text, maybe_yaml, lines) in [
            ("a: 1\n---\nkind: A\nx: {}\nkind: B\n", true, [3, 5]),
            ("---\n{kind: A,\n  kind: B}\n", true, [2, 3]),
            (
                "{\"a\": 1}\n{\"b\": 1,\n\"c\": {},\n\"b\": 2}\n",
                false,
                [2, 4],
            ),
            (
                "{\"a\": 1}\n{\"b\": 1,\n\"c\": {},\n\"b\": 2}\n",
                true,
                [2, 4],
            ),
        ] {
            let documents = documents(text, maybe_yaml);
            let error = documents.into_iter().find_map(Result::err).unwrap();
            assert_eq!(
                error.twice.as_ref().map(|twice| twice.lines),
                Some(lines),
                "{text}"
            );
            let told = format!("on lines {} and {}", lines[0], lines[1]);
            assert!(error.message.ends_with(&told), "{error:?}");
        }
    }

    #[test]
    fn a_field_has_the_line_on_which_its_key_stands() {
        let step = |key: &str| Step::Key(key.to_owned());
        for (text, line) in [
            ("# x\n---\na:\n- b: 1\n  c: 2\n", 5),
            ("{\"x\": 1}\n{\"a\": [\n{\"b\": 1,\n\"c\": 2}]}\n", 4),
            ("x: &x\n- c: 1\na: *x\n", 2),
        ] {
            let documents = documents(text, true);
            let last = documents.last().unwrap().as_ref().unwrap();
            let path = [step("a"), Step::Item(0), step("c"), step("none")];
            assert_eq!(last.fields.line_of(&path), Some(line), "{text}");
        }
    }

    #[test]
    fn what_is_beside_a_broken_document_is_read() {
        let documents = documents("kind: A\n---\nkind: [\n---\nkind: C\n", true);
        let read: Vec<bool> = documents.iter().map(Result::is_ok).collect();
        assert_eq!(read, [true, false, true]);
    }

    #[test]
    fn helm_names_the_template_before_a_document() {
        let text = "---\n# Source: shop/templates/cart.yaml\n# note\nkind: A\n---\nkind: B\n";
        let documents: Vec<_> = documents(text, true)
            .into_iter()
            .map(|document| document.unwrap())
            .collect();
        assert_eq!(
            documents[0].template.as_deref(),
            Some("shop/templates/cart.yaml")
        );
        assert_eq!(documents[0].line, 4);
        assert_eq!(documents[1].template, None);
    }
}
