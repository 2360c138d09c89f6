//! What to do first, an action in two lines; and at the end of the table what to do next.

use super::{
    super::flow::{Indent, Look, Page, Span, columns},
    writer::{TITLE, Writer, grouped},
};
use crate::{
    report::{About, Action},
    words::counted,
};

/// How many actions the first screen has room for.
const ACTIONS_SHOWN: usize = 5;

/// How many are shown on any terminal, however narrow.
const ALWAYS_SHOWN: usize = 2;

/// How many lines they take at most, but for these: so many are left of the first screen.
const LINES_SHOWN: usize = 10;

/// After more lines than this the first screen is out of sight.
const LONG: usize = 40;

/// What is said of an action stands below its object.
const ACTION: Indent = Indent { first: 1, rest: 4 };

impl Writer<'_> {
    pub(super) fn do_first(&mut self) {
        let actions = &self.report.do_first;
        if actions.is_empty() {
            return;
        }
        let mut shown = Vec::new();
        let mut lines = 0;
        for (number, action) in (1..).zip(actions) {
            let text = self.action(number, action);
            lines += text.lines().count();
            let fits = number <= ACTIONS_SHOWN && lines <= LINES_SHOWN;
            if number > ALWAYS_SHOWN && !fits && !self.view.details {
                break;
            }
            shown.push(text);
        }
        let beside = match actions.len() - shown.len() {
            0 => String::new(),
            _ => format!(
                "{} of {} shown, all with --details",
                shown.len(),
                actions.len()
            ),
        };
        self.section("do first", &beside);
        for text in shown {
            self.page.append(&text);
        }
    }

    /// An action as lines: the object with what is wrong, and what to do.
    fn action(&self, number: usize, action: &Action) -> String {
        let look = if action.gates { Look::Bad } else { Look::Warn };
        let mut page = Page::new(self.view.terminal).called(self.view.program);
        page.flow(
            ACTION,
            &[
                Span::whole(look, &format!("{number:<3}")),
                called(&action.about),
                Span::plain("  "),
                Span::plain(&action.wrong),
            ],
        );
        let closes = Span::whole(Look::Faint, &action.brings());
        let mut fix = Span::to_do(Look::Plain, &action.fix);
        let width = |spans: &[Span]| spans.iter().map(Span::width).sum::<usize>();
        let room = self.view.terminal.width.saturating_sub(ACTION.rest);
        if width(&fix) > room && !self.view.details && !fix.iter().any(Span::is_command) {
            fix = vec![Span::plain(&steps(&action.fix, room))];
        }
        if width(&fix) + 2 + closes.width() <= room {
            page.sides(ACTION.rest, &fix, &[closes]);
            return page.finish();
        }
        match &fix[..] {
            // A command has a line of its own, below what it is good for.
            [words, command] if command.is_command() && width(&fix) > room => {
                let words = Span::plain(words.text().trim_end());
                if words.width() + 2 + closes.width() <= room {
                    page.sides(ACTION.rest, &[words], &[closes]);
                    page.flow(Indent::flush(ACTION.rest), std::slice::from_ref(command));
                    return page.finish();
                }
                page.flow(Indent::flush(ACTION.rest), &[words]);
                page.flow(Indent::flush(ACTION.rest), std::slice::from_ref(command));
            }
            _ => page.flow(Indent::flush(ACTION.rest), &fix),
        }
        page.flow(Indent::flush(ACTION.rest), &[closes]);
        page.finish()
    }

    /// What to do next: the first action once more, and the commands that tell more.
    pub(super) fn read_on(&mut self) {
        let Some(action) = self.report.do_first.first() else {
            return;
        };
        if self.page.lines() > LONG {
            // That it is about the cluster says nothing.
            let name = match action.about {
                About::Cluster => Span::plain(&action.wrong),
                _ => called(&action.about),
            };
            let mut spans = vec![Span::new(Look::Faint, "do first: "), name];
            if self.report.do_first.len() > 1 {
                spans.push(Span::plain("; then the others above"));
            }
            self.page.flow(TITLE, &spans);
        }
        let check = action.checks.first().copied().unwrap_or_default();
        let mut spans = vec![
            Span::new(Look::Faint, "more: "),
            Span::whole(Look::Code, &format!("kready explain {check}")),
        ];
        if !self.view.details {
            for flag in ["--details", "--by object|namespace|team"] {
                spans.push(Span::plain(", "));
                spans.push(Span::whole(Look::Code, flag));
            }
        }
        self.page.flow(TITLE, &spans);
    }
}

/// The steps of a fix, each as short as it can be said; where they don't fit, the first one and how many more there are.
fn steps(fix: &str, room: usize) -> String {
    let all: Vec<&str> = fix.split("; ").collect();
    let [first, others @ ..] = &all[..] else {
        return fix.to_owned();
    };
    if others.is_empty() {
        return fix.to_owned();
    }
    let short = |step: &str| step.split(", ").next().unwrap_or_default().to_owned();
    let named = all.iter().map(|step| short(step)).collect::<Vec<_>>();
    let named = named.join("; ");
    if columns(&named) <= room {
        return named;
    }
    let more = counted(others.len(), "more step");
    format!("{}, and {more}: --details", short(first))
}

/// The name as it is shown: that of one object stays whole.
fn called(about: &About) -> Span {
    match about {
        About::Objects { .. } => Span::new(Look::Strong, &name(about)),
        About::Cluster | About::Object(_) => Span::whole(Look::Strong, &name(about)),
    }
}

/// `Deployment shop/cart`, or `3 Pods, such as kube-system/kube-apiserver-a`.
fn name(about: &About) -> String {
    match about {
        About::Cluster => "The cluster".to_owned(),
        About::Object(object) => object.to_string(),
        About::Objects {
            count,
            kinds,
            example,
        } => {
            let example = match example.namespace.as_str() {
                "" => example.name.to_string(),
                namespace => format!("{namespace}/{}", example.name),
            };
            format!("{} {kinds}, such as {example}", grouped(*count))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_step_is_hidden() {
        let one = "set the memory request and limit above what it uses, or fix its leak";
        assert_eq!(steps(one, 20), one);
        let two = "remove privileged: true, and add only what is needed; bind a narrow role, in the namespaces that need it";
        assert_eq!(
            steps(two, 76),
            "remove privileged: true; bind a narrow role"
        );
        assert_eq!(
            steps(two, 40),
            "remove privileged: true, and 1 more step: --details"
        );
    }
}
