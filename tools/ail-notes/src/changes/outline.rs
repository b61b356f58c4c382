//! The outline of a Markdown text: its headings, and the blocks between them.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

/// A heading, or a block below one. What stands inside a list or a quotation is part of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The level of a heading, 1 to 6.
    pub level: Option<u8>,
    /// What a reader reads of it: no marks, no comments.
    pub text: String,
    /// Where it stands.
    pub range: Range<usize>,
}

/// The blocks of a text, in their order.
pub fn read(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut depth = 0;
    for (event, range) in parser(text).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                match blocks.last_mut() {
                    Some(block) if depth > 0 => block.text.push_str(before(&tag)),
                    _ => blocks.push(Block { level: level(&tag), text: String::new(), range }),
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            Event::Text(said) | Event::Code(said) | Event::Html(said) | Event::InlineHtml(said) => {
                say(&mut blocks, &said);
            }
            Event::SoftBreak | Event::HardBreak => say(&mut blocks, "\n"),
            _ => {}
        }
    }
    for block in &mut blocks {
        block.text = without_comments(&block.text).trim().to_owned();
    }
    blocks
}

/// The definitions of links (`[name]: target`) that stand outside `part`, and that `part`
/// uses, in the order of their first use.
pub fn definitions<'a>(text: &'a str, part: &Range<usize>) -> Vec<&'a str> {
    let parser = parser(text);
    let spans: Vec<_> = parser
        .reference_definitions()
        .iter()
        .map(|(name, definition)| (name.to_lowercase(), definition.span.clone()))
        .collect();
    let mut used: Vec<&str> = Vec::new();
    for (event, range) in parser.into_offset_iter() {
        let (Event::Start(Tag::Link { id, .. } | Tag::Image { id, .. }), true) =
            (event, part.contains(&range.start))
        else {
            continue;
        };
        let defined = spans.iter().find(|(name, _)| *name == id.to_lowercase());
        if let Some((_, span)) = defined.filter(|(_, span)| !part.contains(&span.start)) {
            let definition = text[span.clone()].trim();
            if !used.contains(&definition) {
                used.push(definition);
            }
        }
    }
    used
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

fn say(blocks: &mut [Block], said: &str) {
    if let Some(block) = blocks.last_mut() {
        block.text.push_str(said);
    }
}

fn level(tag: &Tag<'_>) -> Option<u8> {
    match tag {
        Tag::Heading { level, .. } => Some(*level as u8),
        _ => None,
    }
}

/// What parts it from what stands before it. An image says something even where no text
/// stands for it.
fn before(tag: &Tag<'_>) -> &'static str {
    match tag {
        Tag::Item | Tag::Paragraph | Tag::CodeBlock(_) | Tag::TableRow | Tag::TableCell => "\n",
        Tag::Image { .. } => "image ",
        _ => "",
    }
}

/// The parser hands comments on as it finds them, those of several lines in pieces.
fn without_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(Option<u8>, String)> {
        read(text).into_iter().map(|block| (block.level, block.text)).collect()
    }

    #[test]
    fn headings_and_what_stands_between_them() {
        let text = "# The *title*\n\none\ntwo\n\n- a\n- # b\n\n> ## quoted\n\n```\n# code\n```\n";
        let expected = [
            (Some(1), "The title"),
            (None, "one\ntwo"),
            (None, "a\nb"),
            (None, "quoted"),
            (None, "# code"),
        ];
        assert_eq!(texts(text), expected.map(|(level, text)| (level, text.to_owned())));
    }

    #[test]
    fn comments_and_empty_items_say_nothing_and_an_image_does() {
        for text in ["<!-- a\nb -->\n", "- \n- \n", "<!-- a --><!-- b -->\n"] {
            assert_eq!(texts(text), [(None, String::new())], "{text:?}");
        }
        assert_eq!(texts("![](a.png)\n"), [(None, "image".to_owned())]);
        assert_eq!(texts("a <!-- b --> c\n"), [(None, "a  c".to_owned())]);
    }

    #[test]
    fn only_the_definitions_that_a_part_uses_and_lacks_are_given() {
        let part = "see [One] and [that][two], again [one], [here]\n\n[here]: http://h\n";
        let text = format!("{part}\n[one]: http://1 \"x\"\n[two]: http://2\n[three]: http://3\n");
        assert_eq!(
            definitions(&text, &(0..part.len())),
            ["[one]: http://1 \"x\"", "[two]: http://2"]
        );
    }
}
