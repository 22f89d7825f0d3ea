use std::io::Read;

fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let text = if words.is_empty() {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        words.join(" ")
    };
    println!("{}", serde_json::to_string(&pnt_cli_core::count(&text))?);
    Ok(())
}
