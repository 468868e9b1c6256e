//! Work that Python code runs to its end, or awaits in asyncio.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use nebula_explorer::BoxFuture;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3_async_runtimes::tokio::{future_into_py, get_runtime};
use tokio::runtime::{Handle, Runtime};
use tokio::task::block_in_place;
use tokio::time::timeout;

use crate::convert::ToPython;
use crate::error::ToException;

/// What becomes of the outcome of some work, once Python can be called.
pub struct Outcome(Box<IntoObject>);

type IntoObject = dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send;

impl Outcome {
    pub fn new<T, E>(outcome: Result<T, E>) -> Self
    where
        T: ToPython + Send + 'static,
        E: ToException + Send + 'static,
    {
        Self(Box::new(|py| match outcome {
            Ok(value) => value.to_python(py),
            Err(error) => Err(error.to_exception(py)),
        }))
    }

    fn none() -> Self {
        Self(Box::new(|py| Ok(py.None())))
    }

    fn done(py: Python<'_>, outcome: &PyResult<Py<PyAny>>) -> Self {
        let outcome = match outcome {
            Ok(value) => Ok(value.clone_ref(py)),
            Err(error) => Err(error.clone_ref(py)),
        };
        Self(Box::new(|_| outcome))
    }
}

impl<'py> IntoPyObject<'py> for Outcome {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        (self.0)(py).map(|object| object.into_bound(py))
    }
}

/// One piece of work: it starts when it is run or awaited, once.
#[pyclass(frozen, module = "nebula_explorer._native")]
pub struct Call(Mutex<Option<BoxFuture<'static, Outcome>>>);

impl Call {
    pub fn new<T, E>(work: impl Future<Output = Result<T, E>> + Send + 'static) -> Self
    where
        T: ToPython + Send + 'static,
        E: ToException + Send + 'static,
    {
        Self::from_outcome(async { Outcome::new(work.await) })
    }

    fn from_outcome(work: impl Future<Output = Outcome> + Send + 'static) -> Self {
        Self(Mutex::new(Some(Box::pin(work))))
    }

    fn take(&self) -> PyResult<BoxFuture<'static, Outcome>> {
        lock(&self.0).take().ok_or_else(|| PyRuntimeError::new_err("a call can be made only once"))
    }
}

#[pymethods]
impl Call {
    /// Runs it to its end. A signal, such as that of Ctrl-C, ends the waiting.
    fn run<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        block_on(py, self.take()?)?.into_pyobject(py)
    }

    /// Awaits it. Cancelling that ends the waiting.
    fn __await__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        runtime()?;
        let work = self.take()?;
        future_into_py(py, async { Ok(work.await) })?.call_method0("__await__")
    }
}

/// A sequence whose items are waited for one by one.
#[pyclass(frozen, module = "nebula_explorer._native")]
pub struct Stream {
    items: Arc<tokio::sync::Mutex<BoxStream<'static, Outcome>>>,
    kept: Kept,
}

/// An item that may not have arrived in Python.
type Kept = Arc<Mutex<Option<Outcome>>>;

impl Stream {
    pub fn new<T, E>(items: impl futures_util::Stream<Item = Result<T, E>> + Send + 'static) -> Self
    where
        T: ToPython + Send + 'static,
        E: ToException + Send + 'static,
    {
        Self { items: Arc::new(tokio::sync::Mutex::new(items.map(Outcome::new).fuse().boxed())), kept: Kept::default() }
    }
}

#[pymethods]
impl Stream {
    /// The next item; `None` at the end. A call that is not run to its end is continued by the next one.
    pub fn next(&self) -> Call {
        let items = Arc::clone(&self.items);
        Call::from_outcome(async move { items.lock().await.next().await.unwrap_or_else(Outcome::none) })
    }

    /// The next item, which is kept until [`received`](Self::received) is called: asyncio may cancel a call that has just been
    /// finished.
    pub fn next_kept(&self) -> Call {
        let (items, kept) = (Arc::clone(&self.items), Arc::clone(&self.kept));
        Call::from_outcome(async move {
            let mut items = items.lock().await;
            if lock(&kept).is_none() {
                let item = items.next().await.unwrap_or_else(Outcome::none);
                *lock(&kept) = Some(item);
            }
            drop(items);
            Outcome(Box::new(move |py| {
                let item = lock(&kept).take().unwrap_or_else(Outcome::none);
                let item = (item.0)(py);
                *lock(&kept) = Some(Outcome::done(py, &item));
                item
            }))
        })
    }

    /// The last item has arrived.
    pub fn received(&self) {
        drop(lock(&self.kept).take());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The interval at which signals are looked for.
const SIGNALS: Duration = Duration::from_millis(50);

/// Runs work to its end, without holding the interpreter's lock.
fn block_on<T: Send>(py: Python<'_>, mut work: BoxFuture<'static, T>) -> PyResult<T> {
    let runtime = runtime()?;
    loop {
        if let Some(done) = py.detach(|| run_for(runtime, SIGNALS, work.as_mut())) {
            return Ok(done);
        }
        if let Err(signal) = py.check_signals() {
            // What is dropped may have to tell a database so.
            let _entered = runtime.enter();
            drop(work);
            return Err(signal);
        }
    }
}

fn run_for<T>(runtime: &Runtime, limit: Duration, work: Pin<&mut (dyn Future<Output = T> + Send)>) -> Option<T> {
    let work = async { timeout(limit, work).await.ok() };
    match Handle::try_current() {
        // Python code that was called from the runtime calls back, as a condition to wait for may.
        Ok(_) => block_in_place(|| runtime.block_on(work)),
        Err(_) => runtime.block_on(work),
    }
}

/// The runtime of this process. Its threads do not exist in a process that was forked from it.
fn runtime() -> PyResult<&'static Runtime> {
    static PROCESS: OnceLock<u32> = OnceLock::new();
    let now = std::process::id();
    let then = *PROCESS.get_or_init(|| now);
    if then != now {
        return Err(PyRuntimeError::new_err(format!(
            "process {now} was forked from process {then} after that had used nebula_explorer. Threads are not forked, so it \
             cannot be used here: start processes with the method `spawn` or `forkserver`, or fork before its first use"
        )));
    }
    Ok(get_runtime())
}
