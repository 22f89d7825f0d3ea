//! The outline of a note: Markdown with components.

use memchr::memchr_iter;

/// One block of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// `# …` to `###### …`
    Heading { level: usize, text: String },
    /// `<Name …>`, alone on its line
    Component { name: String },
    Paragraph { words: usize },
}

/// The blocks of a note, in their order.
pub fn blocks(source: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut words = 0;
    for line in lines(source) {
        let line = line.trim();
        let block = heading(line).or_else(|| component(line));
        if (block.is_some() || line.is_empty()) && words > 0 {
            blocks.push(Block::Paragraph { words });
            words = 0;
        }
        match block {
            Some(block) => blocks.push(block),
            None => words += line.split_whitespace().count(),
        }
    }
    if words > 0 {
        blocks.push(Block::Paragraph { words });
    }
    blocks
}

fn lines(source: &str) -> impl Iterator<Item = &str> {
    let ends = memchr_iter(b'\n', source.as_bytes()).chain(std::iter::once(source.len()));
    ends.scan(0, move |start, end| {
        let line = &source[*start..end];
        *start = (end + 1).min(source.len());
        Some(line)
    })
}

fn heading(line: &str) -> Option<Block> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    let text = text.strip_prefix(' ')?.to_string();
    (1..=6).contains(&level).then_some(Block::Heading { level, text })
}

fn component(line: &str) -> Option<Block> {
    let name: String = line.strip_prefix('<')?.chars().take_while(char::is_ascii_alphanumeric).collect();
    name.starts_with(|first: char| first.is_ascii_uppercase()).then_some(Block::Component { name })
}
