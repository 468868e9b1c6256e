import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import explorer.ApiClient;
import explorer.ApiException;
import explorer.api.JobsApi;
import explorer.api.ResultsApi;
import explorer.api.SessionApi;
import explorer.model.ConnectRequest;
import explorer.model.ErrorEnvelope;
import explorer.model.Job;
import explorer.model.RunWorkflowRequest;
import explorer.model.Task;
import java.net.HttpCookie;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Signs in to Explorer, runs the PageRank workflow with a parameter, waits, and prints the rows of the result. */
public final class PageRank {
  private static final long WORKFLOW = 4216617528L;
  private static final int SUCCESS = 2;
  private static final int FAILED = 3;
  private static final int INTERRUPTED = 4;
  private static final Set<Integer> ENDED = Set.of(SUCCESS, FAILED, INTERRUPTED);
  private static final ObjectMapper JSON = ApiClient.createDefaultObjectMapper();

  /** The server responded with an error code, or the job failed. */
  private static final class ExplorerException extends Exception {
    ExplorerException(String message) {
      super(message);
    }
  }

  public static void main(String[] arguments) throws Exception {
    try {
      run(signIn());
    } catch (ExplorerException error) {
      System.err.println("error: " + error.getMessage());
      System.exit(1);
    } catch (ApiException error) {
      System.err.println("error: " + describe(error));
      System.exit(1);
    }
  }

  /** Returns a client that sends the session's cookie. The JDK's CookieManager would put the token in quotation marks. */
  private static ApiClient signIn() throws ApiException, ExplorerException, JsonProcessingException {
    ApiClient client = new ApiClient(HttpClient.newBuilder(), JSON, System.getenv("NEBULA_EXPLORER_URL"));

    String[] graph = System.getenv("NEBULA_EXPLORER_GRAPH").split(":(?=[0-9]+$)");
    ConnectRequest service = new ConnectRequest().address(graph[0]).port(Integer.valueOf(graph[1]));
    String account =
        JSON.writeValueAsString(
            List.of(System.getenv("NEBULA_EXPLORER_USER"), System.getenv("NEBULA_EXPLORER_PASSWORD")));
    String encoded = Base64.getEncoder().encodeToString(account.getBytes(StandardCharsets.UTF_8));

    var response = new SessionApi(client).connectWithHttpInfo(service, Map.of("Authorization", "Bearer " + encoded));
    throwIfError(response.getData().getCode(), response.getData().getMessage());
    HttpCookie session =
        response.getHeaders().getOrDefault("set-cookie", List.of()).stream()
            .flatMap(header -> HttpCookie.parse(header).stream())
            .filter(cookie -> cookie.getName().equals("explorer_token"))
            .findFirst()
            .orElseThrow(() -> new ExplorerException("the sign-in brought no token"));
    return client.setRequestInterceptor(
        request -> request.header("Cookie", session.getName() + "=" + session.getValue()));
  }

  private static void run(ApiClient client) throws ApiException, ExplorerException, InterruptedException {
    JobsApi jobs = new JobsApi(client);
    Map<String, Map<String, Object>> input = Map.of("query_1", Map.of("name", "Tim Duncan"));
    var made = jobs.runWorkflow(WORKFLOW, new RunWorkflowRequest().input(input));
    throwIfError(made.getCode(), made.getMessage());
    long id = Long.parseLong(made.getData().getId().toString());

    Job job = await(jobs, id);
    if (job.getStatus() != SUCCESS) {
      throw new ExplorerException("job " + id + " ended with the status " + job.getStatus());
    }

    Task pageRank =
        job.getTasks().stream()
            .filter(task -> task.getName().equals("PageRank"))
            .findFirst()
            .orElseThrow(() -> new ExplorerException("job " + id + " has no task PageRank"));
    var result = new ResultsApi(client).getTaskResult(id, pageRank.getId(), 1000);
    throwIfError(result.getCode(), result.getMessage());
    result.getData().getItems().forEach(row -> System.out.println(String.join("\t", row)));
  }

  private static Job await(JobsApi jobs, long id) throws ApiException, ExplorerException, InterruptedException {
    while (true) {
      var response = jobs.getJob(id);
      throwIfError(response.getCode(), response.getMessage());
      Job job = response.getData();
      System.err.println("job " + id + ": status " + job.getStatus());
      if (ENDED.contains(job.getStatus())) {
        return job;
      }
      Thread.sleep(200);
    }
  }

  /** Checks a response with the HTTP status 200, which may contain an error. */
  private static void throwIfError(int code, String message) throws ExplorerException {
    if (code != 0) {
      throw new ExplorerException(code + " " + message);
    }
  }

  /** Describes a response with another HTTP status: the generated code returns its body as text. */
  private static String describe(ApiException error) {
    try {
      ErrorEnvelope envelope = JSON.readValue(error.getResponseBody(), ErrorEnvelope.class);
      return envelope.getCode() + " " + envelope.getMessage();
    } catch (JsonProcessingException | IllegalArgumentException notAnEnvelope) {
      return error.getMessage();
    }
  }
}
