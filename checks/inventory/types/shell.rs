//! How long a command line sleeps, whatever else it does: what a shell makes of words, as far as that takes.

/// The last component of a path.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// One second, in the thousandths that are counted here.
const SECOND: f64 = 1000.0;

/// More than any time that a pod is given.
const FOR_EVER: i64 = i64::MAX / 4;

/// How many shells may stand in one another.
const DEEPEST: usize = 8;

/// For how many thousandths of a second a command line sleeps at least.
///
/// Sleeps that run one after another add up. One that rests on a condition, on another command's failure or on a loop,
/// that feeds a pipe or runs in the background is no delay for certain.
pub(super) fn sleep_of(words: &[&str]) -> i64 {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    sleep_of_command(&words, 0).time
}

/// What a command comes to.
#[derive(Clone, Copy, Debug, Default)]
struct Course {
    /// For how long it sleeps.
    time: i64,
    /// Whether nothing runs after it.
    ends: bool,
}

impl Course {
    const fn of(time: i64) -> Self {
        Self { time, ends: false }
    }
}

fn sleep_of_command(words: &[String], depth: usize) -> Course {
    let assigns = |word: &String| {
        let name = word.split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    let begin = words.iter().take_while(|word| assigns(word)).count();
    let Some((program, operands)) = words[begin..].split_first() else {
        return Course::default();
    };
    if depth > DEEPEST {
        return Course::default();
    }
    let inner = |operands: &[String]| sleep_of_command(operands, depth + 1);
    match base_name(program) {
        "sleep" => Course::of(operands_of_sleep(operands)),
        "exec" => Course {
            ends: true,
            ..inner(after_options(operands, &["-a"]))
        },
        "exit" | "return" => Course {
            time: 0,
            ends: true,
        },
        "busybox" | "toybox" | "builtin" | "nohup" | "setsid" | "!" => inner(operands),
        "command" | "time" | "tini" | "dumb-init" => inner(after_options(operands, &[])),
        "env" => inner(after_options(operands, &["-u", "--unset", "-C", "--chdir"])),
        "nice" => inner(after_options(operands, &["-n", "--adjustment"])),
        "timeout" => {
            let rest = after_options(operands, &["-k", "--kill-after", "-s", "--signal"]);
            match rest.split_first() {
                Some((limit, command)) => {
                    let limit = duration(limit).unwrap_or(FOR_EVER);
                    let limit = if limit == 0 { FOR_EVER } else { limit };
                    Course::of(inner(command).time.min(limit))
                }
                None => Course::default(),
            }
        }
        "eval" => Course::of(Script::sleeps(&operands.join(" "), depth + 1)),
        shell if is_shell(shell) => match script_of(operands) {
            Some(script) => Course::of(Script::sleeps(script, depth + 1)),
            None => Course::default(),
        },
        _ => Course::default(),
    }
}

fn is_shell(name: &str) -> bool {
    matches!(
        name,
        "sh" | "ash" | "bash" | "dash" | "ksh" | "mksh" | "zsh" | "rbash"
    )
}

/// The script that a shell is given as a word; none when it reads one from a file.
fn script_of(operands: &[String]) -> Option<&str> {
    let mut is_command = false;
    let mut words = operands.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--" => return words.next().filter(|_| is_command).map(String::as_str),
            "--rcfile" | "--init-file" => {
                words.next();
            }
            long if long.starts_with("--") => {}
            short if short.starts_with(['-', '+']) && short.len() > 1 => {
                is_command |= short.contains('c');
                if short.ends_with(['o', 'O']) {
                    words.next();
                }
            }
            script => return is_command.then_some(script),
        }
    }
    None
}

/// The words after options, of which some take the next word; what `env` sets is none of the command either.
fn after_options<'w>(words: &'w [String], with_value: &[&str]) -> &'w [String] {
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        if word == "--" {
            return after;
        }
        if !word.starts_with('-') || word.len() < 2 {
            break;
        }
        rest = if with_value.contains(&word.as_str()) {
            after.get(1..).unwrap_or_default()
        } else {
            after
        };
    }
    rest
}

/// The sum of what `sleep` is given; nothing when it is not understood in full.
fn operands_of_sleep(operands: &[String]) -> i64 {
    let times = after_options(operands, &[]).iter();
    let times: Option<Vec<i64>> = times.map(|word| duration(word)).collect();
    let sum = |times: Vec<i64>| times.into_iter().fold(0, i64::saturating_add);
    times.map_or(0, sum).min(FOR_EVER)
}

