use proptest::prelude::*;

use super::*;

#[test]
fn what_is_between_the_marks_is_replaced_and_nothing_else() {
    let text = format!("before\n  {BEGIN}  \nold\n{END}\nafter");
    assert_eq!(
        replace(&text, "new\n").as_deref(),
        Ok(format!("before\n  {BEGIN}  \n\nnew\n\n{END}\nafter").as_str())
    );
}

#[test]
fn a_new_text_is_one_that_is_replaced_by_itself() {
    let text = new("one\ntwo");
    assert_eq!(replace(&text, "one\ntwo"), Ok(text));
}

#[test]
fn notes_have_the_line_ends_of_the_text() {
    let text = format!("a\n{BEGIN}\r\n{END}\nb\r\n");
    assert_eq!(
        replace(&text, "one\ntwo"),
        Ok(format!("a\n{BEGIN}\r\n\r\none\r\ntwo\r\n\r\n{END}\nb\r\n"))
    );
    assert_eq!(append("a\r\n", "one"), format!("a\r\n\r\n{BEGIN}\r\n\r\none\r\n\r\n{END}\r\n"));
}

#[test]
fn appended_notes_are_a_paragraph_of_their_own() {
    for (text, gap) in [("", ""), ("a", "\n\n"), ("a\n", "\n"), ("a\n\n", "")] {
        assert_eq!(append(text, "b"), format!("{text}{gap}{}", new("b")), "{text:?}");
    }
}

#[test]
fn a_text_without_one_clear_place_is_refused() {
    for (text, why) in [
        (String::new(), NoPlace::NoMarks),
        (format!("`{BEGIN}`\n x {END}\n"), NoPlace::NoMarks),
        (format!("a\n{BEGIN}\n"), NoPlace::One { found: BEGIN, line: 2, missing: END }),
        (END.to_owned(), NoPlace::One { found: END, line: 1, missing: BEGIN }),
        (format!("{END}\n\n{BEGIN}\n"), NoPlace::Reversed { end: 1, begin: 3 }),
        (
            format!("{BEGIN}\n{END}\n{BEGIN}\n{END}\n"),
            NoPlace::Twice { mark: BEGIN, first: 1, second: 3 },
        ),
        (
            format!("{BEGIN}\n{BEGIN}\n{END}\n{END}\n"),
            NoPlace::Twice { mark: BEGIN, first: 1, second: 2 },
        ),
        (format!("{BEGIN}\n{END}\n{END}\n"), NoPlace::Twice { mark: END, first: 2, second: 3 }),
    ] {
        assert_eq!(replace(&text, "x"), Err(why), "{text:?}");
    }
}

/// Lines with either end, some of them nearly a mark, and some with no end at all.
fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => "[^\r\n]{0,12}",
        1 => Just(format!("{BEGIN}.")),
        1 => Just(format!("> {END}")),
        1 => Just("\u{feff}".to_owned()),
        1 => Just("```".to_owned()),
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r\r\n")];
    prop::collection::vec((line, end), 0..8)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

fn marked() -> impl Strategy<Value = (String, String, String)> {
    let end = || prop_oneof![Just("\n"), Just("\r\n")];
    (lines(), "[ \t]{0,3}", end(), lines(), end(), lines(), "[^\r\n]{0,5}").prop_map(
        |(before, indent, first, old, second, after, last)| {
            (
                format!("{before}{indent}{BEGIN}{first}"),
                old,
                format!("{indent}{END}{second}{after}{last}"),
            )
        },
    )
}

proptest! {
    #[test]
    fn outside_of_the_marks_not_a_byte_changes((before, old, after) in marked(), notes in lines()) {
        let new = replace(&format!("{before}{old}{after}"), &notes).expect("it has both marks");
        prop_assert!(new.starts_with(&before));
        prop_assert!(new.ends_with(&after));
        prop_assert!(new.len() >= before.len() + after.len());
    }

    #[test]
    fn a_second_time_changes_nothing((before, old, after) in marked(), notes in lines()) {
        // The notes of this tool have one kind of line end.
        let notes = notes.replace('\r', "");
        let once = replace(&format!("{before}{old}{after}"), &notes).expect("it has both marks");
        prop_assert_eq!(replace(&once, &notes).expect("it still has"), once);
    }

    #[test]
    fn appended_notes_are_replaced_by_themselves(text in lines(), notes in lines()) {
        let notes = notes.replace('\r', "");
        let once = append(&text, &notes);
        prop_assert!(once.starts_with(&text));
        prop_assert_eq!(replace(&once, &notes).expect("it has both marks"), once);
    }
}
