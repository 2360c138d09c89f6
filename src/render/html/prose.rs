//! Markdown of a check's page as HTML.

use pulldown_cmark::{Event, Options, Parser, Tag, html};

/// Sets Markdown: what looks like HTML in it is text, and links lead to web pages only.
pub(super) fn html(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: if dest_url.starts_with("https://") {
                dest_url
            } else {
                "".into()
            },
            title,
            id,
        }),
        // A picture would be a request.
        Event::Start(Tag::Image { .. }) => Event::Start(Tag::Emphasis),
        Event::End(pulldown_cmark::TagEnd::Image) => Event::End(pulldown_cmark::TagEnd::Emphasis),
        event => event,
    });
    let mut text = String::new();
    html::push_html(&mut text, events);
    text
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn markup_in_markdown_is_text() {
        assert_eq!(
            html("a `<b>` & <script>x</script>").trim(),
            "<p>a <code>&lt;b&gt;</code> &amp; &lt;script&gt;x&lt;/script&gt;</p>"
        );
        assert_eq!(
            html("[a](javascript:x) [b](https://kready.dev)").trim(),
            "<p><a href=\"\">a</a> <a href=\"https://kready.dev\">b</a></p>"
        );
        assert!(!html("![a](https://evil.example/a.png)").contains("<img"));
    }
}
