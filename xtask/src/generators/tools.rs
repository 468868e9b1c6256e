//! The generators, and how each is run.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use duct::{Expression, cmd};

use super::{BUILD_LIMIT, Edition};
use crate::Outcome;
use crate::files::remove;
use crate::process::{capture, root, text};
use crate::tools::{self, GO, JAVA, NODE, PYTHON, Platform, RUBY};

/// The version of openapi-generator.
const OPENAPI_GENERATOR: &str = "7.25.0";

/// A generator, with a program on its client in `clients/matrix`.
pub struct Tool {
    pub name: &'static str,
    pub needs: &'static [&'static Platform],
    /// The file that pins the version, and how it names the generator there; openapi-generator is pinned here.
    pinned: Option<(&'static str, &'static str)>,
    /// The settings other than input and output, and the workarounds in the program.
    pub settings: &'static str,
    pub generate: Step,
    pub build: Step,
    /// The command that starts the program.
    pub program: fn() -> Vec<OsString>,
}

/// Commands to run, one after the other. The edition is that of the contract.
type Step = fn(Edition) -> Outcome<Vec<Expression>>;

impl Tool {
    /// Runs a step, and returns whether it succeeded.
    pub fn run(&self, step: Step, edition: Edition) -> bool {
        let run = || -> Outcome {
            for command in step(edition)? {
                let output = capture(&command.stdin_null(), BUILD_LIMIT)?;
                if !output.status.success() {
                    return Err(format!("{}{}", text(&output.stdout), text(&output.stderr)).into());
                }
            }
            Ok(())
        };
        run().inspect_err(|error| eprintln!("{}: {error}", self.name)).is_ok()
    }

    pub fn version(&self) -> Outcome<String> {
        let Some((file, name)) = self.pinned else { return Ok(OPENAPI_GENERATOR.into()) };
        let text = fs::read_to_string(matrix().join(file))?;
        let line = text.lines().find_map(|line| Some(line.split_once(name)?.1));
        let is_version = |letter: char| letter.is_ascii_digit() || letter == '.';
        let version = line.map(|rest| rest.trim_matches(|letter| !is_version(letter)).split_whitespace().next());
        version.flatten().map(str::to_string).ok_or_else(|| format!("{file} does not pin {name}").into())
    }
}

