//! A small pipeline that finds the highest-ranked vertices around a player. The tests run it with mocks and with the emulator.

use nebula_explorer::{Error, Explorer};

/// Runs the workflow for a player, waits for the job, and returns the vertices with the highest ranks, in descending order.
///
/// # Errors
/// [`Error`] if the workflow cannot be run, the job does not succeed, or a row is not a vertex and a number.
pub async fn highest_ranked(
    explorer: &Explorer,
    workflow: i64,
    player: &str,
    count: usize,
) -> Result<Vec<String>, Error> {
    let job = explorer.workflow(workflow).run().param("query_1", "name", player).await?;
    let ended = job.wait().await?;
    // The last task of the workflow computes the ranks.
    let Some(task) = ended.tasks.last() else { return Ok(Vec::new()) };
    let mut rows: Vec<(String, f64)> = job.task(&task.id).rows().limit(1000).await?;
    rows.sort_by(|(_, left), (_, right)| right.total_cmp(left));
    rows.truncate(count);
    Ok(rows.into_iter().map(|(vertex, _)| vertex).collect())
}
