//! `cargo xtask model`: a model of idempotency keys, of which every possible course of events is checked.
//!
//! Two processes use one key. They may crash, be paused and go on at any time; requests take effect late or never; responses are lost;
//! jobs appear in lists late. The guarantee depends on three assumptions, and without each of them there is a counterexample.

use stateright::{Checker, HasDiscoveries, Model, Property};

use crate::Outcome;

/// What the guarantee depends on.
#[derive(Clone, Copy)]
struct Assumptions {
    /// A request takes effect within the grace period or never, and its job is listed by then.
    grace_period: bool,
    /// No process is paused between its check and its write for longer than the lease and the grace period.
    short_pauses: bool,
    /// Nobody runs the workflow without the store.
    one_store: bool,
}

const ALL: Assumptions = Assumptions { grace_period: true, short_pauses: true, one_store: true };

/// Each assumption, and the model without it.
const WITHOUT: [(&str, Assumptions); 3] = [
    ("a request that takes effect after the grace period", Assumptions { grace_period: false, ..ALL }),
    ("a process that is paused between its check and its write", Assumptions { short_pauses: false, ..ALL }),
    ("somebody who does not use the store", Assumptions { one_store: false, ..ALL }),
];

/// How often processes crash and are paused, and how often the request is sent, in one course of events.
const CRASHES: u8 = 2;
const PAUSES: u8 = 1;
const SENDS: u8 = 3;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    record: Option<Record>,
    processes: [Process; 2],
    /// The processes whose requests have been written, and neither taken effect nor been lost.
    requests: Vec<Owner>,
    jobs: Vec<Job>,
    crashes: u8,
    pauses: u8,
    sends: u8,
}

/// A process, and how often it has been started.
type Owner = (usize, u8);