pub const TOOLS: [Tool; 15] = [
    Tool {
        name: "openapi-python-client",
        needs: &[&PYTHON],
        pinned: Some(("python/requirements.in", "openapi-python-client==")),
        settings: "none",
        generate: |edition| {
            let tool = python()?.join("openapi-python-client");
            let output = "generated/openapi_python_client";
            let arguments = ["generate", "--meta", "none", "--overwrite", "--output-path", output, "--path"];
            Ok(vec![cmd(tool, with_path(&arguments, edition)).dir(matrix().join("python"))])
        },
        build: |_| load_python("openapi_python_client"),
        program: || python_program("openapi_python_client_steps.py"),
    },
    Tool {
        name: "openapi-generator, python",
        needs: &[&JAVA, &PYTHON],
        pinned: None,
        settings: "none",
        generate: |edition| openapi_generator(edition, "python", "python/generated/openapi_generator", &[]),
        build: |_| load_python("openapi_generator/openapi_client"),
        program: || python_program("openapi_generator_steps.py"),
    },
    Tool {
        name: "openapi-generator, go",
        needs: &[&JAVA, &GO],
        pinned: None,
        settings: "none",
        generate: |edition| {
            let folder = "go/generated/openapigenerator";
            let mut commands = openapi_generator(edition, "go", folder, &[])?;
            // A package of the programs' module, not a module of its own.
            commands.push(cmd!("rm", "-r", "go.mod", "go.sum", "test").dir(matrix().join(folder)));
            Ok(commands)
        },
        build: |_| build_go("openapigenerator"),
        program: || go_program("openapigenerator"),
    },
    Tool {
        name: "openapi-generator, typescript-fetch",
        needs: &[&JAVA, &NODE],
        pinned: None,
        settings: "none",
        generate: |edition| {
            openapi_generator(edition, "typescript-fetch", "typescript/generated/typescript-fetch", &[])
        },
        build: |_| build_typescript("typescript-fetch"),
        program: || typescript_program("typescript-fetch"),
    },
    Tool {
        name: "openapi-generator, typescript-axios",
        needs: &[&JAVA, &NODE],
        pinned: None,
        settings: "none",
        generate: |edition| {
            openapi_generator(edition, "typescript-axios", "typescript/generated/typescript-axios", &[])
        },
        build: |_| build_typescript("typescript-axios"),
        program: || typescript_program("typescript-axios"),
    },
    Tool {
        name: "openapi-generator, java native",
        needs: &[&JAVA],
        pinned: None,
        settings: "`--library native`",
        generate: |edition| openapi_generator(edition, "java", "java/generated/native", &["--library", "native"]),
        build: |_| build_java("native", "Native"),
        program: || java_program("native", "Native"),
    },
    Tool {
        name: "openapi-generator, java okhttp",
        needs: &[&JAVA],
        pinned: None,
        settings: "none",
        generate: |edition| {
            openapi_generator(edition, "java", "java/generated/okhttp-gson", &["--library", "okhttp-gson"])
        },
        build: |_| build_java("okhttp-gson", "Okhttp"),
        program: || java_program("okhttp-gson", "Okhttp"),
    },
    Tool {
        name: "openapi-generator, rust",
        needs: &[&JAVA],
        pinned: None,
        settings: "none",
        generate: |edition| openapi_generator(edition, "rust", "rust/generated", &[]),
        build: |_| Ok(vec![cmd!("cargo", "build", "--quiet", "--locked").dir(matrix().join("rust"))]),
        program: || vec![matrix().join("rust/target/debug/openapi-generator-steps").into()],
    },
    Tool {
        name: "openapi-generator, ruby",
        needs: &[&JAVA, &RUBY],
        pinned: None,
        settings: "the program replaces `auth_settings`: the generated method is not valid Ruby for a key in a cookie",
        generate: |edition| openapi_generator(edition, "ruby", "ruby/generated", &[]),
        build: |_| {
            let load = "$LOAD_PATH.unshift('generated/lib'); require 'openapi_client'";
            Ok(vec![cmd!("ruby", "-e", load).dir(matrix().join("ruby"))])
        },
        program: || vec!["ruby".into(), matrix().join("ruby/openapi_generator.rb").into()],
    },
    Tool {
        name: "oapi-codegen",
        needs: &[&GO],
        pinned: Some(("go/go.mod", "github.com/oapi-codegen/oapi-codegen/v2 ")),
        settings: "`-generate types,client`",
        generate: |edition| {
            let file = "generated/oapicodegen/client.go";
            fs::create_dir_all(matrix().join("go/generated/oapicodegen"))?;
            let arguments =
                ["tool", "oapi-codegen", "-generate", "types,client", "-package", "oapicodegen", "-o", file];
            Ok(vec![cmd("go", with_path(&arguments, edition)).dir(matrix().join("go"))])
        },
        build: |_| build_go("oapicodegen"),
        program: || go_program("oapicodegen"),
    },
    Tool {
        name: "ogen",
        needs: &[&GO],
        pinned: Some(("go/go.mod", "github.com/ogen-go/ogen ")),
        settings: "none",
        generate: |edition| {
            let arguments = ["tool", "ogen", "--target", "generated/ogen", "--package", "explorer", "--clean"];
            Ok(vec![cmd("go", with_path(&arguments, edition)).dir(matrix().join("go"))])
        },
        build: |_| build_go("ogenclient"),
        program: || go_program("ogenclient"),
    },
    Tool {
        name: "hey-api",
        needs: &[&NODE],
        pinned: Some(("typescript/package.json", "\"@hey-api/openapi-ts\"")),
        settings: "none",
        generate: |edition| node("openapi-ts", &["-o", "generated/hey-api", "-i"], edition),
        build: |_| build_typescript("hey-api"),
        program: || typescript_program("hey-api"),
    },
    Tool {
        name: "orval",
        needs: &[&NODE],
        pinned: Some(("typescript/package.json", "\"orval\"")),
        settings: "none",
        generate: |edition| node("orval", &["--output", "generated/orval/client.ts", "--input"], edition),
        build: |_| build_typescript("orval"),
        program: || typescript_program("orval"),
    },
    Tool {
        name: "swagger-typescript-api",
        needs: &[&NODE],
        pinned: Some(("typescript/package.json", "\"swagger-typescript-api\"")),
        settings: "none",
        generate: |edition| {
            let output = ["generate", "-n", "client.ts", "-o", "generated/swagger-typescript-api", "-p"];
            node("swagger-typescript-api", &output, edition)
        },
        build: |_| build_typescript("swagger-typescript-api"),
        program: || typescript_program("swagger-typescript-api"),
    },
    Tool {
        name: "openapi-typescript",
        needs: &[&NODE],
        pinned: Some(("typescript/package.json", "\"openapi-typescript\"")),
        settings: "none",
        generate: |edition| node("openapi-typescript", &["-o", "generated/openapi-typescript/client.ts"], edition),
        build: |_| build_typescript("openapi-typescript"),
        program: || typescript_program("openapi-typescript"),
    },
];

