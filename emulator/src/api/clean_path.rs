//! Paths with empty segments or dots are routed like the real server does, whose router cleans them first.

use axum::extract::Request;
use axum::http::Uri;
use axum::middleware::Next;
use axum::response::Response;

use crate::docs;

/// Cleans the path of a request before it is routed. The API reference, which the real server does not have, is left alone.
pub(crate) async fn clean_path(mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let cleaned = clean(path);
    if cleaned != path
        && !path.starts_with(docs::PATH)
        && let Some(uri) = with_path(request.uri(), cleaned)
    {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}

/// Go's `path.Clean`: without empty segments, `.`, and `..` together with the segment before it.
fn clean(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

fn with_path(uri: &Uri, path: String) -> Option<Uri> {
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn paths_are_cleaned() {
        for (path, cleaned) in [
            ("/", "/"),
            ("/jobs", "/jobs"),
            ("/jobs/", "/jobs"),
            ("//jobs///1//", "/jobs/1"),
            ("/jobs/./1", "/jobs/1"),
            ("/jobs/1/../2", "/jobs/2"),
            ("/../..", "/"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }
}
