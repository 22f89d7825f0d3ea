//! Prints the most frequent words of a text, a line each.

fn main() {
    let text = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    let counts = pnt_cli_core::count(&text);
    let mut words: Vec<_> = counts.words.iter().collect();
    words.sort_by_key(|(word, count)| (std::cmp::Reverse(**count), (*word).clone()));
    for (word, count) in words.into_iter().take(10) {
        println!("{count:>4} {word}");
    }
}
