# `list [FILTER]`, `get JOB` or `run`, after signing in.

$LOAD_PATH.unshift("#{__dir__}/generated/lib")
require "base64"
require "json"
require "openapi_client"

# The generated method is not valid for an API key in a cookie, and fails on every call.
class OpenapiClient::Configuration
  def auth_settings
    { "account" => { in: "header", key: "Authorization", value: access_token && "Bearer #{access_token}" } }
  end
end

WORKFLOW = 4216617528
URL, GRAPH, USER, PASSWORD = %w[URL GRAPH USER PASSWORD].map { |name| ENV.fetch("NEBULA_EXPLORER_#{name}") }

def client(**settings)
  configuration = OpenapiClient::Configuration.new do |config|
    config.scheme, config.host = URL.split("://")
    config.server_index = nil
    settings.each { |name, value| config.public_send("#{name}=", value) }
  end
  OpenapiClient::ApiClient.new(configuration)
end

# The data of a response. An error with another HTTP status is raised by the generated code, with its body as text.
def data
  envelope = yield
  return envelope.data if envelope.code == 0 && envelope.data
  abort "error: #{envelope.code} #{envelope.message}"
rescue OpenapiClient::ApiError => error
  envelope = JSON.parse(error.response_body)
  abort "error: #{envelope["code"]} #{envelope["message"]}"
end

address, port = GRAPH.split(":")
graph = OpenapiClient::ConnectRequest.new(address: address, port: port.to_i)
account = Base64.strict_encode64(JSON.generate([USER, PASSWORD]))
_, _, headers = OpenapiClient::SessionApi.new(client(access_token: account)).connect_with_http_info(graph)
session = client
session.default_headers["Cookie"] = Array(headers["Set-Cookie"]).first.split(";").first
jobs, results = OpenapiClient::JobsApi.new(session), OpenapiClient::ResultsApi.new(session)

step, argument = ARGV
case step
when "list"
  listed = data { jobs.list_jobs(argument ? { filter: argument } : {}) }.items || []
  listed.each { |job| puts "#{Integer(job.id)} #{job.status}" }
when "get"
  job = data { jobs.get_job(argument.to_i) }
  puts "#{Integer(job.id)} #{job.status}"
else
  input = { "query_1" => { "name" => "Tim Duncan" } }
  request = OpenapiClient::RunWorkflowRequest.new(input: input)
  id = Integer(data { jobs.run_workflow(WORKFLOW, run_workflow_request: request) }.id)
  until [2, 3, 4].include?((job = data { jobs.get_job(id) }).status)
    sleep 0.05
  end
  task = job.tasks.find { |task| task.name == "PageRank" }
  data { results.get_task_result(id, task.id, 1000) }.items.each { |row| puts row.join("\t") }
end
