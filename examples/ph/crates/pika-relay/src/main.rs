//! The relay of runs.

use axum::{routing::get, Router};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt::init();
    let database = sqlx::SqlitePool::connect("sqlite::memory:").await?;
    let http = reqwest::Client::new();
    let app = Router::new()
        .route("/health", get(|| async { "fine" }))
        .layer(tower_http::trace::TraceLayer::new_for_http())
        .with_state(());
    tracing::info!(connections = database.size(), ?http, "listening");
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:7777").await?, app).await?;
    Ok(())
}