/// A duration as `sleep` takes it: `15`, `1.5m`, `infinity`.
fn duration(word: &str) -> Option<i64> {
    let (number, unit) = match word.as_bytes().last()? {
        b's' => (&word[..word.len() - 1], 1.0),
        b'm' => (&word[..word.len() - 1], 60.0),
        b'h' => (&word[..word.len() - 1], 3600.0),
        b'd' => (&word[..word.len() - 1], 24.0 * 3600.0),
        _ => (word, 1.0),
    };
    let time = number.parse::<f64>().ok()? * unit * SECOND;
    if time.is_nan() || time < 0.0 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the number is bounded, and parts of a thousandth don't count"
    )]
    Some(time.min(1e15) as i64)
}

/// A piece of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word {
        text: String,
        /// Whether part of it was quoted: then it is no word of the language.
        quoted: bool,
    },
    /// `;`, a line's end, `&`, `&&`, `||`, `|`, `(`, `)`.
    Sign(&'static str),
}

/// A script, and how far it was read.
struct Script {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Script {
    fn sleeps(text: &str, depth: usize) -> i64 {
        if depth > DEEPEST {
            return 0;
        }
        let mut script = Self {
            tokens: tokens(text),
            at: 0,
            depth,
        };
        let mut time: i64 = 0;
        loop {
            let before = script.at;
            let list = script.list(&[]);
            time = time.saturating_add(list.time);
            if list.ends || script.at >= script.tokens.len() {
                return time.min(FOR_EVER);
            }
            // What closes nothing is passed over.
            script.at = script.at.max(before + 1);
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    /// The word of the language that stands here.
    fn reserved(&self) -> Option<&str> {
        match self.peek() {
            Some(Token::Word {
                text,
                quoted: false,
            }) => Some(text),
            _ => None,
        }
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_it = self.is_sign(sign);
        self.at += usize::from(is_it);
        is_it
    }

    /// Commands one after another, up to one of these words or a closing bracket.
    fn list(&mut self, until: &[&str]) -> Course {
        let mut all = Course::default();
        loop {
            while self.takes(";") || self.takes("\n") {}
            let ends_here = self.reserved().is_some_and(|word| until.contains(&word));
            if self.peek().is_none() || ends_here || self.is_sign(")") {
                return all;
            }
            let before = self.at;
            let one = self.and_or();
            if self.takes("&") {
                // It goes on beside what follows.
            } else if !all.ends {
                all.time = all.time.saturating_add(one.time);
                all.ends = one.ends;
            }
            if self.at == before {
                self.at += 1;
            }
        }
    }

    fn and_or(&mut self) -> Course {
        let mut all = self.pipeline();
        let mut is_certain = !all.is_test();
        loop {
            let or = self.is_sign("||");
            if !self.takes("&&") && !self.takes("||") {
                return all.course;
            }
            while self.takes("\n") {}
            is_certain &= !or;
            let next = self.pipeline();
            if is_certain && !all.course.ends {
                all.course.time = all.course.time.saturating_add(next.course.time);
                all.course.ends = next.course.ends;
            }
            is_certain &= !next.is_test();
        }
    }

    fn pipeline(&mut self) -> Piped {
        let mut piped = self.command();
        while self.takes("|") {
            while self.takes("\n") {}
            self.command();
            piped.course = Course::default();
        }
        piped
    }

    fn command(&mut self) -> Piped {
        let compound = |script: &mut Self, end: &'static str| {
            script.at += 1;
            script.skip_to(end);
            Piped::default()
        };
        match self.reserved() {
            Some("if") => return compound(self, "fi"),
            Some("while" | "until" | "for" | "select") => return compound(self, "done"),
            Some("case") => return compound(self, "esac"),
            Some("{") => {
                self.at += 1;
                let course = self.list(&["}"]);
                self.at += 1;
                return Piped {
                    course,
                    first: None,
                };
            }
            _ => {}
        }
        if self.takes("(") {
            let course = self.list(&[]);
            self.takes(")");
            // What ends in it is the shell of its own.
            return Piped {
                course: Course::of(course.time),
                first: None,
            };
        }
        let mut words = Vec::new();
        while let Some(Token::Word { text, .. }) = self.peek() {
            words.push(text.clone());
            self.at += 1;
        }
        if self.takes("(") {
            // A function is not called by being written.
            self.takes(")");
            while self.takes("\n") {}
            self.command();
            return Piped::default();
        }
        without_redirections(&mut words);
        Piped {
            course: sleep_of_command(&words, self.depth),
            first: words.into_iter().next(),
        }
    }

    /// Passes over a compound command, others in it included.
    fn skip_to(&mut self, end: &'static str) {
        let mut ends = vec![end];
        let mut starts = true;
        while let Some(token) = self.tokens.get(self.at) {
            let (mut next, mut opens) = (false, None);
            match token {
                Token::Sign(_) => next = true,
                Token::Word { text, quoted } if starts && !quoted => match text.as_str() {
                    "if" => opens = Some("fi"),
                    "while" | "until" | "for" | "select" => opens = Some("done"),
                    "case" => opens = Some("esac"),
                    "then" | "else" | "elif" | "do" | "in" | "{" | "!" => next = true,
                    word if ends.last() == Some(&word) => {
                        ends.pop();
                    }
                    _ => {}
                },
                Token::Word { .. } => {}
            }
            self.at += 1;
            if ends.is_empty() {
                return;
            }
            if let Some(end) = opens {
                ends.push(end);
                next = true;
            }
            starts = next;
        }
    }
}

/// One command or several with pipes between them.
#[derive(Debug, Default)]
struct Piped {
    course: Course,
    /// The program of the only command.
    first: Option<String>,
}

impl Piped {
    /// Whether the command is there to ask something.
    fn is_test(&self) -> bool {
        self.first.as_deref().is_some_and(|first| {
            matches!(
                base_name(first),
                "[" | "[[" | "test" | "grep" | "pgrep" | "pidof" | "false"
            )
        })
    }
}

/// Takes `2>/dev/null`, `> file` and the like away.
fn without_redirections(words: &mut Vec<String>) {
    let mut is_target = false;
    words.retain(|word| {
        if is_target {
            is_target = false;
            return false;
        }
        let rest = word.trim_start_matches(|sign: char| sign.is_ascii_digit());
        let is_one = rest.starts_with(['>', '<']);
        is_target = is_one && rest.trim_start_matches(['>', '<']).is_empty();
        !is_one
    });
}

/// The pieces of a script. What a shell would put in for a variable or a command stays as it is written.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let (mut has_word, mut quoted) = (false, false);
    let mut chars = text.chars().peekable();
    let finish =
        |word: &mut String, has_word: &mut bool, quoted: &mut bool, tokens: &mut Vec<Token>| {
            if *has_word {
                tokens.push(Token::Word {
                    text: std::mem::take(word),
                    quoted: *quoted,
                });
            }
            (*has_word, *quoted) = (false, false);
        };
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' | '\r' => finish(&mut word, &mut has_word, &mut quoted, &mut tokens),
            '#' if !has_word => while chars.next_if(|next| *next != '\n').is_some() {},
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some(next) => {
                    word.push(next);
                    (has_word, quoted) = (true, true);
                }
            },
            '\'' => {
                word.extend(chars.by_ref().take_while(|next| *next != '\''));
                (has_word, quoted) = (true, true);
            }
            '"' => {
                (has_word, quoted) = (true, true);
                while let Some(next) = chars.next() {
                    match next {
                        '"' => break,
                        '\\' => word.extend(chars.next()),
                        _ => word.push(next),
                    }
                }
            }
            '`' => {
                word.push('`');
                word.extend(chars.by_ref().take_while(|next| *next != '`'));
                has_word = true;
            }
            '$' => {
                word.push('$');
                has_word = true;
                let close = match chars.peek() {
                    Some('(') => ')',
                    Some('{') => '}',
                    _ => continue,
                };
                let mut open = 0_usize;
                for next in chars.by_ref() {
                    word.push(next);
                    match next {
                        '(' | '{' => open += 1,
                        ')' | '}' => open = open.saturating_sub(1),
                        _ => {}
                    }
                    if open == 0 && next == close {
                        break;
                    }
                }
            }
            '&' if has_word && word.ends_with(['>', '<']) => word.push('&'),
            '&' if matches!(chars.peek(), Some('>')) => {
                word.push('>');
                chars.next();
                has_word = true;
            }
            ';' | '\n' | '&' | '|' | '(' | ')' => {
                finish(&mut word, &mut has_word, &mut quoted, &mut tokens);
                let twice = matches!(char, '&' | '|') && chars.next_if_eq(&char).is_some();
                tokens.push(Token::Sign(match (char, twice) {
                    ('&', true) => "&&",
                    ('|', true) => "||",
                    ('&', false) => "&",
                    ('|', false) => "|",
                    ('(', _) => "(",
                    (')', _) => ")",
                    ('\n', _) => "\n",
                    _ => ";",
                }));
            }
            _ => {
                word.push(char);
                has_word = true;
            }
        }
    }
    finish(&mut word, &mut has_word, &mut quoted, &mut tokens);
    tokens
}

