//! `list [FILTER]`, `get JOB` or `run`, after signing in.

use std::collections::HashMap;
use std::env::var;
use std::error::Error;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use openapi::apis::configuration::Configuration;
use openapi::apis::jobs_api::{get_job, list_jobs, run_workflow};
use openapi::apis::results_api::get_task_result;
use openapi::apis::{Error as CallError, session_api::connect};
use openapi::models::{ConnectRequest, Job, RunWorkflowRequest};
use serde_json::{Value, json};

const WORKFLOW: i64 = 4216617528;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if let Err(error) = run().await {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

async fn run() -> Outcome {
    let session = sign_in().await?;
    let mut arguments = std::env::args().skip(1);
    let (step, argument) = (arguments.next().unwrap_or_default(), arguments.next());
    match step.as_str() {
        "list" => {
            let page = list_jobs(&session, argument.as_deref(), None, None).await.map_err(described)?;
            let page = data(page.code, page.message, page.data)?;
            page.items.iter().flatten().try_for_each(show)
        }
        "get" => show(&job(&session, argument.unwrap_or_default().parse()?).await?),
        _ => {
            let parameters = HashMap::from([("name".to_string(), json!("Tim Duncan"))]);
            let input = HashMap::from([("query_1".to_string(), parameters)]);
            let request = RunWorkflowRequest { input: Some(input) };
            let created = run_workflow(&session, WORKFLOW, Some(request)).await.map_err(described)?;
            let id = number(&data(created.code, created.message, created.data)?.id)?;
            let ended = loop {
                let job = job(&session, id).await?;
                if [2, 3, 4].contains(&job.status) {
                    break job;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            };
            let tasks = ended.tasks.flatten().unwrap_or_default();
            let task = tasks.iter().find(|task| task.name == "PageRank").ok_or("no task PageRank")?;
            let result = get_task_result(&session, id, &task.id, 1000).await.map_err(described)?;
            for row in data(result.code, result.message, result.data)?.items.into_iter().flatten() {
                println!("{}", row.join("\t"));
            }
            Ok(())
        }
    }
}

/// Signs in. The generated function does not return headers, so that the HTTP client has to keep the cookie.
async fn sign_in() -> Outcome<Configuration> {
    let graph = var("NEBULA_EXPLORER_GRAPH")?;
    let (address, port) = graph.split_once(':').ok_or("NEBULA_EXPLORER_GRAPH has no port")?;
    let account = json!([var("NEBULA_EXPLORER_USER")?, var("NEBULA_EXPLORER_PASSWORD")?]).to_string();
    let configuration = Configuration {
        base_path: var("NEBULA_EXPLORER_URL")?,
        bearer_access_token: Some(BASE64_STANDARD.encode(account)),
        client: reqwest::Client::builder().cookie_store(true).build()?,
        ..Configuration::default()
    };
    let connected = connect(&configuration, ConnectRequest::new(address.into(), port.parse()?)).await;
    let connected = connected.map_err(described)?;
    if connected.code != 0 {
        return Err(format!("{} {}", connected.code, connected.message).into());
    }
    Ok(configuration)
}

async fn job(session: &Configuration, id: i64) -> Outcome<Job> {
    let found = get_job(session, id).await.map_err(described)?;
    data(found.code, found.message, found.data)
}

fn show(job: &Job) -> Outcome {
    println!("{} {}", number(&job.id)?, job.status);
    Ok(())
}

/// An id, which is a number or the same number in a string.
fn number(id: &Option<Value>) -> Outcome<i64> {
    match id {
        Some(Value::String(text)) => Ok(text.parse()?),
        id => id.as_ref().and_then(Value::as_i64).ok_or_else(|| format!("{id:?} is not the id of a job").into()),
    }
}

fn data<T>(code: i32, message: String, data: Option<T>) -> Outcome<T> {
    data.filter(|_| code == 0).ok_or_else(|| format!("{code} {message}").into())
}

/// The error in a response with another HTTP status.
fn described<T: std::fmt::Debug + 'static>(error: CallError<T>) -> Box<dyn Error> {
    match error {
        CallError::ResponseError(response) => match serde_json::from_str::<Value>(&response.content) {
            Ok(envelope) => format!("{} {}", envelope["code"], envelope["message"].as_str().unwrap_or_default()).into(),
            Err(error) => error.into(),
        },
        error => format!("{error:?}").into(),
    }
}
