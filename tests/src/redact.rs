//! Replacing what differs from run to run.

use std::sync::LazyLock;

use regex::Regex;

static PATTERNS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"\x1b\[[0-9;]*m", ""),
        (r"(request(?: id)?:? ?)[0-9A-Za-z-]{8,}", "${1}…"),
        (r"\b(ami|i|snap|vol|sg|key|export-ami|eipalloc|subnet|vpc)-[0-9a-f]{8,17}\b", "$1-…"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
        (r"\bid-\d+-\d+\b", "ID"),
        (r"\b(ail-ID-)[0-9a-f]{8}\b", "${1}RUN"),
        (r"\bail-vm-bucket-bucket-[a-z0-9]+", "BUCKET"),
        (r"127\.0\.\d+\.\d+(:\d+)?", "ADDRESS"),
        (r"\b\d+(\.\d+)? s\b", "N s"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
        (r"/tmp/\.tmp\w+", "HOME"),
    ]
    .map(|(pattern, with)| (Regex::new(pattern).expect("a valid pattern"), with))
    .into()
});

pub(crate) fn redact(text: &str) -> String {
    PATTERNS.iter().fold(text.to_owned(), |text, (pattern, with)| {
        pattern.replace_all(&text, *with).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn what_differs_is_replaced_and_the_rest_stays() {
        assert_eq!(
            redact("ami-0a1b2c3d4e of id-12-3 (request 6a1c-77d0-aa) took 12.5 s at 127.0.12.7:22"),
            "ami-… of ID (request …) took N s at ADDRESS"
        );
        assert_eq!(redact("exit 65: image-builder"), "exit 65: image-builder");
    }
}