fn matrix() -> PathBuf {
    root().join("clients/matrix")
}

fn with_path(arguments: &[&str], edition: Edition) -> Vec<OsString> {
    arguments.iter().map(OsString::from).chain([root().join(edition.path).into()]).collect()
}

fn openapi_generator(edition: Edition, generator: &str, output: &str, options: &[&str]) -> Outcome<Vec<Expression>> {
    let jar = tools::maven_jar("org.openapitools", "openapi-generator-cli", OPENAPI_GENERATOR)?;
    let output = matrix().join(output);
    // What another edition needs, and this one does not, would be compiled as well.
    remove(&output)?;
    let mut arguments: Vec<OsString> = vec!["-jar".into(), jar.into(), "generate".into(), "-g".into()];
    arguments.extend([generator.into(), "-o".into(), output.into()]);
    arguments.extend(options.iter().map(OsString::from));
    arguments.push("-i".into());
    arguments.push(root().join(edition.path).into());
    Ok(vec![cmd("java", arguments)])
}

fn python() -> Outcome<PathBuf> {
    tools::python("python-generators", "clients/matrix/python/requirements.txt")
}

fn load_python(module: &str) -> Outcome<Vec<Expression>> {
    let module = format!("generated/{module}");
    Ok(vec![cmd!(python()?.join("python"), "-m", "compileall", "-q", module).dir(matrix().join("python"))])
}

fn python_program(file: &str) -> Vec<OsString> {
    let python = root().join(".tools/python-generators/bin/python");
    vec![python.into(), matrix().join("python").join(file).into()]
}

fn build_go(package: &str) -> Outcome<Vec<Expression>> {
    let program = format!("generated/bin/{package}");
    Ok(vec![cmd!("go", "build", "-o", program, format!("./{package}")).dir(matrix().join("go"))])
}

fn go_program(package: &str) -> Vec<OsString> {
    vec![matrix().join("go/generated/bin").join(package).into()]
}

/// Installs the packages, and runs one of them.
fn node(program: &str, arguments: &[&str], edition: Edition) -> Outcome<Vec<Expression>> {
    let folder = matrix().join("typescript");
    install_node()?;
    Ok(vec![cmd(folder.join("node_modules/.bin").join(program), with_path(arguments, edition)).dir(folder)])
}

fn install_node() -> Outcome {
    tools::npm_ci_once("clients/matrix/typescript")
}

fn build_typescript(name: &str) -> Outcome<Vec<Expression>> {
    install_node()?;
    let folder = matrix().join("typescript");
    let project = folder.join("generated").join(format!("{name}.json"));
    fs::write(&project, format!("{{ \"extends\": \"../tsconfig.json\", \"files\": [\"../{name}.ts\"] }}\n"))?;
    Ok(vec![cmd!(folder.join("node_modules/.bin/tsc"), "--project", project)])
}

fn typescript_program(name: &str) -> Vec<OsString> {
    vec!["node".into(), matrix().join("typescript/generated/build").join(format!("{name}.js")).into()]
}

/// The generated project is built as it is, with the program among its sources.
fn build_java(library: &str, program: &str) -> Outcome<Vec<Expression>> {
    let project = matrix().join("java/generated").join(library);
    for file in ["Steps.java".to_string(), format!("{program}.java")] {
        fs::copy(matrix().join("java").join(&file), project.join("src/main/java").join(&file))?;
    }
    let options = ["--batch-mode", "--quiet", "-Dmaven.test.skip=true", "-Dmaven.javadoc.skip=true"];
    let goals = ["-Dmaven.compiler.release=17", "package", "dependency:copy-dependencies", "-DincludeScope=runtime"];
    Ok(vec![cmd("mvn", options.iter().chain(&goals)).dir(project)])
}

fn java_program(library: &str, program: &str) -> Vec<OsString> {
    let target = matrix().join("java/generated").join(library).join("target");
    let classes = format!("{0}/classes:{0}/dependency/*", target.display());
    vec!["java".into(), "-cp".into(), classes.into(), program.into()]
}