#[cfg(test)]
mod tests {
    use super::sleep_of;

    #[track_caller]
    fn sleeps(words: &[&str], expected: i64) {
        assert_eq!(sleep_of(words), expected, "{words:?}");
    }

    #[test]
    fn a_sleep_is_found_behind_the_programs_that_run_it() {
        for words in [
            &["sleep", "60"][..],
            &["/bin/sleep", "60s"],
            &["sleep", "1m"],
            &["sleep", "0.5m", "30"],
            &["sleep", "--", "60"],
            &["busybox", "sleep", "60"],
            &["/bin/busybox", "sh", "-c", "sleep 60"],
            &["env", "-u", "C", "A=b", "sleep", "60"],
            &["nice", "-n", "5", "sleep", "60"],
            &["timeout", "-s", "KILL", "60", "sleep", "1h"],
            &["timeout", "2m", "sleep", "60"],
            &["/usr/bin/env", "bash", "-lc", "sleep 60"],
            &["sh", "-c", "exec sleep 60"],
            &["sh", "-euxc", "sleep 60"],
            &["bash", "-o", "pipefail", "-c", "sleep 60"],
            &["bash", "--login", "-c", "--", "sleep 60"],
            &["ash", "-c", "/bin/sleep 60"],
            &["sh", "-c", "sh -c 'sleep 60'"],
            &["sh", "-c", "A=1 sleep 60 2>/dev/null"],
        ] {
            sleeps(words, 60_000);
        }
        sleeps(&["sleep", "infinity"], 1_000_000_000_000_000);
        for words in [
            &[][..],
            &["sleep"],
            &["sleep", "$DELAY"],
            &["sleep", "-5"],
            &["sh", "/sleep.sh", "60"],
            &["sh", "-c"],
            &["echo", "sleep", "60"],
            &["python3", "-c", "import time; time.sleep(60)"],
            &["timeout"],
        ] {
            sleeps(words, 0);
        }
    }