/// What the store has for the key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Record {
    owner: Owner,
    /// The jobs that were listed before the request; `None` if it was not sent.
    baseline: Option<Vec<usize>>,
    job: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Process {
    started: u8,
    is_paused: bool,
    step: Step,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Starting,
    /// It has the lease, and knows the jobs that were there before its request.
    Prepared(Vec<usize>),
    /// It has checked its lease, and writes the request next.
    Checked,
    /// The response has arrived if there is a job.
    Waiting(Option<usize>),
    /// It looks for the job of a request whose response is lost.
    Reconciling,
    Ended(Option<usize>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Job {
    has_key: bool,
    is_listed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    Begin(usize),
    TakeOver(usize),
    Check(usize),
    Send(usize),
    Receive(usize),
    LoseResponse(usize),
    Look(usize),
    GracePeriodEnds(usize),
    Crash(usize),
    Pause(usize),
    Resume(usize),
    TakeEffect(usize),
    GetLost(usize),
    List(usize),
    RunWithoutStore,
}

impl Model for Assumptions {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let process = Process { started: 0, is_paused: false, step: Step::Starting };
        vec![State {
            record: None,
            processes: [process.clone(), process],
            requests: Vec::new(),
            jobs: Vec::new(),
            crashes: 0,
            pauses: 0,
            sends: 0,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (index, process) in state.processes.iter().enumerate() {
            if process.is_paused {
                actions.push(Action::Resume(index));
                continue;
            }
            match &process.step {
                Step::Starting if state.may_take_over(index) => actions.push(Action::TakeOver(index)),
                Step::Starting => actions.push(Action::Begin(index)),
                Step::Prepared(_) => actions.push(Action::Check(index)),
                Step::Checked => actions.push(Action::Send(index)),
                Step::Waiting(Some(_)) => actions.extend([Action::Receive(index), Action::LoseResponse(index)]),
                Step::Waiting(None) => actions.push(Action::LoseResponse(index)),
                Step::Reconciling => {
                    actions.push(Action::Look(index));
                    if self.may_send_again(state, index) {
                        actions.push(Action::GracePeriodEnds(index));
                    }
                }
                Step::Ended(_) => continue,
            }
            if state.crashes < CRASHES {
                actions.push(Action::Crash(index));
            }
            if state.pauses < PAUSES {
                actions.push(Action::Pause(index));
            }
        }
        for index in 0..state.requests.len() {
            actions.extend([Action::TakeEffect(index), Action::GetLost(index)]);
        }
        actions.extend((0..state.jobs.len()).filter(|job| !state.jobs[*job].is_listed).map(Action::List));
        if !self.one_store && state.jobs.iter().all(|job| job.has_key) {
            actions.push(Action::RunWithoutStore);
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        state.apply(action);
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_JOB, |_, state: &State| state.has_one_job()),
            Property::always(OWN_JOB, |_, state: &State| state.has_its_own_job()),
            Property::sometimes("a process that takes over finds the job", |_, state: &State| {
                state.crashes > 0 && state.sends == 1 && matches!(state.processes[1].step, Step::Ended(Some(_)))
            }),
        ]
    }
}

const ONE_JOB: &str = "a key has at most one job";
const OWN_JOB: &str = "the job of a key was created by its request";

impl Assumptions {
    /// Whether the grace period may be over: then what the assumptions promise has come true.
    fn may_send_again(&self, state: &State, index: usize) -> bool {
        let all_is_known = state.requests.is_empty() && state.jobs.iter().all(|job| job.is_listed);
        let nobody_is_about_to_send = state.processes.iter().all(|process| process.step != Step::Checked);
        state.sends < SENDS
            && state.owns(index)
            && state.candidates().is_empty()
            && (!self.grace_period || all_is_known)
            && (!self.short_pauses || nobody_is_about_to_send)
    }
}

impl State {
    fn has_one_job(&self) -> bool {
        self.jobs.iter().filter(|job| job.has_key).count() <= 1
    }

    fn has_its_own_job(&self) -> bool {
        let job = self.record.as_ref().and_then(|record| record.job);
        job.is_none_or(|job| self.jobs[job].has_key)
    }

    fn owner(&self, index: usize) -> Owner {
        (index, self.processes[index].started)
    }

    fn owns(&self, index: usize) -> bool {
        self.record.as_ref().is_some_and(|record| record.owner == self.owner(index))
    }

    /// Whether the heartbeat of the present owner has stopped, and there is no job.
    fn may_take_over(&self, index: usize) -> bool {
        self.record.as_ref().is_some_and(|record| {
            let process = &self.processes[record.owner.0];
            let is_alive = process.started == record.owner.1 && !process.is_paused;
            record.job.is_none() && !is_alive && record.owner != self.owner(index)
        })
    }

    fn listed(&self) -> Vec<usize> {
        (0..self.jobs.len()).filter(|job| self.jobs[*job].is_listed).collect()
    }

    /// The listed jobs that were not there before the request.
    fn candidates(&self) -> Vec<usize> {
        let baseline = self.record.as_ref().and_then(|record| record.baseline.clone()).unwrap_or_default();
        self.listed().into_iter().filter(|job| !baseline.contains(job)).collect()
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Begin(index) => self.begin(index),
            Action::TakeOver(index) => self.take_over(index),
            Action::Check(index) => self.check(index),
            Action::Send(index) => {
                self.requests.push(self.owner(index));
                self.sends += 1;
                self.processes[index].step = Step::Waiting(None);
            }
            Action::Receive(index) => {
                if let Step::Waiting(Some(job)) = self.processes[index].step {
                    self.record_job(index, job);
                }
            }
            Action::LoseResponse(index) => self.processes[index].step = Step::Reconciling,
            Action::Look(index) => match self.candidates()[..] {
                _ if !self.owns(index) => self.processes[index].step = Step::Starting,
                [] => {}
                [job] => self.record_job(index, job),
                [..] => self.processes[index].step = Step::Ended(None),
            },
            Action::GracePeriodEnds(index) => {
                let baseline = self.record.as_ref().and_then(|record| record.baseline.clone());
                self.processes[index].step = Step::Prepared(baseline.unwrap_or_default());
            }
            Action::Crash(index) => {
                let started = self.processes[index].started + 1;
                self.processes[index] = Process { started, is_paused: false, step: Step::Starting };
                self.crashes += 1;
            }
            Action::Pause(index) => {
                self.processes[index].is_paused = true;
                self.pauses += 1;
            }
            Action::Resume(index) => self.processes[index].is_paused = false,
            Action::TakeEffect(index) => {
                let (process, started) = self.requests.remove(index);
                self.jobs.push(Job { has_key: true, is_listed: false });
                let process = &mut self.processes[process];
                if process.started == started && process.step == Step::Waiting(None) {
                    process.step = Step::Waiting(Some(self.jobs.len() - 1));
                }
            }
            Action::GetLost(index) => drop(self.requests.remove(index)),
            Action::List(job) => self.jobs[job].is_listed = true,
            Action::RunWithoutStore => self.jobs.push(Job { has_key: false, is_listed: true }),
        }
    }

    fn begin(&mut self, index: usize) {
        let owner = self.owner(index);
        match &self.record {
            None => {
                self.record = Some(Record { owner, baseline: None, job: None });
                self.processes[index].step = Step::Prepared(self.listed());
            }
            Some(Record { job: Some(job), .. }) => self.processes[index].step = Step::Ended(Some(*job)),
            // It waits for the owner.
            Some(_) => {}
        }
    }

    fn take_over(&mut self, index: usize) {
        let (owner, listed) = (self.owner(index), self.listed());
        let Some(record) = &mut self.record else { return };
        record.owner = owner;
        self.processes[index].step = if record.baseline.is_some() { Step::Reconciling } else { Step::Prepared(listed) };
    }

    fn check(&mut self, index: usize) {
        let owns = self.owns(index);
        let process = &mut self.processes[index];
        let Step::Prepared(baseline) = std::mem::replace(&mut process.step, Step::Starting) else { return };
        if let Some(record) = self.record.as_mut().filter(|_| owns) {
            record.baseline = Some(baseline);
            process.step = Step::Checked;
        }
    }

    /// Records a job, unless another process has taken over: then it waits for that one.
    fn record_job(&mut self, index: usize, job: usize) {
        let owns = self.owns(index);
        let step = match self.record.as_mut().filter(|_| owns) {
            Some(record) => {
                record.job = Some(job);
                Step::Ended(Some(job))
            }
            None => Step::Starting,
        };
        self.processes[index].step = step;
    }
}

/// Checks the guarantee, and prints a counterexample for each assumption.
pub fn check() -> Outcome {
    let checked = ALL.checker().threads(2).spawn_bfs().join();
    println!("{} states", checked.unique_state_count());
    for property in [ONE_JOB, OWN_JOB] {
        if let Some(path) = checked.discovery(property) {
            return Err(format!("not true: {property}:\n{}", describe(path.into_actions())).into());
        }
    }
    checked.assert_properties();
    for (event, assumptions) in WITHOUT {
        println!("\nwith {event}:\n{}", counterexample(assumptions)?);
    }
    Ok(())
}

/// A short course of events after which the guarantee does not hold.
fn counterexample(assumptions: Assumptions) -> Outcome<String> {
    let found = assumptions.checker().finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let path = [ONE_JOB, OWN_JOB].into_iter().find_map(|property| found.discovery(property));
    let steps = path.ok_or("an assumption is not needed")?.into_vec();
    let holds = |state: &State| state.has_one_job() && state.has_its_own_job();
    let until_then = steps.into_iter().take_while(|(state, _)| holds(state));
    Ok(describe(until_then.filter_map(|(_, action)| action).collect()))
}

/// A course of events in words.
fn describe(actions: Vec<Action>) -> String {
    let name = |index: usize| if index == 0 { "A" } else { "B" };
    let describe = |action: Action| match action {
        Action::Begin(index) => format!("{} records the submission", name(index)),
        Action::TakeOver(index) => format!("{} takes over", name(index)),
        Action::Check(index) => format!("{} checks its lease", name(index)),
        Action::Send(index) => format!("{} writes the request", name(index)),
        Action::Receive(index) => format!("{} receives the response", name(index)),
        Action::LoseResponse(index) => format!("{} loses the response", name(index)),
        Action::Look(index) => format!("{} lists the jobs", name(index)),
        Action::GracePeriodEnds(index) => format!("the grace period of {} ends", name(index)),
        Action::Crash(index) => format!("{} crashes", name(index)),
        Action::Pause(index) => format!("{} is paused", name(index)),
        Action::Resume(index) => format!("{} goes on", name(index)),
        Action::TakeEffect(_) => "the server creates a job".into(),
        Action::GetLost(_) => "a request is lost".into(),
        Action::List(_) => "a job appears in the list".into(),
        Action::RunWithoutStore => "somebody else creates a job".into(),
    };
    actions.into_iter().map(describe).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counterexamples_in_the_guide_are_current() {
        let guide = std::fs::read_to_string(crate::process::root().join("docs/idempotent-runs.md")).unwrap_or_default();
        let on_one_line = guide.split_whitespace().collect::<Vec<_>>().join(" ");
        for (event, assumptions) in WITHOUT {
            let counterexample = counterexample(assumptions).unwrap_or_default();
            assert!(
                on_one_line.contains(&format!("With {event}: {counterexample}.")),
                "docs/idempotent-runs.md lacks: With {event}: {counterexample}."
            );
        }
    }
}
