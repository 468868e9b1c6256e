//! A small pipeline: who ranks highest around a player. The tests run it against mocks and against the emulator.

use nebula_explorer::{Error, Explorer};

/// Runs the workflow for this player, waits, and gives the vertices of the highest rank, the highest first.
///
/// # Errors
/// [`Error`], if the workflow cannot be run, does not succeed, or its rows are not a vertex and a number.
pub async fn highest_ranked(
    explorer: &Explorer,
    workflow: i64,
    player: &str,
    count: usize,
) -> Result<Vec<String>, Error> {
    let job = explorer.workflow(workflow).run().param("query_1", "name", player).await?;
    let ended = job.wait().await?;
    // What ranks is drawn behind what it ranks.
    let Some(task) = ended.tasks.last() else { return Ok(Vec::new()) };
    let mut rows: Vec<(String, f64)> = job.task(&task.id).rows().limit(1000).await?;
    rows.sort_by(|(_, left), (_, right)| right.total_cmp(left));
    rows.truncate(count);
    Ok(rows.into_iter().map(|(vertex, _)| vertex).collect())
}
