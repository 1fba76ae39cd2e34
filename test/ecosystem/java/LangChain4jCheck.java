import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** LangChain4j over the JDK's HTTP client, which offers HTTP/2 with every request, against a Trestle server. */
public class LangChain4jCheck {
  static final String URL = System.getenv("TRESTLE_URL") + "/v1";
  static int checks;

  static void check(String what, boolean holds) {
    if (!holds) throw new AssertionError(what);
    checks += 1;
  }

  static OpenAiChatModel model(String key) {
    return OpenAiChatModel.builder().baseUrl(URL).apiKey(key).modelName("claude-sonnet-5-5").maxRetries(0)
        .timeout(Duration.ofSeconds(20)).build();
  }

  /** What a stream said, or the failure that it ended with. */
  static CompletableFuture<String> stream(String key, String asked) {
    CompletableFuture<String> end = new CompletableFuture<>();
    OpenAiStreamingChatModel.builder().baseUrl(URL).apiKey(key).modelName("claude-sonnet-5-5").timeout(Duration.ofSeconds(20)).build()
        .chat(asked, new StreamingChatResponseHandler() {
          public void onPartialResponse(String text) {}
          public void onCompleteResponse(ChatResponse response) { end.complete(response.aiMessage().text()); }
          public void onError(Throwable error) { end.completeExceptionally(error); }
        });
    return end;
  }

  public static void main(String[] arguments) throws Exception {
    String key = System.getenv("TRESTLE_KEY");
    check("a whole answer", model(key).chat("Hello").contains("Hello"));
    check("a second one on the same connection", model(key).chat("Hello again").contains("Hello"));
    check("a streamed answer", stream(key, "Hello").get(20, TimeUnit.SECONDS).contains("Hello"));

    ToolSpecification tool = ToolSpecification.builder().name("get_weather").description("Weather")
        .parameters(JsonObjectSchema.builder().addStringProperty("city").required("city").build()).build();
    ChatResponse called = model(key).chat(ChatRequest.builder()
        .messages(UserMessage.from("What is the weather in Oslo?")).toolSpecifications(tool).build());
    check("a call of a tool", called.aiMessage().toolExecutionRequests().get(0).name().equals("get_weather"));

    try {
      stream(key, "Break off").get(20, TimeUnit.SECONDS);
      check("a stream that breaks is no whole answer", false);
    } catch (java.util.concurrent.ExecutionException broken) {
      check("a stream that breaks is told as a failure", broken.getCause() != null);
    }
    try {
      model("wrong").chat("Hello");
      check("a wrong key is refused", false);
    } catch (AuthenticationException refused) {
      check("a wrong key is an authentication failure", true);
    }
    System.out.println("LangChain4j: " + checks + " checks passed");
    System.exit(0);
  }
}
