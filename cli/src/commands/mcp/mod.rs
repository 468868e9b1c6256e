//! `mcp`: a server of the Model Context Protocol, for hosts that call tools.

mod escape;
mod schema;
mod server;
mod session;
mod submitting;
mod tool;
mod tools;

use rmcp::serve_server;
use rmcp::service::ServerInitializeError;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::mcp::server::Server;
use crate::error::CliError;
use crate::session::flags::PASSWORD_STDIN;
use crate::session::submissions::Store;

/// Serve the Model Context Protocol (MCP) on standard input and output, for hosts that run workflows
///
/// A host such as Claude Desktop or VS Code starts it. It ends when its standard input is closed.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    store: Store,
}

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        execute::text()
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        if context.flags.password_stdin {
            return Err(CliError::Usage(format!(
                "--{PASSWORD_STDIN} is not possible here: standard input is for the protocol"
            )));
        }
        let server = Server::new(context, self.store);
        let submitting = server.submitting();
        match serve_server(server, (tokio::io::stdin(), tokio::io::stdout())).await {
            // An error here means that the server's own task panicked, which is reported already.
            Ok(serving) => drop(serving.waiting().await),
            // The host has closed standard input without using the server.
            Err(ServerInitializeError::ConnectionClosed(_)) => {}
            Err(error) => return Err(CliError::Other(format!("cannot start the session of the protocol: {error}"))),
        }
        submitting.finish().await;
        Ok(())
    }
}