    #[test]
    fn what_runs_one_after_another_adds_up() {
        for (script, expected) in [
            ("sleep 40; nginx -s quit", 40),
            ("/drain.sh; sleep 40 && /stop.sh", 40),
            ("sleep 20 && sleep 20", 40),
            ("set -e\nsleep 20 # as long as the balancer\nsleep 20", 40),
            ("echo 'a; b'; sleep 40", 40),
            ("{ sleep 20; sleep 20; }", 40),
            ("(sleep 40)", 40),
            ("( exit 0 ); sleep 40", 40),
            ("if a; then sleep 5; else sleep 9; fi; sleep 40", 40),
            ("while pgrep app; do sleep 1; done; sleep 40", 40),
            (
                "for i in 1 2; do if a; then sleep 1; fi; done\nsleep 40",
                40,
            ),
            ("case $A in a) sleep 3;; esac; sleep 40", 40),
            ("wait_for() { sleep 5; }; sleep 40", 40),
            ("sleep 40 > /dev/null 2>&1", 40),
            ("sleep 40 &> /dev/null", 40),
            ("kill -TERM $(cat /run/pid) && sleep 40", 40),
            ("exec sleep 40; sleep 5", 40),
            ("sleep 40; exit 0; sleep 5", 40),
            ("sleep 40 &&\n sleep 1", 41),
            ("eval 'sleep 40'", 40),
            ("sleep 40 || true", 40),
        ] {
            sleeps(&["sh", "-c", script], expected * 1000);
        }
    }

    #[test]
    fn what_may_not_run_or_delays_nothing_does_not_count() {
        for script in [
            "a || sleep 40",
            "a || b && sleep 40",
            "[ -f /ready ] && sleep 40",
            "sleep 40 &",
            "sleep 40 | cat",
            "yes | sleep 40",
            "while true; do sleep 40; done",
            "if a; then sleep 40; fi",
            "until a; do if b; then sleep 40; fi; done",
            "f() { sleep 40; }",
            "f() { sleep 40; }; g",
            "echo sleep 40",
            "echo 'sleep 40'",
            "x=$(sleep 40)",
            "exit 0; sleep 40",
            "trap 'sleep 40' TERM",
            "sleep ${DELAY:-40}",
            "",
            ")",
            "(((",
            "if",
            "}",
            "'",
            "$(",
        ] {
            sleeps(&["sh", "-c", script], 0);
        }
    }
}
