//! What to do first, an action in two lines; and at the end of the table what to do next.

use super::{
    super::flow::{Indent, Look, Page, Span},
    writer::{TITLE, Writer, grouped},
};
use crate::{
    report::{About, Action},
    words::counted,
};

/// How many actions the first screen has room for.
const ACTIONS_SHOWN: usize = 5;

/// How many lines they take at most, but for the first one: so many are left of the first screen.
const LINES_SHOWN: usize = 11;

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
            if number > 1 && !fits && !self.view.details {
                break;
            }
            shown.push(text);
        }
        let beside = match actions.len() - shown.len() {
            0 => String::new(),
            _ => format!("{} of {}: --details", shown.len(), actions.len()),
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
        let closes = format!("closes {}", counted(action.checks.len(), "check"));
        let closes = Span::whole(Look::Faint, &closes);
        let mut fix = Span::to_do(Look::Plain, &action.fix);
        let width = |spans: &[Span]| spans.iter().map(Span::width).sum::<usize>();
        let room = self.view.terminal.width.saturating_sub(ACTION.rest);
        // Where there is no room for both, the command says more than the words before it.
        if width(&fix) > room && fix.iter().any(Span::is_command) {
            fix.retain(Span::is_command);
        } else if width(&fix) > room && !self.view.details {
            fix = vec![Span::plain(&self.cut(&action.fix, room))];
        }
        if fix.is_empty() {
            page.flow(Indent::flush(ACTION.rest), &[closes]);
        } else if width(&fix) + 2 + closes.width() <= room {
            page.sides(ACTION.rest, &fix, &[closes]);
        } else {
            page.flow(Indent::flush(ACTION.rest), &fix);
        }
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
