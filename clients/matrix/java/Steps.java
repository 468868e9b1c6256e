import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.openapitools.client.model.Job;

/** What the program of every library does: {@code list [FILTER]}, {@code get JOB} or {@code run}, after signing in. */
final class Steps {
  static final long WORKFLOW = 4216617528L;
  static final Map<String, Map<String, Object>> INPUT = Map.of("query_1", Map.of("name", "Tim Duncan"));
  static final String URL = System.getenv("NEBULA_EXPLORER_URL");
  static final String[] GRAPH = System.getenv("NEBULA_EXPLORER_GRAPH").split(":");

  /** The calls of a generated client. They throw an {@link ExplorerException} for an error of the API. */
  interface Client {
    List<Job> list(String filter) throws Exception;

    Job get(long job) throws Exception;

    Object run() throws Exception;

    List<List<String>> rows(long job, String task) throws Exception;
  }

  static final class ExplorerException extends Exception {
    ExplorerException(int code, String message) {
      super(code + " " + message);
    }
  }

  static void main(Client client, String[] arguments) throws Exception {
    try {
      run(client, arguments[0], arguments.length > 1 ? arguments[1] : null);
    } catch (ExplorerException error) {
      System.err.println("error: " + error.getMessage());
      System.exit(1);
    }
    // The threads of an HTTP client must not keep the program alive.
    System.exit(0);
  }

  private static void run(Client client, String step, String argument) throws Exception {
    switch (step) {
      case "list" -> client.list(argument).forEach(Steps::show);
      case "get" -> show(client.get(Long.parseLong(argument)));
      default -> {
        long id = number(client.run());
        Job job = client.get(id);
        while (!Set.of(2, 3, 4).contains(job.getStatus())) {
          Thread.sleep(50);
          job = client.get(id);
        }
        String task =
            job.getTasks().stream().filter(one -> one.getName().equals("PageRank")).findFirst().orElseThrow().getId();
        client.rows(id, task).forEach(row -> System.out.println(String.join("\t", row)));
      }
    }
  }

  private static void show(Job job) {
    System.out.println(number(job.getId()) + " " + job.getStatus());
  }

  /** An id, which is a number or the same number in a string. */
  private static long number(Object id) {
    return id instanceof Number number ? number.longValue() : Long.parseLong((String) id);
  }

  static String account() {
    String account =
        "[\"%s\",\"%s\"]".formatted(System.getenv("NEBULA_EXPLORER_USER"), System.getenv("NEBULA_EXPLORER_PASSWORD"));
    return Base64.getEncoder().encodeToString(account.getBytes(StandardCharsets.UTF_8));
  }

  /** The cookie in the response to signing in, as a request sends it. */
  static String cookie(Map<String, List<String>> headers) {
    return headers.get("set-cookie").get(0).split(";")[0];
  }

  static <Data> Data data(int code, String message, Data data) throws ExplorerException {
    if (code != 0 || data == null) {
      throw new ExplorerException(code, message);
    }
    return data;
  }
}
