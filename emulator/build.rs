//! Extracts the files of Swagger UI that `/docs/` serves from the release archive.

use std::error::Error;
use std::io::Cursor;
use std::path::Path;

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

const FILES: [&str; 3] = ["dist/swagger-ui-bundle.js", "dist/swagger-ui.css", "LICENSE"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let out_dir = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set; run this through cargo")?;
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    for wanted in FILES {
        // The top-level folder of the archive is named after the version.
        let is_wanted = |name: &String| name.split_once('/').is_some_and(|(_, name)| name == wanted);
        let name = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).find(is_wanted);
        let name = name.ok_or_else(|| format!("the Swagger UI archive has no file {wanted}"))?;
        let file = Path::new(wanted).file_name().ok_or("a path without a file name")?;
        std::io::copy(&mut archive.by_name(&name)?, &mut std::fs::File::create(Path::new(&out_dir).join(file))?)?;
    }
    Ok(())
}
