//! One job, by its id.

use crate::client::context::Context;
use crate::client::outcome;
use crate::contract::job::Job;
use crate::error::Error;
use crate::jobs::lenient;

pub(crate) async fn get(context: &Context, job_id: i64) -> Result<Job, Error> {
    let client = context.client();
    let response = client.get_job().job_id(job_id).send().await;
    if let Some(job) = outcome::mismatched(&response).and_then(lenient::job) {
        return Ok(job);
    }
    let job = outcome::finish(&client, response)?.into_inner().data;
    Ok(outcome::data(&client, job)?.into())
}
