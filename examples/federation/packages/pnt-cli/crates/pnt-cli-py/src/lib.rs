use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Counts of the words of a text, as JSON.
#[pyfunction]
fn count(text: &str) -> PyResult<String> {
    serde_json::to_string(&pnt_cli_core::count(text))
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(count, module)?)
}
