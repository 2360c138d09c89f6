//! The order in which people count numbered names.

use std::cmp::Ordering;

/// Compares texts as people count: `5.2.2` before `5.2.10`, `v1.9` before `v1.10`.
pub fn natural(one: &str, other: &str) -> Ordering {
    let mut rest = (one, other);
    loop {
        let (mine, theirs) = (part(rest.0), part(rest.1));
        let order = match (number(mine), number(theirs)) {
            (Some(mine), Some(theirs)) => mine.cmp(&theirs),
            _ => mine.cmp(theirs),
        };
        if order.is_ne() || mine.is_empty() {
            return order.then_with(|| one.cmp(other));
        }
        rest = (&rest.0[mine.len()..], &rest.1[theirs.len()..]);
    }
}

/// What a text begins with: a number, or what is none.
fn part(text: &str) -> &str {
    let is_digit = |c: char| c.is_ascii_digit();
    let first = text.chars().next().is_some_and(is_digit);
    let end = text.find(|c| is_digit(c) != first).unwrap_or(text.len());
    &text[..end]
}

/// A number of any size as something that compares like it.
fn number(part: &str) -> Option<(usize, &str)> {
    part.starts_with(|c: char| c.is_ascii_digit()).then(|| {
        let digits = part.trim_start_matches('0');
        (digits.len(), digits)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_counted() {
        let mut texts = [
            "reliability/application",
            "5.2.10",
            "Pod 1.2",
            "5.2.2",
            "Pod",
            "K10",
            "5.10.1",
            "K02",
            "5.2",
            "02.02.04",
            "2.2.4",
            "99999999999999999999999",
            "",
        ];
        texts.sort_by(|one, other| natural(one, other));
        assert_eq!(
            texts,
            [
                "",
                "02.02.04",
                "2.2.4",
                "5.2",
                "5.2.2",
                "5.2.10",
                "5.10.1",
                "99999999999999999999999",
                "K02",
                "K10",
                "Pod",
                "Pod 1.2",
                "reliability/application",
            ]
        );
    }

    proptest! {
        #[test]
        fn it_is_an_order(texts in prop::collection::vec("[a01. -é]{0,5}", 3)) {
            let [a, b, c] = &texts[..] else { unreachable!() };
            prop_assert_eq!(natural(a, b), natural(b, a).reverse());
            prop_assert_eq!(natural(a, b).is_eq(), a == b);
            if natural(a, b).is_le() && natural(b, c).is_le() {
                prop_assert!(natural(a, c).is_le());
            }
        }
    }
}
