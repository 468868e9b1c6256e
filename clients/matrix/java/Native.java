import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.JobsApi;
import org.openapitools.client.api.ResultsApi;
import org.openapitools.client.api.SessionApi;
import org.openapitools.client.model.ConnectRequest;
import org.openapitools.client.model.Job;
import org.openapitools.client.model.RunWorkflowRequest;

public final class Native implements Steps.Client {
  private final JobsApi jobs;
  private final ResultsApi results;

  private Native(ApiClient client) {
    jobs = new JobsApi(client);
    results = new ResultsApi(client);
  }

  public static void main(String[] arguments) throws Exception {
    ApiClient client = new ApiClient();
    client.updateBaseUri(Steps.URL);
    var graph = new ConnectRequest().address(Steps.GRAPH[0]).port(Integer.valueOf(Steps.GRAPH[1]));
    var connected =
        new SessionApi(client).connectWithHttpInfo(graph, Map.of("Authorization", "Bearer " + Steps.account()));
    String cookie = Steps.cookie(connected.getHeaders());
    client.setRequestInterceptor(request -> request.header("Cookie", cookie));
    Steps.main(new Native(client), arguments);
  }

  @Override
  public List<Job> list(String filter) throws Exception {
    var page = call(() -> jobs.listJobs(filter, null, null));
    return Steps.data(page.getCode(), page.getMessage(), page.getData()).getItems();
  }

  @Override
  public Job get(long job) throws Exception {
    var found = call(() -> jobs.getJob(job));
    return Steps.data(found.getCode(), found.getMessage(), found.getData());
  }

  @Override
  public Object run() throws Exception {
    var created = call(() -> jobs.runWorkflow(Steps.WORKFLOW, new RunWorkflowRequest().input(Steps.INPUT)));
    return Steps.data(created.getCode(), created.getMessage(), created.getData()).getId();
  }

  @Override
  public List<List<String>> rows(long job, String task) throws Exception {
    var result = call(() -> results.getTaskResult(job, task, 1000));
    return Steps.data(result.getCode(), result.getMessage(), result.getData()).getItems();
  }

  private interface Call<Envelope> {
    Envelope send() throws ApiException;
  }

  /** The generated code throws a response with another HTTP status, with its body as text. */
  private static <Envelope> Envelope call(Call<Envelope> call) throws Exception {
    try {
      return call.send();
    } catch (ApiException error) {
      if (error.getResponseBody() == null) {
        throw error;
      }
      JsonNode envelope = new ObjectMapper().readTree(error.getResponseBody());
      throw new Steps.ExplorerException(envelope.get("code").asInt(), envelope.get("message").asText());
    }
  }
}
