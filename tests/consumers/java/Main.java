import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * Each line on standard input is a call of GetCallerIdentity by one long-lived client; what comes
 * of it is one line on standard output: `ARN ACCESS_KEY_ID`, or `error` and the words of the
 * exception and of its causes.
 */
public final class Main {
    private static final class Signed implements ExecutionInterceptor {
        private static final Pattern KEY_ID = Pattern.compile("Credential=(\\w+)/");
        private String keyId;

        @Override
        public void beforeTransmission(Context.BeforeTransmission sent, ExecutionAttributes its) {
            String header = sent.httpRequest().firstMatchingHeader("Authorization").orElse("");
            Matcher found = KEY_ID.matcher(header);
            keyId = found.find() ? found.group(1) : null;
        }
    }

    public static void main(String[] none) throws Exception {
        Signed signed = new Signed();
        StsClient client = StsClient.builder()
            .credentialsProvider(ProfileCredentialsProvider.create())
            .overrideConfiguration(settings -> settings.addExecutionInterceptor(signed))
            .build();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        while (lines.readLine() != null) {
            try {
                System.out.println(client.getCallerIdentity().arn() + " " + signed.keyId);
            } catch (RuntimeException error) {
                System.out.println("error " + words(error));
            }
        }
    }

    private static String words(Throwable error) {
        String own = String.valueOf(error.getMessage()).replaceAll("\\s+", " ").trim();
        return error.getCause() == null ? own : own + " Caused by: " + words(error.getCause());
    }
}
